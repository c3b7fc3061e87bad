// SPDX-License-Identifier: Apache-2.0
// ListObjects and ListObjectsV2: the same list, with a marker that is a key or an opaque token.
#include <map>

#include "api/s3/operations/operations.h"
#include "base/text_encoding.h"
#include "format/xml/xml.h"
#include "storage/objects/checksum.h"

namespace dray::s3 {
namespace {

constexpr uint64_t kKeysMax = 1000;

// Opaque, and unlike a key: base64 behind a version digit.
std::string TokenOf(const std::string& start_after) {
  return "1" + base::Base64Encode(start_after);
}

base::Result<std::string> StartOfToken(std::string_view token) {
  std::optional<std::string> start;
  if (token.starts_with('1')) start = base::Base64Decode(token.substr(1));
  if (!start || start->empty()) {
    return InvalidArgument("The continuation token provided is incorrect");
  }
  return *std::move(start);
}

struct Listing {
  objects::ListRequest request;
  objects::ListResult result;
  uint64_t max_keys = kKeysMax;
  bool is_url_encoded = false;
};

// `start_after` comes from the caller's kind of marker.
base::Result<Listing> Run(Call& call, std::string start_after) {
  Listing listing;
  const Query& query = call.query();
  ASSIGN_OR_RETURN(listing.is_url_encoded, WantsUrlEncoding(query));
  ASSIGN_OR_RETURN(listing.max_keys, call.Number("max-keys", kKeysMax, 0, INT32_MAX));
  listing.max_keys = std::min(listing.max_keys, kKeysMax);
  listing.request.prefix = std::string(query.Get("prefix"));
  listing.request.delimiter = std::string(query.Get("delimiter"));
  listing.request.start_after = std::move(start_after);
  listing.request.count_max = listing.max_keys;
  buckets::RequestContext context = call.Context();
  for (std::string_view name : {"prefix", "delimiter", "max-keys"}) {
    if (query.Has(name)) context.extra.Set("s3:" + std::string(name), query.Get(name));
  }
  ASSIGN_OR_RETURN(listing.result,
                   call.buckets().ListObjects(context, call.bucket(), listing.request));
  return listing;
}

const std::string& OwnerOf(const objects::ObjectInfo& object, const objects::ListResult& list) {
  return object.owner_account.empty() ? list.owner_account : object.owner_account;
}

// The canonical ids of those who own something in the list, by account.
base::Result<std::map<std::string, std::string>> OwnerIds(Call& call,
                                                          const objects::ListResult& list) {
  std::map<std::string, std::string> ids;
  for (const objects::ObjectInfo& object : list.objects) {
    auto [entry, is_new] = ids.try_emplace(OwnerOf(object, list));
    if (!is_new) continue;
    ASSIGN_OR_RETURN(entry->second, call.buckets().CanonicalIdOf(entry->first));
  }
  return ids;
}

void WriteHead(const Call& call, const Listing& listing, xml::Writer& writer) {
  writer.Start("ListBucketResult", kXmlns)
      .Leaf("Name", call.bucket())
      .Leaf("Prefix", EncodeName(listing.request.prefix, listing.is_url_encoded));
}

base::Status WriteEntries(Call& call, const Listing& listing, bool with_owner,
                          xml::Writer& writer) {
  std::map<std::string, std::string> owner_ids;
  if (with_owner) {
    ASSIGN_OR_RETURN(owner_ids, OwnerIds(call, listing.result));
  }
  writer.Leaf("MaxKeys", std::to_string(listing.max_keys));
  if (!listing.request.delimiter.empty()) {
    writer.Leaf("Delimiter", EncodeName(listing.request.delimiter, listing.is_url_encoded));
  }
  if (listing.is_url_encoded) writer.Leaf("EncodingType", "url");
  writer.Leaf("IsTruncated", listing.result.is_truncated ? "true" : "false");
  for (const objects::ObjectInfo& object : listing.result.objects) {
    writer.Start("Contents")
        .Leaf("Key", EncodeName(object.key, listing.is_url_encoded))
        .Leaf("LastModified", base::FormatIso8601Millis(object.last_modified_micros))
        .Leaf("ETag", Quoted(object.etag));
    if (object.checksum_algorithm != objects::ChecksumAlgorithm::kNone) {
      writer.Leaf("ChecksumAlgorithm", objects::ChecksumName(object.checksum_algorithm))
          .Leaf("ChecksumType", object.checksum_type);
    }
    writer.Leaf("Size", std::to_string(object.size_bytes));
    if (with_owner) {
      writer.Start("Owner").Leaf("ID", owner_ids[OwnerOf(object, listing.result)]).End();
    }
    writer.Leaf("StorageClass", "STANDARD").End();
  }
  for (const std::string& prefix : listing.result.common_prefixes) {
    writer.Start("CommonPrefixes").Leaf("Prefix", EncodeName(prefix, listing.is_url_encoded)).End();
  }
  writer.End();
  return base::Ok();
}

}  // namespace

base::Status ListObjectsV2(Call& call) {
  const Query& query = call.query();
  if (query.Get("list-type") != "2")
    return InvalidArgument("Invalid List Type specified in Request");
  std::string_view token = query.Get("continuation-token");
  std::string start_after(query.Get("start-after"));
  if (query.Has("continuation-token")) {
    ASSIGN_OR_RETURN(start_after, StartOfToken(token));
  }
  ASSIGN_OR_RETURN(Listing listing, Run(call, std::move(start_after)));
  std::string out;
  xml::Writer writer(out);
  WriteHead(call, listing, writer);
  if (query.Has("start-after")) {
    writer.Leaf("StartAfter", EncodeName(query.Get("start-after"), listing.is_url_encoded));
  }
  if (!token.empty()) writer.Leaf("ContinuationToken", token);
  if (listing.result.is_truncated) {
    writer.Leaf("NextContinuationToken", TokenOf(listing.result.next_start_after));
  }
  writer.Leaf("KeyCount", std::to_string(listing.result.objects.size() +
                                         listing.result.common_prefixes.size()));
  RETURN_IF_ERROR(WriteEntries(call, listing, query.Get("fetch-owner") == "true", writer));
  return call.SendXml(out);
}

base::Status ListObjects(Call& call) {
  std::string_view marker = call.query().Get("marker");
  ASSIGN_OR_RETURN(Listing listing, Run(call, std::string(marker)));
  std::string out;
  xml::Writer writer(out);
  WriteHead(call, listing, writer);
  writer.Leaf("Marker", EncodeName(marker, listing.is_url_encoded));
  // Without a delimiter the last key serves as the marker.
  if (listing.result.is_truncated && !listing.request.delimiter.empty()) {
    writer.Leaf("NextMarker", EncodeName(listing.result.next_start_after, listing.is_url_encoded));
  }
  RETURN_IF_ERROR(WriteEntries(call, listing, true, writer));
  return call.SendXml(out);
}

}  // namespace dray::s3
