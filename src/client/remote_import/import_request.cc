// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/import_request.h"

#include "base/text_encoding.h"
#include "format/json/json.h"

namespace dray::remote_import {

std::string RenderImportRequest(const ImportRequest& request) {
  std::string body;
  json::Writer writer(body);
  writer.StartObject().Name("ClientToken").String(request.client_token);
  writer.Name("S3BucketSource").StartObject();
  if (request.bucket_owner) writer.Name("S3BucketOwner").String(*request.bucket_owner);
  writer.Name("S3Bucket").String(request.bucket);
  if (!request.prefix.empty()) writer.Name("S3KeyPrefix").String(request.prefix);
  writer.EndObject();
  const InputFormat& input = request.input;
  writer.Name("InputFormat").String(input.format);
  if (input.csv_delimiter || !input.csv_header.empty()) {
    writer.Name("InputFormatOptions").StartObject().Name("Csv").StartObject();
    if (input.csv_delimiter) writer.Name("Delimiter").String(*input.csv_delimiter);
    if (!input.csv_header.empty()) {
      writer.Name("HeaderList").StartArray();
      for (const std::string& name : input.csv_header) writer.String(name);
      writer.EndArray();
    }
    writer.EndObject().EndObject();
  }
  if (input.compression) writer.Name("InputCompressionType").String(*input.compression);
  if (request.mode.empty()) {
    writer.Name("TableCreationParameters").Raw(request.table_parameters);
  } else {
    writer.Name("TableName").String(request.table_name).Name("Mode").String(request.mode);
    if (request.is_dry_run) writer.Name("DryRun").Bool(true);
  }
  if (!request.transforms.empty()) writer.Name("Transforms").Raw(request.transforms);
  writer.EndObject();
  return body;
}

std::string RenderIncrementalsRequest(const IncrementalsRequest& request) {
  std::string body;
  json::Writer writer(body);
  writer.StartObject().Name("ClientToken").String(request.client_token);
  writer.Name("TableName").String(request.table_name);
  writer.Name("S3Bucket").String(request.bucket);
  if (request.bucket_owner) writer.Name("S3BucketOwner").String(*request.bucket_owner);
  writer.Name("Manifests").StartArray();
  for (const std::string& key : request.manifests) writer.String(key);
  writer.EndArray();
  if (request.from_micros) writer.Name("From").EpochSeconds(*request.from_micros);
  if (request.is_dry_run) writer.Name("DryRun").Bool(true);
  if (request.is_undo) writer.Name("Undo").Bool(true);
  if (request.is_forced) writer.Name("Force").Bool(true);
  writer.EndObject();
  return body;
}

// AWS's ImportTable knows no transforms: whoever lacks ours has to refuse them.
Operation OperationOf(const ImportRequest& request) {
  if (!request.mode.empty()) return {"ImportIntoTable", true};
  return {"ImportTable", !request.transforms.empty()};
}

std::string DelimiterOf(const std::string& text) {
  if (base::EqualsIgnoreCase(text, "tab") || text == "\\t") return "\t";
  if (base::EqualsIgnoreCase(text, "space")) return " ";
  return text;
}

}  // namespace dray::remote_import
