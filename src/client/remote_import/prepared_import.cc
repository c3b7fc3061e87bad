// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/prepared_import.h"

#include "base/random.h"
#include "base/text_encoding.h"
#include "client/remote_jobs/export_request.h"

namespace dray::remote_import {

namespace {

constexpr size_t kSchemaBytesMax = 16 << 20;

class Preparation {
 public:
  Preparation(remote_jobs::Session& session, const ImportPlan& plan, const ReadFile& read_file)
      : session_(session), plan_(plan), read_file_(read_file) {}

  base::Result<PreparedImport> Run() {
    RETURN_IF_ERROR(CheckTable());
    bucket_ = remote_jobs::ParseS3Url(plan_.place);
    out_.is_local = !bucket_;
    request_.input = plan_.input;
    if (bucket_ && !plan_.verifies && !input().format.empty()) {
      out_.source = plan_.place;  // as it was said: nobody looks
      contents().import_prefix = bucket_->prefix.value_or("");
    } else {
      RETURN_IF_ERROR(LookAtPlace());
    }
    if (plan_.mode.empty()) {
      ASSIGN_OR_RETURN(TableSchema schema, FindSchema());
      ASSIGN_OR_RETURN(TablePlan table, PlanTable(plan_.table, schema, plan_.table_flags));
      out_.left_out = std::move(table.left_out);
      if (plan_.applies_settings) out_.settings = std::move(table.settings);
      request_.table_parameters = std::move(table.parameters);
    } else {
      request_.mode = plan_.mode;
      request_.table_name = plan_.table;
      request_.is_dry_run = plan_.is_dry_run;
    }
    RETURN_IF_ERROR(ReadTransforms());
    request_.bucket_owner = plan_.bucket_owner;
    request_.client_token = plan_.client_token;
    if (bucket_) {
      request_.bucket = bucket_->bucket;
      request_.prefix = contents().import_prefix;
    } else {
      PlanStaging();
    }
    out_.operation = OperationOf(request_);
    out_.request = RenderImportRequest(request_);
    return std::move(out_);
  }

 private:
  Contents& contents() { return out_.contents; }
  InputFormat& input() { return request_.input; }

  // Before hours are spent on what must fail. With a token of the user's it may be this import's.
  base::Status CheckTable() {
    if (plan_.is_token_given) return base::Ok();
    std::string body;
    json::Writer(body).StartObject().Name("TableName").String(plan_.table).EndObject();
    ASSIGN_OR_RETURN(aws::JsonAnswer answer, session_.Ask("DescribeTable", body));
    if (answer.refused) {
      const std::string& code = answer.refused->code;
      const bool is_missing = code == "ResourceNotFoundException";
      if (code == "AccessDeniedException" || (is_missing && plan_.mode.empty())) return base::Ok();
      return session_.Refusal("DescribeTable", *answer.refused);
    }
    if (!plan_.mode.empty()) return base::Ok();
    return base::Error{
        base::ErrorKind::kInvalidArgument,
        "there is a table " + plan_.table +
            " already, and an import makes a new one: give another name, delete that "
            "table, or import into it with --into-existing",
        {}};
  }

  base::Status LookAtPlace() {
    LookOptions look;
    if (bucket_) {
      ASSIGN_OR_RETURN(out_.place,
                       OpenBucket(session_, bucket_->bucket, plan_.bucket_owner.value_or("")));
      look.prefix = bucket_->prefix.value_or("");
    } else {
      out_.place = OpenFolders();
      ASSIGN_OR_RETURN(look.prefix, KeyOfPath(plan_.place));
    }
    look.says_format = !plan_.input.format.empty();
    look.reads_manifests = plan_.verifies;
    ASSIGN_OR_RETURN(out_.contents, Look(*out_.place, look));
    out_.source =
        out_.place->Name(contents().is_export ? contents().root : contents().import_prefix);
    if (contents().hidden_files > 0) {
      session_.display().Note(std::to_string(contents().hidden_files) +
                              " files whose names begin with '.' are left out");
    }
    return contents().is_export ? TakeFormatOfExport() : CheckFormat();
  }

  base::Status TakeFormatOfExport() {
    const export_layout::Summary& summary = contents().summary;
    const bool agrees = (input().format.empty() || input().format == summary.output_format) &&
                        (!input().compression || *input().compression == "GZIP") &&
                        !input().csv_delimiter && input().csv_header.empty();
    if (!agrees) {
      return base::Error{base::ErrorKind::kInvalidArgument,
                         out_.source + " is an export in " + summary.output_format +
                             " with GZIP: leave --format, --compression and --csv-... away",
                         {}};
    }
    input().format = summary.output_format;
    input().compression = "GZIP";
    const std::string& arn = summary.table_arn;
    session_.display().Note(out_.source + ": export of " + arn.substr(arn.rfind('/') + 1) +
                            " as of " + base::FormatIso8601Millis(summary.export_time_micros) +
                            ", " + std::to_string(summary.item_count) + " items, " +
                            summary.output_format);
    return base::Ok();
  }

