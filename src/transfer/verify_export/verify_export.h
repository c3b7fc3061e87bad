// SPDX-License-Identifier: Apache-2.0
// Reads a finished export back, ours or AWS's, and says whether it is whole: the summary and its
// checksum, the list of files and its checksum, and each data file's MD5, ETag, gzip stream and
// number of records. Where the objects are is the reader's matter.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "format/export_layout/export_layout.h"

namespace dray::verify_export {

class ObjectReader {
 public:
  struct Opened {
    std::unique_ptr<base::ByteSource> body;
    std::string etag;  // without quotes; empty: the store has none
  };
  virtual ~ObjectReader() = default;
  // kNotFound when there is no such object; any other error ends the verification.
  virtual base::Result<Opened> Open(const std::string& key) = 0;
  // The ETag alone, where the store tells it without the body; nullopt: it does not. kNotFound as
  // above.
  virtual base::Result<std::optional<std::string>> EtagOf(const std::string&) {
    return std::optional<std::string>();
  }
};

enum class Depth {
  kContent,  // every data file is read
  // A data file whose ETag is the manifest's, or the manifest's MD5 in hexadecimal (an object that
  // was copied in one piece), is not: its bytes are those that the manifest means. Any other one is
  // read, and has to have the manifest's MD5 only.
  kEtags,
};

struct Expectation {  // from elsewhere, such as DescribeExport; what is absent is not compared
  std::optional<std::string> export_arn;
  std::optional<uint64_t> item_count;
};

struct Finding {
  std::string key;   // of the object that is wrong
  std::string what;  // a sentence
};

struct Report {
  export_layout::Summary summary;
  uint64_t files = 0;             // data files that were found
  uint64_t files_by_etag = 0;     // of them: known by their ETag, not read
  uint64_t items = 0;             // that were counted in those that were read
  uint64_t compressed_bytes = 0;  // of them
  std::vector<Finding> findings;
  bool is_whole() const { return findings.empty(); }
};

// `done`, `total`: data files. An error returned from it ends the verification.
using OnProgress = std::function<base::Status(uint64_t done, uint64_t total)>;

// `summary_key`: of manifest-summary.json. An error means that it could not be found out.
base::Result<Report> Verify(ObjectReader& reader, const std::string& summary_key,
                            const Expectation& expectation, const OnProgress& on_progress,
                            Depth depth = Depth::kContent);

}  // namespace dray::verify_export
