// SPDX-License-Identifier: Apache-2.0
// Callers: acting through a service, and their form in job records,
//   {"version": 1, "principal": {"type": ..., "account": ..., ...}, "access_key": ..., ...}
// Version 2 has a member "session", so that a Dray that knows none refuses the record rather than
// act without its session policies.
#include <array>

#include "format/json/json.h"
#include "security/access/access.h"

namespace dray::access {

namespace {

using Type = policy::Principal::Type;

constexpr int64_t kVersion = 1;
constexpr int64_t kVersionWithSession = 2;

constexpr std::array<std::pair<Type, std::string_view>, 6> kTypes = {{
    {Type::kAnonymous, "anonymous"},
    {Type::kRoot, "root"},
    {Type::kUser, "user"},
    {Type::kAssumedRole, "assumed_role"},
    {Type::kFederatedUser, "federated_user"},
    {Type::kService, "service"},
}};

base::Error Corrupt(std::string_view member) {
  return {base::ErrorKind::kCorruption,
          "the record of a caller has no valid member " + std::string(member)};
}

base::Status ReadString(const json::Object& object, std::string_view name, std::string& out) {
  const auto* value = object.Find(name);
  const auto* text = value ? value->string() : nullptr;
  if (!text) return Corrupt(name);
  out = *text;
  return base::Ok();
}

base::Status ReadPrincipal(const json::Object& object, policy::Principal& principal) {
  std::string type;
  RETURN_IF_ERROR(ReadString(object, "type", type));
  bool is_known = false;
  for (const auto& [value, name] : kTypes)
    if (name == type) {
      principal.type = value;
      is_known = true;
    }
  if (!is_known) return Corrupt("type");
  RETURN_IF_ERROR(ReadString(object, "account", principal.account));
  RETURN_IF_ERROR(ReadString(object, "arn", principal.arn));
  RETURN_IF_ERROR(ReadString(object, "role_arn", principal.role_arn));
  RETURN_IF_ERROR(ReadString(object, "service", principal.service));
  RETURN_IF_ERROR(ReadString(object, "canonical_id", principal.canonical_id));
  return ReadString(object, "user_id", principal.user_id);
}

void WriteSession(const Session& session, json::Writer& writer) {
  writer.StartObject();
  writer.Name("issued_at_micros").Int(session.issued_at_micros);
  writer.Name("expires_at_micros").Int(session.expires_at_micros);
  writer.Name("policies").StartArray();
  for (const std::string& policy : session.policies) writer.String(policy);
  writer.EndArray().Name("tags").StartObject();
  for (const auto& [key, value] : session.tags) writer.Name(key).String(value);
  writer.EndObject().Name("transitive_tag_keys").StartArray();
  for (const std::string& key : session.transitive_tag_keys) writer.String(key);
  writer.EndArray().EndObject();
}

base::Status ReadTime(const json::Object& object, std::string_view name, int64_t& out) {
  const auto* value = object.Find(name);
  auto number = value ? value->Int64() : std::nullopt;
  if (!number) return Corrupt(name);
  out = *number;
  return base::Ok();
}

base::Status ReadStrings(const json::Object& object, std::string_view name,
                         std::vector<std::string>& out) {
  const auto* value = object.Find(name);
  if (!value || !value->array()) return Corrupt(name);
  for (const auto& element : *value->array()) {
    if (!element.string()) return Corrupt(name);
    out.push_back(*element.string());
  }
  return base::Ok();
}

base::Result<SessionRef> ReadSession(const json::Object& object) {
  const auto* member = object.Find("session");
  const auto* from = member ? member->object() : nullptr;
  if (!from) return Corrupt("session");
  Session session;
  RETURN_IF_ERROR(ReadTime(*from, "issued_at_micros", session.issued_at_micros));
  RETURN_IF_ERROR(ReadTime(*from, "expires_at_micros", session.expires_at_micros));
  RETURN_IF_ERROR(ReadStrings(*from, "policies", session.policies));
  RETURN_IF_ERROR(ReadStrings(*from, "transitive_tag_keys", session.transitive_tag_keys));
  const auto* tags = from->Find("tags");
  if (!tags || !tags->object()) return Corrupt("tags");
  for (const auto& [key, value] : tags->object()->members) {
    if (!value.string()) return Corrupt("tags");
    session.tags[key] = *value.string();
  }
  return MakeSession(std::move(session));
}

}  // namespace

Caller Caller::Via(std::string_view service) const {
  Caller acting = *this;
  acting.called_via.emplace_back(service);
  acting.is_secure_transport = true;  // the call does not leave the process
  acting.referer.clear();
  acting.signed_at_micros.reset();
  return acting;
}

std::string Serialize(const Caller& caller) {
  std::string_view type;
  for (const auto& [value, name] : kTypes)
    if (value == caller.principal.type) type = name;
  std::string text;
  json::Writer writer(text);
  writer.StartObject().Name("version").Int(caller.session ? kVersionWithSession : kVersion);
  writer.Name("principal").StartObject();
  writer.Name("type").String(type);
  writer.Name("account").String(caller.principal.account);
  writer.Name("arn").String(caller.principal.arn);
  writer.Name("role_arn").String(caller.principal.role_arn);
  writer.Name("service").String(caller.principal.service);
  writer.Name("canonical_id").String(caller.principal.canonical_id);
  writer.Name("user_id").String(caller.principal.user_id);
  writer.EndObject();
  writer.Name("access_key").String(caller.access_key);
  writer.Name("source_ip").String(caller.source_ip);
  writer.Name("user_agent").String(caller.user_agent);
  writer.Name("is_secure_transport").Bool(caller.is_secure_transport);
  writer.Name("auth_type").String(caller.auth_type);
  writer.Name("called_via").StartArray();
  for (const std::string& service : caller.called_via) writer.String(service);
  writer.EndArray();
  if (caller.session) WriteSession(*caller.session, writer.Name("session"));
  writer.EndObject();
  return text;
}

base::Result<Caller> Deserialize(std::string_view text) {
  auto value = json::Parse(text);
  const auto* object = value ? value->object() : nullptr;
  if (!object)
    return base::Error{base::ErrorKind::kCorruption, "the record of a caller is no JSON"};
  const auto* version = object->Find("version");
  const bool has_session = version && version->Int64() == kVersionWithSession;
  if (!version || (version->Int64() != kVersion && !has_session)) return Corrupt("version");
  Caller caller;
  const auto* principal = object->Find("principal");
  if (!principal || !principal->object()) return Corrupt("principal");
  RETURN_IF_ERROR(ReadPrincipal(*principal->object(), caller.principal));
  RETURN_IF_ERROR(ReadString(*object, "access_key", caller.access_key));
  RETURN_IF_ERROR(ReadString(*object, "source_ip", caller.source_ip));
  RETURN_IF_ERROR(ReadString(*object, "user_agent", caller.user_agent));
  RETURN_IF_ERROR(ReadString(*object, "auth_type", caller.auth_type));
  const auto* secure = object->Find("is_secure_transport");
  if (!secure || !secure->boolean()) return Corrupt("is_secure_transport");
  caller.is_secure_transport = *secure->boolean();
  const auto* called_via = object->Find("called_via");
  if (!called_via || !called_via->array()) return Corrupt("called_via");
  for (const auto& service : *called_via->array()) {
    if (!service.string()) return Corrupt("called_via");
    caller.called_via.push_back(*service.string());
  }
  if (has_session) {
    ASSIGN_OR_RETURN(caller.session, ReadSession(*object));
  }
  return caller;
}

}  // namespace dray::access
