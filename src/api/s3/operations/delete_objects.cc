// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "api/s3/error_mapping.h"
#include "api/s3/operations/operations.h"
#include "format/xml/xml.h"

namespace dray::s3 {
namespace {

constexpr size_t kBodyBytesMax = 4 << 20;
constexpr size_t kKeysMax = 1000;

struct DeleteRequest {
  std::vector<std::string> keys;
  bool is_quiet = false;
};

base::Result<DeleteRequest> Parse(std::string_view body) {
  auto parsed = xml::Parse(body);
  if (!parsed || parsed->name != "Delete") return MalformedXml();
  DeleteRequest request;
  for (const xml::Element& child : parsed->children) {
    if (child.name == "Quiet") {
      request.is_quiet = child.text == "true";
      continue;
    }
    if (child.name != "Object" || child.Find("Key") == nullptr) return MalformedXml();
    for (const xml::Element& member : child.children) {
      bool is_known = member.name == "Key" || (member.name == "VersionId" &&
                                               (member.text.empty() || member.text == "null"));
      if (is_known) continue;
      return base::Error{base::ErrorKind::kInvalidArgument,
                         member.name + " of DeleteObjects is not implemented.",
                         reason::kNotImplemented};
    }
    request.keys.emplace_back(child.TextOf("Key"));
  }
  if (request.keys.empty() || request.keys.size() > kKeysMax) return MalformedXml();
  return request;
}

}  // namespace

// Each key has its own outcome; the request as a whole succeeds.
base::Status DeleteObjects(Call& call) {
  ASSIGN_OR_RETURN(std::string body, call.WholeBody(kBodyBytesMax, true));
  ASSIGN_OR_RETURN(DeleteRequest request, Parse(body));
  std::string out;
  xml::Writer writer(out);
  writer.Start("DeleteResult", kXmlns);
  buckets::RequestContext context = call.Context();
  for (const std::string& key : request.keys) {
    auto status = call.buckets().DeleteObject(context, call.bucket(), key);
    if (status) {
      if (!request.is_quiet) writer.Start("Deleted").Leaf("Key", key).End();
      continue;
    }
    // Faults of the bucket or of the expected owner concern all keys alike.
    if (status.error().reason == objects::reason::kNoSuchBucket) return status;
    WireError error = ToWire(status.error());
    writer.Start("Error")
        .Leaf("Key", key)
        .Leaf("Code", error.code)
        .Leaf("Message", error.message)
        .End();
  }
  writer.End();
  return call.SendXml(out);
}

}  // namespace dray::s3
