// SPDX-License-Identifier: Apache-2.0
#include "api/iam/parameter_rules.h"

#include <algorithm>

#include "api/query/error_mapping.h"
#include "base/text_encoding.h"

namespace dray::iam {

namespace {

bool IsName(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("_+=,.@-").find(c) != std::string_view::npos;
  });
}

// U+0021 to U+007F between slashes.
bool IsPath(std::string_view text) {
  if (!text.starts_with('/') || !text.ends_with('/')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}
bool IsPathPrefix(std::string_view text) {
  if (!text.starts_with('/')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool IsMarker(std::string_view text) { return base::Base64Decode(text).has_value(); }

bool IsWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  });
}

constexpr std::string_view kNamePattern = "[\\w+=,.@-]+";

}  // namespace

const query::TextRule kUserName{.min = 1, .max = 64, .pattern = kNamePattern, .matches = IsName};
const query::TextRule kRoleName{.min = 1, .max = 64, .pattern = kNamePattern, .matches = IsName};
const query::TextRule kPolicyName{.min = 1, .max = 128, .pattern = kNamePattern, .matches = IsName};
const query::TextRule kPath{.min = 1,
                            .max = 512,
                            .pattern = "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)",
                            .matches = IsPath};
const query::TextRule kPathPrefix{
    .min = 1, .max = 512, .pattern = "\\u002F[\\u0021-\\u007F]*", .matches = IsPathPrefix};
const query::TextRule kDocument{.min = 1, .max = 131072};
const query::TextRule kDescription{.min = 0, .max = 1000};
const query::TextRule kAccessKeyId{.min = 16, .max = 128, .pattern = "[\\w]+", .matches = IsWord};
const query::TextRule kArn{.min = 20, .max = 2048};
const query::TextRule kMarker{
    .min = 1, .max = 512, .pattern = "a marker of an earlier answer", .matches = IsMarker};
const query::TextRule kTagKey{.min = 1, .max = 128};

std::string_view NameParameter(Kind kind) { return kind == Kind::kUser ? "UserName" : "RoleName"; }

std::string RequiredName(Kind kind, query::Parameters& in) {
  return in.RequiredText(NameParameter(kind), kind == Kind::kUser ? kUserName : kRoleName);
}

std::map<std::string, std::string> TagsOf(query::Parameters& in) {
  std::map<std::string, std::string> tags;
  for (const query::Tag& tag : in.Tags()) tags[tag.key] = tag.value;
  return tags;
}

identities::ListQuery ReadListQuery(query::Call& call, query::Parameters& in) {
  identities::ListQuery query;
  query.account = call.account();
  query.path_prefix = in.Text("PathPrefix", kPathPrefix).value_or("/");
  query.after = base::Base64Decode(in.Text("Marker", kMarker).value_or("")).value_or("");
  query.entries_max = static_cast<size_t>(in.Number("MaxItems", 1, 1000).value_or(100));
  return query;
}

void WriteListEnd(bool is_last, std::string_view last_name, xml::Writer& out) {
  out.Leaf("IsTruncated", is_last ? "false" : "true");
  if (!is_last) out.Leaf("Marker", base::Base64Encode(base::ToLower(last_name)));
}

base::Status RequireOn(query::Call& call, Services& services, Kind kind, const std::string& name,
                       policy::Context extra) {
  Identity unknown;
  unknown.kind = kind;
  unknown.account = call.account();
  unknown.name = name;
  auto found = services.identities.Get(kind, call.account(), name);
  if (!found && found.error().kind != base::ErrorKind::kNotFound) return std::move(found).error();
  return call.RequireAllowed(found ? found->Arn() : unknown.Arn(), std::move(extra));
}

base::Status CheckDocument(std::string_view json, policy::DocumentKind kind) {
  auto parsed = policy::Document::Parse(json, kind);
  if (parsed) return base::Ok();
  base::Error error = std::move(parsed).error();
  error.reason = query::reason::kMalformedPolicy;
  return error;
}

size_t CountedSize(std::string_view json) {
  return static_cast<size_t>(std::count_if(json.begin(), json.end(), [](char c) {
    return c != ' ' && c != '\t' && c != '\n' && c != '\r';
  }));
}

base::Error OverQuota(std::string message) {
  return {base::ErrorKind::kLimitExceeded, std::move(message), identities::reason::kLimitExceeded};
}

policy::Context TagContext(const std::map<std::string, std::string>& tags) {
  policy::Context context;
  std::vector<std::string> keys;
  for (const auto& [key, value] : tags) {
    context.Set("aws:RequestTag/" + key, value);
    keys.push_back(key);
  }
  if (!keys.empty()) context.SetMany("aws:TagKeys", std::move(keys));
  return context;
}

policy::Context CreationContext(const Identity& identity) {
  policy::Context context = TagContext(identity.tags);
  if (!identity.boundary_arn.empty()) context.Set("iam:PermissionsBoundary", identity.boundary_arn);
  return context;
}

}  // namespace dray::iam
