// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/accepted_import.h"

#include "base/text_encoding.h"
#include "format/json/json.h"
#include "storage/table/catalog_record.h"
#include "transfer/jobs/record_json.h"
#include "transfer/transform/sealed_transforms.h"

namespace dray::import_table {

std::string RenderAccepted(const AcceptedImport& accepted, std::string_view secret_key,
                           std::string_view import_arn) {
  const ImportRequest& request = accepted.request;
  std::string out;
  json::Writer writer(out);
  writer.StartObject();
  writer.Name("client_token").String(request.client_token);
  writer.Name("s3_bucket").String(request.s3_bucket);
  if (request.s3_bucket_owner) writer.Name("s3_bucket_owner").String(*request.s3_bucket_owner);
  if (request.s3_key_prefix) writer.Name("s3_key_prefix").String(*request.s3_key_prefix);
  writer.Name("input_format").String(request.input_format);
  writer.Name("input_compression_type").String(request.input_compression_type);
  writer.Name("input_format_options").String(request.input_format_options_json);
  writer.Name("table_creation_parameters").String(request.table_creation_parameters_json);
  writer.Name("table").String(base::Base64Encode(table::EncodeDescriptor(request.table)));
  if (request.transforms) {
    writer.Name("transforms").String(transform::Seal(*request.transforms, secret_key, import_arn));
  }
  writer.EndObject();
  return out;
}

base::Result<AcceptedImport> ParseAccepted(std::string_view json, std::string_view secret_key,
                                           std::string_view import_arn) {
  ASSIGN_OR_RETURN(auto members, jobs::RecordJson::Parse(json));
  AcceptedImport accepted;
  ImportRequest& request = accepted.request;
  ASSIGN_OR_RETURN(request.client_token, members.String("client_token"));
  ASSIGN_OR_RETURN(request.s3_bucket, members.String("s3_bucket"));
  request.s3_bucket_owner = members.OptionalString("s3_bucket_owner");
  request.s3_key_prefix = members.OptionalString("s3_key_prefix");
  ASSIGN_OR_RETURN(request.input_format, members.String("input_format"));
  ASSIGN_OR_RETURN(request.input_compression_type, members.String("input_compression_type"));
  ASSIGN_OR_RETURN(request.input_format_options_json, members.String("input_format_options"));
  ASSIGN_OR_RETURN(request.table_creation_parameters_json,
                   members.String("table_creation_parameters"));
  ASSIGN_OR_RETURN(std::string table, members.String("table"));
  auto bytes = base::Base64Decode(table);
  if (!bytes) {
    return base::Error{base::ErrorKind::kCorruption, "An import's record holds no table", {}};
  }
  ASSIGN_OR_RETURN(request.table, table::DecodeDescriptor(*bytes));
  if (auto sealed = members.OptionalString("transforms")) {
    ASSIGN_OR_RETURN(request.transforms, transform::Unseal(*sealed, secret_key, import_arn));
  }
  return accepted;
}

}  // namespace dray::import_table
