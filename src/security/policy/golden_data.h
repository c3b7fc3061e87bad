// SPDX-License-Identifier: Apache-2.0
// Reads requests, contexts and policy sets of the golden tables; for the tests of this module.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "format/json/json.h"
#include "security/policy/policy.h"

namespace dray::policy {

inline std::string GoldenPath(const std::string& name) {
  return std::string(DRAY_SOURCE_DIR) + "/tests/golden/policy/" + name;
}

inline std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline json::Value ParseJson(const std::string& text) {
  auto value = json::Parse(text);
  EXPECT_TRUE(value) << (value ? "" : value.error().message);
  return value ? *std::move(value) : json::Value();
}

inline json::Value ReadGolden(const std::string& name) {
  return ParseJson(ReadText(GoldenPath(name)));
}

inline std::vector<std::string> GoldenFiles(const std::string& folder,
                                            const std::string& extension) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(GoldenPath(folder)))
    if (entry.path().extension() == extension) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  EXPECT_FALSE(paths.empty()) << folder;
  return paths;
}

inline const json::Value& Member(const json::Value& row, std::string_view name) {
  static const json::Value null;
  const auto* found = row.object()->Find(name);
  EXPECT_NE(found, nullptr) << name;
  return found ? *found : null;
}

// Empty when absent.
inline std::string Text(const json::Value& row, std::string_view name) {
  const auto* found = row.object()->Find(name);
  return found && found->string() ? *found->string() : "";
}

inline DocumentKind KindOf(std::string_view name) {
  if (name == "identity") return DocumentKind::kIdentity;
  if (name == "session") return DocumentKind::kSession;
  if (name == "boundary") return DocumentKind::kBoundary;
  if (name == "trust") return DocumentKind::kTrust;
  if (name == "service_control") return DocumentKind::kServiceControl;
  if (name == "resource_control") return DocumentKind::kResourceControl;
  EXPECT_TRUE(name == "resource" || name.empty()) << name;
  return DocumentKind::kResource;
}

// {"aws:SourceIp": "10.0.0.1", "aws:CalledVia": ["a", "b"]}: a list is a multivalued key.
inline Context ContextOf(const json::Value* value) {
  Context context;
  if (!value) return context;
  for (const auto& [key, member] : value->object()->members) {
    if (const auto* text = member.string()) {
      context.Set(key, *text);
      continue;
    }
    std::vector<std::string> values;
    for (const auto& element : *member.array()) values.push_back(*element.string());
    context.SetMany(key, std::move(values));
  }
  return context;
}

// "root:N", "user:N:path/Name", "role:N:path/Role", "session:N:path/Role:Session",
// "federated:N:Name", "service:NAME", "anonymous".
inline Principal PrincipalOf(const std::string& text) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, ':');) parts.push_back(part);
  Principal principal;
  principal.account = parts.size() > 1 ? parts[1] : "anonymous";
  const std::string iam = "arn:aws:iam::" + principal.account + ":";
  const std::string sts = "arn:aws:sts::" + principal.account + ":";
  if (parts[0] == "root") {
    principal.type = Principal::Type::kRoot;
    principal.arn = iam + "root";
  } else if (parts[0] == "user") {
    principal.type = Principal::Type::kUser;
    principal.arn = iam + "user/" + parts[2];
  } else if (parts[0] == "session") {
    principal.type = Principal::Type::kAssumedRole;
    principal.role_arn = iam + "role/" + parts[2];
    principal.arn =
        sts + "assumed-role/" + parts[2].substr(parts[2].rfind('/') + 1) + "/" + parts[3];
  } else if (parts[0] == "role") {  // none of its sessions in particular
    principal.type = Principal::Type::kAssumedRole;
    principal.role_arn = principal.arn = iam + "role/" + parts[2];
  } else if (parts[0] == "federated") {
    principal.type = Principal::Type::kFederatedUser;
    principal.arn = sts + "federated-user/" + parts[2];
  } else if (parts[0] == "service") {
    principal.type = Principal::Type::kService;
    principal.service = parts[1];
    principal.account.clear();
  } else {
    EXPECT_EQ(parts[0], "anonymous");
  }
  if (!principal.account.empty() && principal.account != "anonymous")
    principal.canonical_id = std::string(52, 'c') + principal.account;
  return principal;
}

inline Request RequestOf(const json::Value& row) {
  Request request;
  request.principal = PrincipalOf(Text(row, "principal"));
  request.action = Text(row, "action");
  request.resource = Text(row, "resource");
  request.resource_account = Text(row, "resource_account");
  request.context = ContextOf(row.object()->Find("context"));
  return request;
}

inline DocumentRef CompileValue(const json::Value& value, DocumentKind kind) {
  std::string text;
  json::AppendValue(value, text);
  auto document = Document::Parse(text, kind);
  EXPECT_TRUE(document) << text << ": " << (document ? "" : document.error().message);
  return document ? *document : nullptr;
}

// The names under "policies" stand in `documents`.
inline PolicySet PoliciesOf(const json::Value& row, const json::Object& documents) {
  PolicySet set;
  const auto* policies = row.object()->Find("policies");
  if (!policies) return set;
  auto compile = [&](const json::Value& name, DocumentKind kind) {
    const auto* document = documents.Find(*name.string());
    EXPECT_NE(document, nullptr) << *name.string();
    return document ? CompileValue(*document, kind) : nullptr;
  };
  auto compile_list = [&](const json::Value& names, DocumentKind kind) {
    std::vector<DocumentRef> list;
    for (const auto& name : *names.array()) list.push_back(compile(name, kind));
    return list;
  };
  for (const auto& [side, names] : policies->object()->members) {
    if (side == "object_owner") set.object_owner = *names.string();
    if (side == "acl_allows") set.acl_allows = *names.boolean();
    if (side == "blocks_public_access") set.blocks_public_access = *names.boolean();
    if (side == "resource") set.resource = compile(names, DocumentKind::kResource);
    if (side == "identity") set.identity = compile_list(names, DocumentKind::kIdentity);
    if (side == "boundary") set.boundaries = compile_list(names, DocumentKind::kBoundary);
    if (side == "session") set.session = compile_list(names, DocumentKind::kSession);
    if (side == "service_control")
      for (const auto& level : *names.array())
        set.service_control.push_back(compile_list(level, DocumentKind::kServiceControl));
    if (side == "resource_control")
      for (const auto& level : *names.array())
        set.resource_control.push_back(compile_list(level, DocumentKind::kResourceControl));
  }
  return set;
}

inline std::string_view ResultName(Decision::Result result) {
  switch (result) {
    case Decision::Result::kAllowed:
      return "allowed";
    case Decision::Result::kImplicitlyDenied:
      return "implicitly denied";
    case Decision::Result::kExplicitlyDenied:
      return "explicitly denied";
  }
  return "";
}

}  // namespace dray::policy
