// SPDX-License-Identifier: Apache-2.0
// The parts of a record of an incremental export, collected as a ChangeReader's parser meets them
// in whatever order the record has them.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "format/codec/change_reader.h"

namespace dray::codec {

class ChangeParts {
 public:
  // The members of a record that hold attributes.
  enum Part : size_t { kKeys, kOldImage, kNewImage, kParts };
  static constexpr std::string_view kNames[] = {"Keys", "OldImage", "NewImage"};
  static Part Named(std::string_view name);  // kParts: no such part

  void StartRecord() { is_there_ = {}; }
  // Where the attributes of `part` go; nullptr: the record has it already.
  item::ItemBuilder* Start(Part part);
  static std::string GivenTwice(Part part);  // what to say then

  // The record is read: kItem, or what is wrong with its parts. `no_keys` says that it has no keys.
  Record Finish(std::string_view no_keys);
  // Adds the parts to a record that is kItem. They are valid until the next StartRecord.
  ChangeRecord Complete(Record record) const;

 private:
  std::optional<ChangeRecord::Image> ImageOf(Part part) const;

  std::array<item::ItemBuilder, kParts> builders_;
  std::array<bool, kParts> is_there_ = {};
  std::array<std::string_view, kParts> encoded_;
};

}  // namespace dray::codec
