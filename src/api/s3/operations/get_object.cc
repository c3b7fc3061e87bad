// SPDX-License-Identifier: Apache-2.0
// GetObject and HeadObject: the same answer, with and without its bytes.
#include <vector>

#include "api/s3/conditions.h"
#include "api/s3/error_mapping.h"
#include "api/s3/object_headers.h"
#include "api/s3/operations/operations.h"
#include "base/text_encoding.h"

namespace dray::s3 {
namespace {

constexpr size_t kBufferBytes = 256 * 1024;

struct Override {
  std::string_view parameter, header;
};
constexpr Override kOverrides[] = {
    {"response-content-type", "Content-Type"},
    {"response-content-language", "content-language"},
    {"response-expires", "expires"},
    {"response-cache-control", "cache-control"},
    {"response-content-disposition", "content-disposition"},
    {"response-content-encoding", "content-encoding"},
};

// response-content-type=... and the like: for signed requests only.
base::Status ApplyOverrides(const Call& call, Headers& headers) {
  for (const Override& row : kOverrides) {
    const std::string* value = call.query().Find(row.parameter);
    if (value == nullptr) continue;
    if (call.caller().is_anonymous()) {
      return InvalidRequest(
          "Request specific response headers cannot be used for anonymous GET requests.");
    }
    for (char c : *value) {
      if (static_cast<unsigned char>(c) < ' ') {
        return InvalidArgument("Header value cannot be represented using ISO-8859-1.");
      }
    }
    std::erase_if(headers, [&](const auto& header) {
      return base::EqualsIgnoreCase(header.first, row.header);
    });
    headers.emplace_back(row.header, *value);
  }
  return base::Ok();
}

base::Status CheckParameters(const Call& call) {
  if (!call.query().Has("partNumber")) return base::Ok();
  return base::Error{base::ErrorKind::kInvalidArgument,
                     "Reading single parts of an object (partNumber) is not implemented.",
                     reason::kNotImplemented};
}

base::Error PreconditionFailed() {
  return base::Error{base::ErrorKind::kInUse,
                     "At least one of the pre-conditions you specified did not hold",
                     objects::reason::kPreconditionFailed};
}

base::Status SendNotModified(Call& call, const objects::ObjectInfo& info) {
  return call.SendEmpty(304, {{"ETag", Quoted(info.etag)},
                              {"Last-Modified", base::FormatHttpDate(info.last_modified_micros)}});
}

bool WantsChecksum(const Call& call, bool is_range) {
  return !is_range &&
         base::EqualsIgnoreCase(call.Header("x-amz-checksum-mode").value_or(""), "ENABLED");
}

std::string ContentRange(uint64_t first, uint64_t length, uint64_t size) {
  return "bytes " + std::to_string(first) + "-" + std::to_string(first + length - 1) + "/" +
         std::to_string(size);
}

base::Status SendBytes(Call& call, base::ByteSource& body, uint64_t length) {
  std::vector<char> buffer(kBufferBytes);
  while (length > 0) {
    ASSIGN_OR_RETURN(size_t count, body.Read(buffer.data(), buffer.size()));
    if (count == 0) {
      return base::Error{base::ErrorKind::kCorruption, "an object ended before its length"};
    }
    RETURN_IF_ERROR(call.Write({buffer.data(), count}));
    length -= count;
  }
  return call.Finish();
}

}  // namespace

base::Status GetObject(Call& call) {
  RETURN_IF_ERROR(CheckParameters(call));
  std::optional<objects::ByteRange> range = ParseRange(call.Header("range").value_or(""));
  buckets::RequestContext context = call.Context();
  auto opened = call.buckets().GetObject(context, call.bucket(), call.key(), range);
  if (!opened) {
    if (opened.error().reason != objects::reason::kInvalidRange) return std::move(opened).error();
    // The conditions count before the range.
    ASSIGN_OR_RETURN(auto info, call.buckets().HeadObject(context, call.bucket(), call.key()));
    ConditionOutcome outcome = CheckConditions(call.head(), info);
    if (outcome == ConditionOutcome::kFailed) return PreconditionFailed();
    if (outcome == ConditionOutcome::kNotModified) return SendNotModified(call, info);
    return std::move(opened).error();
  }
  const objects::ObjectInfo& info = opened->info;
  switch (CheckConditions(call.head(), info)) {
    case ConditionOutcome::kFailed:
      return PreconditionFailed();
    case ConditionOutcome::kNotModified:
      return SendNotModified(call, info);
    case ConditionOutcome::kProceed:
      break;
  }
  Headers headers = DescribeObject(info, WantsChecksum(call, range.has_value()));
  RETURN_IF_ERROR(ApplyOverrides(call, headers));
  if (range) {
    headers.emplace_back("Content-Range",
                         ContentRange(opened->first_byte, opened->length, info.size_bytes));
  }
  RETURN_IF_ERROR(call.Start(range ? 206 : 200, std::move(headers), opened->length));
  return SendBytes(call, *opened->body, opened->length);
}

base::Status HeadObject(Call& call) {
  RETURN_IF_ERROR(CheckParameters(call));
  ASSIGN_OR_RETURN(auto info, call.buckets().HeadObject(call.Context(), call.bucket(), call.key()));
  switch (CheckConditions(call.head(), info)) {
    case ConditionOutcome::kFailed:
      return PreconditionFailed();
    case ConditionOutcome::kNotModified:
      return SendNotModified(call, info);
    case ConditionOutcome::kProceed:
      break;
  }
  std::optional<objects::ByteRange> range = ParseRange(call.Header("range").value_or(""));
  Headers headers = DescribeObject(info, WantsChecksum(call, range.has_value()));
  RETURN_IF_ERROR(ApplyOverrides(call, headers));
  uint64_t length = info.size_bytes;
  if (range) {
    ASSIGN_OR_RETURN(objects::Extent extent, objects::ResolveRange(*range, info.size_bytes));
    headers.emplace_back("Content-Range",
                         ContentRange(extent.first_byte, extent.length, info.size_bytes));
    length = extent.length;
  }
  RETURN_IF_ERROR(call.Start(range ? 206 : 200, std::move(headers), length));
  return call.Finish();
}

}  // namespace dray::s3