  base::Status CheckFormat() {
    if (!input().format.empty()) return base::Ok();
    return base::Error{base::ErrorKind::kInvalidArgument,
                       out_.source +
                           " is not an export: say what it holds with --format dynamodb-json, ion "
                           "or csv, and with --compression gzip or zstd where it is compressed",
                       {}};
  }

  base::Result<TableSchema> FindSchema() {
    if (!plan_.schema.empty()) {
      ASSIGN_OR_RETURN(std::string text, ReadNamedSchema());
      out_.schema = plan_.schema;
      auto schema = ParseSchema(text);
      if (!schema) return base::WithContext(std::move(schema).error(), plan_.schema);
      return schema;
    }
    auto key =
        contents().is_export && plan_.reads_schema ? SidecarKeyOf(contents().root) : std::nullopt;
    if (!key) return TableSchema();
    auto opened = out_.place->Open(*key);
    if (!opened && opened.error().kind == base::ErrorKind::kNotFound) return TableSchema();
    const std::string name = out_.place->Name(*key);
    if (!opened && opened.error().kind == base::ErrorKind::kAccessDenied) {
      session_.display().Warn("whether " + name +
                              " is there was not to be found out: " + opened.error().message);
      return TableSchema();
    }
    if (!opened) return std::move(opened).error();
    ASSIGN_OR_RETURN(std::string text, base::ReadAll(*opened->body, kSchemaBytesMax));
    auto schema = ParseSchema(text);
    if (!schema) {
      return base::WithContext(std::move(schema).error(), name + " (--no-schema leaves it out)");
    }
    if (schema->export_arn != contents().summary.export_arn) {
      return base::Error{base::ErrorKind::kInvalidArgument,
                         name + " is of another export, " + schema->export_arn +
                             ": name one with --schema, or leave it out with --no-schema",
                         {}};
    }
    out_.schema = name;
    session_.display().Note("keys and settings: " + name);
    return schema;
  }

  base::Status ReadTransforms() {
    std::string key;
    if (plan_.transforms.needs_key()) {
      ASSIGN_OR_RETURN(key, read_file_(plan_.transforms.mask_key_file));
      while (key.ends_with('\n') || key.ends_with('\r')) key.pop_back();
      // What is only shown tells no secrets.
      const bool is_shown = plan_.is_dry_run && plan_.mode.empty();
      if (is_shown) key = "(the key in " + plan_.transforms.mask_key_file + ")";
    }
    request_.transforms = RenderTransforms(plan_.transforms, key);
    return base::Ok();
  }

  base::Result<std::string> ReadNamedSchema() {
    auto url = remote_jobs::ParseS3Url(plan_.schema);
    if (!url) return read_file_(plan_.schema);
    ASSIGN_OR_RETURN(auto place, OpenBucket(session_, url->bucket, ""));
    auto opened = place->Open(url->prefix.value_or(""));
    if (!opened) return std::move(opened).error();
    ASSIGN_OR_RETURN(std::string text, base::ReadAll(*opened->body, kSchemaBytesMax));
    // Back to the bucket of the data.
    if (bucket_) RETURN_IF_ERROR(session_.LocateBucket(bucket_->bucket));
    return text;
  }

  void PlanStaging() {
    StagingOptions options;
    std::string prefix;
    if (plan_.staging.empty()) {
      options.bucket = "dray-import-" + base::RandomUuid();
      options.makes_bucket = true;
    } else {
      auto url = remote_jobs::ParseS3Url(plan_.staging);
      options.bucket = url->bucket;
      prefix = url->prefix.value_or("");
      if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
    }
    options.bucket_owner = plan_.bucket_owner.value_or("");
    options.prefix = prefix + plan_.table + "/";
    std::vector<StagedFile> files;
    for (const Entry& entry : contents().data) {
      std::string rest = entry.key.substr(contents().import_prefix.size());
      if (rest.empty()) rest = entry.key.substr(entry.key.rfind('/') + 1);  // one file
      files.push_back({out_.place->Name(entry.key), options.prefix + rest, entry.size_bytes});
    }
    request_.bucket = options.bucket;
    request_.prefix = options.prefix;
    out_.staging = std::make_unique<Staging>(session_, std::move(options), std::move(files));
  }

  remote_jobs::Session& session_;
  const ImportPlan& plan_;
  const ReadFile& read_file_;
  std::optional<remote_jobs::S3Url> bucket_;
  ImportRequest request_;
  PreparedImport out_;
};

}  // namespace

base::Result<PreparedImport> PrepareImport(remote_jobs::Session& session, const ImportPlan& plan,
                                           const ReadFile& read_file) {
  return Preparation(session, plan, read_file).Run();
}

}  // namespace dray::remote_import
