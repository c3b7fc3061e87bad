// SPDX-License-Identifier: Apache-2.0
#include "api/s3/acl_documents.h"
#include "api/s3/error_mapping.h"
#include "api/s3/operations/operations.h"
#include "api/s3/ownership.h"
#include "format/xml/xml.h"

namespace dray::s3 {
namespace {

constexpr std::string_view kDefaultRegion = "us-east-1";
constexpr size_t kBodyBytesMax = 64 * 1024;

// The LocationConstraint of the body, or "" when there is none. What else a body can ask for
// (directory buckets, tags) is refused by name.
base::Result<std::string> RequestedLocation(Call& call) {
  ASSIGN_OR_RETURN(std::string body, call.WholeBody(kBodyBytesMax));
  if (body.empty()) return std::string();
  auto parsed = xml::Parse(body);
  if (!parsed || parsed->name != "CreateBucketConfiguration") return MalformedXml();
  for (const xml::Element& child : parsed->children) {
    if (child.name == "LocationConstraint") continue;
    return base::Error{base::ErrorKind::kInvalidArgument,
                       child.name + " of CreateBucketConfiguration is not implemented.",
                       reason::kNotImplemented};
  }
  return std::string(parsed->TextOf("LocationConstraint"));
}

base::Status CheckLocation(const Service& service, const std::string& location) {
  if (service.any_region) return base::Ok();
  if (location == kDefaultRegion) {  // the default has no name here, also on AWS
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "The specified location-constraint is not valid", reason::kInvalidLocation};
  }
  std::string_view effective = location.empty() ? kDefaultRegion : std::string_view(location);
  if (effective == service.region) return base::Ok();
  return base::Error{base::ErrorKind::kInvalidArgument,
                     "The " + (location.empty() ? std::string("unspecified") : location) +
                         " location constraint is incompatible for the region specific endpoint "
                         "this request was sent to.",
                     reason::kIllegalLocation};
}

}  // namespace

base::Status CreateBucket(Call& call) {
  ASSIGN_OR_RETURN(std::string location, RequestedLocation(call));
  RETURN_IF_ERROR(CheckLocation(call.service(), location));
  buckets::RequestContext context = call.Context();
  ASSIGN_OR_RETURN(context.acl, TakeAclHeaders(call));
  buckets::BucketToCreate wanted;
  if (auto name = call.Header("x-amz-object-ownership")) {
    wanted.ownership = OwnershipByName(*name);
    if (!wanted.ownership) {
      return InvalidArgument("Invalid x-amz-object-ownership header: " + std::string(*name));
    }
  }
  auto status = call.buckets().CreateBucket(context, call.bucket(), wanted);
  if (!status) {
    // S3's oldest region answers a repeated request as the first one.
    bool is_repeated = status.error().reason == objects::reason::kBucketOwnedByYou &&
                       call.service().region == kDefaultRegion;
    if (!is_repeated) return status;
  }
  return call.SendEmpty(200, {{"Location", "/" + call.bucket()}});
}

}  // namespace dray::s3
