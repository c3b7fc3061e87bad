// SPDX-License-Identifier: Apache-2.0
#include "api/s3/operations/operations.h"
#include "format/xml/xml.h"

namespace dray::s3 {

// The root element holds the region itself; us-east-1 is an empty one.
base::Status GetBucketLocation(Call& call) {
  ASSIGN_OR_RETURN(objects::BucketInfo info,
                   call.buckets().GetBucketLocation(call.Context(), call.bucket()));
  std::string out;
  xml::Writer writer(out);
  if (info.region == "us-east-1") {
    writer.Start("LocationConstraint", kXmlns).End();
  } else {
    writer.Leaf("LocationConstraint", info.region);
  }
  return call.SendXml(out);
}

}  // namespace dray::s3
