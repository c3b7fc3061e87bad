// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_into/accepted_into.h"

#include <tuple>

#include "format/json/json.h"
#include "transfer/import_table/reader_options.h"
#include "transfer/jobs/record_json.h"
#include "transfer/transform/sealed_transforms.h"

namespace dray::import_into {
namespace {

constexpr std::string_view kKinds[] = {"items", "incrementals"};
constexpr std::string_view kModes[] = {"insert", "replace", "merge"};

base::Error Damaged() {
  return base::Error{base::ErrorKind::kCorruption, "The request of an import is damaged", {}};
}

template <class Enum, size_t N>
base::Result<Enum> ReadName(const jobs::RecordJson& members, std::string_view name,
                            const std::string_view (&names)[N]) {
  ASSIGN_OR_RETURN(std::string text, members.String(name));
  for (size_t i = 0; i < N; ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  return Damaged();
}

}  // namespace

std::string RenderAccepted(const AcceptedInto& accepted, std::string_view secret_key,
                           std::string_view import_arn) {
  const IntoRequest& request = accepted.request;
  std::string out;
  json::Writer writer(out);
  writer.StartObject().Name("kind").String(kKindName);
  writer.Name("source").String(kKinds[static_cast<size_t>(request.kind)]);
  writer.Name("client_token").String(request.client_token);
  writer.Name("account").String(request.account);
  writer.Name("table_name").String(request.table_name);
  writer.Name("table_number").Int(static_cast<int64_t>(accepted.table_number));
  writer.Name("table_id").String(accepted.table_id);
  writer.Name("s3_bucket").String(request.s3_bucket);
  if (request.s3_bucket_owner) writer.Name("s3_bucket_owner").String(*request.s3_bucket_owner);
  if (request.s3_key_prefix) writer.Name("s3_key_prefix").String(*request.s3_key_prefix);
  writer.Name("dry_run").Bool(request.is_dry_run);
  writer.Name("input_format").String(request.input_format);
  writer.Name("input_compression_type").String(request.input_compression_type);
  writer.Name("input_format_options").String(request.input_format_options_json);
  writer.Name("mode").String(kModes[static_cast<size_t>(request.mode)]);
  if (request.transforms) {
    writer.Name("transforms").String(transform::Seal(*request.transforms, secret_key, import_arn));
  }
  writer.Name("manifests").StartArray();
  for (const std::string& key : request.manifests) writer.String(key);
  writer.EndArray();
  if (request.from_micros) writer.Name("from").Int(*request.from_micros);
  writer.Name("undo").Bool(request.is_undo);
  writer.Name("force").Bool(request.is_forced);
  writer.EndObject();
  return out;
}

base::Result<AcceptedInto> ParseAccepted(std::string_view json, std::string_view secret_key,
                                         std::string_view import_arn) {
  ASSIGN_OR_RETURN(auto members, jobs::RecordJson::Parse(json));
  AcceptedInto accepted;
  IntoRequest& request = accepted.request;
  ASSIGN_OR_RETURN(request.kind, ReadName<Kind>(members, "source", kKinds));
  ASSIGN_OR_RETURN(request.client_token, members.String("client_token"));
  ASSIGN_OR_RETURN(request.account, members.String("account"));
  ASSIGN_OR_RETURN(request.table_name, members.String("table_name"));
  ASSIGN_OR_RETURN(accepted.table_number, members.Count("table_number"));
  ASSIGN_OR_RETURN(accepted.table_id, members.String("table_id"));
  ASSIGN_OR_RETURN(request.s3_bucket, members.String("s3_bucket"));
  request.s3_bucket_owner = members.OptionalString("s3_bucket_owner");
  request.s3_key_prefix = members.OptionalString("s3_key_prefix");
  ASSIGN_OR_RETURN(request.is_dry_run, members.Bool("dry_run"));
  ASSIGN_OR_RETURN(request.input_format, members.String("input_format"));
  ASSIGN_OR_RETURN(request.input_compression_type, members.String("input_compression_type"));
  ASSIGN_OR_RETURN(request.input_format_options_json, members.String("input_format_options"));
  ASSIGN_OR_RETURN(request.mode, ReadName<Mode>(members, "mode", kModes));
  if (auto sealed = members.OptionalString("transforms")) {
    ASSIGN_OR_RETURN(request.transforms, transform::Unseal(*sealed, secret_key, import_arn));
  }
  ASSIGN_OR_RETURN(const json::Array* manifests, members.Array("manifests"));
  for (const json::Value& key : *manifests) {
    if (key.string() == nullptr) return Damaged();
    request.manifests.push_back(*key.string());
  }
  request.from_micros = members.OptionalInt("from");
  ASSIGN_OR_RETURN(request.is_undo, members.Bool("undo"));
  ASSIGN_OR_RETURN(request.is_forced, members.Bool("force"));
  return accepted;
}

base::Result<item_format::ReaderOptions> ReaderOptionsOf(const IntoRequest& request,
                                                         const table::TableDescriptor& table) {
  import_table::ImportRequest like;
  like.input_format = request.input_format;
  like.input_format_options_json = request.input_format_options_json;
  like.table = table;
  return import_table::ReaderOptionsOf(like);
}

bool IsSameRequest(const IntoRequest& a, const IntoRequest& b) {
  auto rest = [](const IntoRequest& r) {
    return std::tie(r.kind, r.account, r.table_name, r.s3_bucket, r.s3_bucket_owner, r.is_dry_run,
                    r.s3_key_prefix, r.input_format, r.input_compression_type,
                    r.input_format_options_json, r.mode, r.manifests, r.from_micros, r.is_undo,
                    r.is_forced);
  };
  if ((a.transforms == nullptr) != (b.transforms == nullptr)) return false;
  if (a.transforms != nullptr && !(*a.transforms == *b.transforms)) return false;
  return rest(a) == rest(b);
}

}  // namespace dray::import_into
