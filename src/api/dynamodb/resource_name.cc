// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/resource_name.h"

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/shape.h"
#include "security/access/access.h"
#include "transfer/restore_table/backups.h"

namespace dray::dynamodb {

namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

Error AccessIsDenied() {
  return Error{ErrorKind::kAccessDenied, "Access is denied", access::reason::kDenied};
}

// The NAME of "table/NAME", without further parts.
std::optional<std::string_view> NameOfTablePath(std::string_view path) {
  constexpr std::string_view kPrefix = "table/";
  if (!path.starts_with(kPrefix)) return std::nullopt;
  path.remove_prefix(kPrefix.size());
  if (path.size() < 3 || path.size() > 255 || !kTableNamePattern.matches(path)) return std::nullopt;
  return path;
}

}  // namespace

std::string Resource::Arn(std::string_view region) const {
  if (path == "*") return path;
  return "arn:aws:dynamodb:" + std::string(region) + ":" + account + ":" + path;
}

std::string_view Resource::table_name() const {
  constexpr std::string_view kPrefix = "table/";
  std::string_view rest = path;
  if (!rest.starts_with(kPrefix)) return {};
  rest.remove_prefix(kPrefix.size());
  return rest.substr(0, rest.find('/'));
}

std::optional<Arn> ParseArn(std::string_view text) {
  if (!text.starts_with("arn:")) return std::nullopt;
  std::string_view parts[5];
  text.remove_prefix(4);
  for (size_t i = 0; i < 4; ++i) {
    size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    parts[i] = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  parts[4] = text;
  return Arn{std::string(parts[0]), std::string(parts[1]), std::string(parts[2]),
             std::string(parts[3]), std::string(parts[4])};
}

Result<TableName> ParseTableName(std::string_view text, std::string_view caller_account) {
  if (!text.starts_with("arn:")) return TableName{std::string(caller_account), std::string(text)};
  std::optional<Arn> arn = ParseArn(text);
  std::optional<std::string_view> name = arn ? NameOfTablePath(arn->path) : std::nullopt;
  if (!name || arn->service != "dynamodb" || !kAccountPattern.matches(arn->account)) {
    return ValidationError("Invalid table ARN: " + std::string(text));
  }
  return TableName{arn->account, std::string(*name)};
}

Result<TableName> ParseResourceArn(std::string_view text, std::string_view region,
                                   std::string_view invalid_text) {
  if (!text.starts_with("arn:")) {
    return InvalidParameter("ARNs must start with 'arn:': " + std::string(text));
  }
  const Error invalid = ValidationError(std::string(invalid_text) + std::string(text));
  std::optional<Arn> arn = ParseArn(text);
  if (!arn) return invalid;
  if (arn->service != "dynamodb") return AccessIsDenied();
  if (!arn->path.starts_with("table/") || arn->path.find("/backup/") != std::string::npos) {
    return InvalidParameter("Provided Arn is not a DynamoDB resource arn: " + std::string(text));
  }
  if (arn->path.find('/', std::string_view("table/").size()) != std::string::npos) {
    return InvalidParameter(
        "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: " +
        std::string(text));
  }
  std::optional<std::string_view> name = NameOfTablePath(arn->path);
  if (arn->partition != "aws" || arn->region != region || !name ||
      !kAccountPattern.matches(arn->account)) {
    return invalid;
  }
  return TableName{arn->account, std::string(*name)};
}

Result<TableName> ParseExportTableArn(std::string_view text, std::string_view caller_account) {
  std::optional<Arn> arn = ParseArn(text);
  if (!arn || arn->partition != "aws" || arn->service != "dynamodb") {
    return InvalidParameter("tableArn is not a valid ARN");
  }
  std::optional<std::string_view> name = NameOfTablePath(arn->path);
  if (!name) return ValidationError("Invalid Request: Table ARN is invalid.");
  if (arn->account != caller_account) return AccessIsDenied();
  return TableName{arn->account, std::string(*name)};
}

Result<Resource> ParseJobArn(std::string_view text, std::string_view kind,
                             std::string_view caller_account, std::string_view region) {
  bool is_export = kind == "export";
  Error invalid = ValidationError(is_export ? "Invalid Export ARN" : "Invalid Import ARN");
  std::optional<Arn> arn = ParseArn(text);
  if (!arn || arn->partition != "aws" || arn->service != "dynamodb") return invalid;
  std::string middle = "/" + std::string(kind) + "/";
  size_t at = arn->path.find(middle);
  if (at == std::string::npos) return invalid;
  std::string_view path = arn->path;
  std::optional<std::string_view> name = NameOfTablePath(path.substr(0, at));
  std::string_view id = path.substr(at + middle.size());
  if (!name || id.empty() || id.find('/') != std::string_view::npos) {
    return invalid;
  }
  if (arn->account != caller_account) return AccessIsDenied();
  if (arn->region != region) {
    if (is_export) {
      return Error{ErrorKind::kNotFound, "Export not found: Invalid export arn",
                   reason::kExportNotFound};
    }
    return Error{ErrorKind::kNotFound, "Import not found: " + std::string(text),
                 reason::kImportNotFound};
  }
  return Resource{arn->account, arn->path};
}

Result<Resource> ParseJobArn(std::string_view text, std::string_view caller_account,
                             std::string_view region) {
  for (std::string_view kind : {"export", "import"}) {
    if (text.find("/" + std::string(kind) + "/") == std::string_view::npos) continue;
    return ParseJobArn(text, kind, caller_account, region);
  }
  return ValidationError("Invalid Job ARN: the ARN of an export or an import is wanted");
}

Result<Resource> ParseBackupArn(std::string_view text, std::string_view caller_account,
                                std::string_view region) {
  Error invalid = ValidationError("Invalid Backup ARN");
  std::optional<Arn> arn = ParseArn(text);
  if (!arn || arn->partition != "aws" || arn->service != "dynamodb") return invalid;
  constexpr std::string_view kMiddle = "/backup/";
  const size_t at = arn->path.find(kMiddle);
  if (at == std::string::npos) return invalid;
  const std::string_view path = arn->path, id = path.substr(at + kMiddle.size());
  if (!NameOfTablePath(path.substr(0, at)) || id.empty() ||
      id.find('/') != std::string_view::npos) {
    return invalid;
  }
  if (arn->account != caller_account) return AccessIsDenied();
  if (arn->region != region) {
    return Error{ErrorKind::kNotFound, "Backup not found: " + std::string(text),
                 restore_table::reason::kBackupNotFound};
  }
  return Resource{arn->account, arn->path};
}

std::string TableArn(std::string_view region, std::string_view account, std::string_view name) {
  return Resource{std::string(account), "table/" + std::string(name)}.Arn(region);
}

}  // namespace dray::dynamodb
