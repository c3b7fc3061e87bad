// SPDX-License-Identifier: Apache-2.0
// A body on its way in, in one pass: bytes, sealed or not, to an inline segment or a file, MD5 and
// the chosen checksum of the plain bytes beside it, and all that the sender said about it verified
// at the end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "storage/objects/local_disk/body_files.h"
#include "storage/objects/local_disk/body_keys.h"
#include "storage/objects/local_disk/records.h"
#include "storage/objects/object_store.h"

namespace dray::objects {

struct ReceivedBody {
  std::vector<Segment> segments;             // none when empty
  std::unique_ptr<BodyFiles::NewFile> file;  // what the segment refers to, or null; durable
  uint64_t size_bytes = 0;                   // plain
  std::string md5;                           // raw
  std::string checksum_base64;               // of options.checksum_algorithm, or empty
};

// Where a body goes.
struct BodyTarget {
  BodyFiles& files;
  size_t inline_bytes_max = 0;  // a longer one becomes a file
  const BodyKeys& keys;
  std::string object;  // what its key is bound to: the object's key in the index
};

// Reads `body` to its end; it is sealed when options.sse_algorithm says so. kBadDigest,
// kIncompleteBody, kEntityTooLarge, or what the source or the file system says; nothing is left
// behind then.
base::Result<ReceivedBody> ReceiveBody(const BodyTarget& target, base::ByteSource& body,
                                       const PutOptions& options);

}  // namespace dray::objects
