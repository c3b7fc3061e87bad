// SPDX-License-Identifier: Apache-2.0
#include "format/codec/change_parts.h"

#include <utility>

#include "format/codec/record_text.h"

namespace dray::codec {

ChangeParts::Part ChangeParts::Named(std::string_view name) {
  size_t part = 0;
  while (part < kParts && name != kNames[part]) ++part;
  return static_cast<Part>(part);
}

item::ItemBuilder* ChangeParts::Start(Part part) {
  if (is_there_[part]) return nullptr;
  is_there_[part] = true;
  builders_[part].StartItem();
  return &builders_[part];
}

std::string ChangeParts::GivenTwice(Part part) {
  return "the member " + std::string(kNames[part]) + " is given twice";
}

Record ChangeParts::Finish(std::string_view no_keys) {
  if (!is_there_[kKeys]) return BadRecord(Record::Outcome::kBadObject, std::string(no_keys));
  for (size_t part = 0; part < kParts; ++part) {
    if (!is_there_[part]) continue;
    encoded_[part] = builders_[part].Finish();
    if (encoded_[part].empty()) {
      return BadRecord(Record::Outcome::kBadItem,
                       "Item size has exceeded the maximum allowed size");
    }
  }
  Record record;
  record.outcome = Record::Outcome::kItem;
  return record;
}

ChangeRecord ChangeParts::Complete(Record record) const {
  ChangeRecord change;
  change.record = std::move(record);
  if (change.record.outcome != Record::Outcome::kItem) return change;
  change.keys = *ImageOf(kKeys);
  change.old_image = ImageOf(kOldImage);
  change.new_image = ImageOf(kNewImage);
  return change;
}

std::optional<ChangeRecord::Image> ChangeParts::ImageOf(Part part) const {
  if (!is_there_[part]) return std::nullopt;
  return ChangeRecord::Image{encoded_[part], builders_[part].size_bytes()};
}

}  // namespace dray::codec
