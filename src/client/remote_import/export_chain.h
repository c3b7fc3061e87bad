// SPDX-License-Identifier: Apache-2.0
// Incremental exports of one table as a chain: each begins where the one before ends, in
// milliseconds, as manifests say times. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "format/export_layout/export_layout.h"

namespace dray::remote_import {

// One export with its summary.
struct ExportRun {
  std::string root;  // ends with '/', or is empty
  export_layout::Summary summary;

  bool is_full() const { return !summary.increment; }
  std::string id() const;  // of its ARN
  std::string manifest_key() const { return root + "manifest-summary.json"; }
};
// "Music, changes from ... to ..., 5 records" or "Music as of ..., 7 items".
std::string DescribeRun(const ExportRun& run);

// How people read a root.
using NameOf = std::function<std::string(const std::string& root)>;

// All of one table, or kInvalidArgument with the tables and how many exports each has.
base::Status CheckOneTable(const std::vector<ExportRun>& runs);

struct Chain {
  std::vector<ExportRun> links;     // in the order in which they are applied; may be empty
  std::vector<ExportRun> left_out;  // ended before `at`, or say what links say already
  int64_t end_micros(int64_t at_micros) const;
};
// What brings a copy as of `at_micros` on as far as possible. Of several ways the one with the
// fewest exports is taken, and of the same period what can be undone. kInvalidArgument: there are
// later ones that the chain does not reach; names the times between which something is missing.
// `origin`: why the copy is as of that time.
base::Result<Chain> PlanChain(std::vector<ExportRun> increments, int64_t at_micros,
                              const std::string& origin, const NameOf& name_of);

}  // namespace dray::remote_import
