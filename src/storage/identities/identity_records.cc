// SPDX-License-Identifier: Apache-2.0
//   key                                     record: the version byte (1) and a JSON object
//   'p' 'u' account (12) name, lower case   user
//   'p' 'r' account (12) name, lower case   role
//   'p' 'p' account (12) name, lower case   managed policy
//   'p' 'k' access key                      access key of a user
#include "storage/identities/identity_records.h"

#include "base/text_encoding.h"
#include "format/json/json.h"

namespace dray::identities {

namespace {

constexpr char kFamily = 'p';
constexpr char kVersion = 1;

std::string Key(char kind, std::string_view account, std::string_view name) {
  std::string key{kFamily, kind};
  return key.append(account).append(base::ToLower(name));
}

char LetterOf(Kind kind) { return kind == Kind::kUser ? 'u' : 'r'; }

base::Error Corrupt(std::string_view member) {
  return {base::ErrorKind::kCorruption,
          "a record of an identity has no valid member " + std::string(member)};
}

// Reads the members of one object; the first that does not fit is remembered.
class Members {
 public:
  explicit Members(const json::Object& object) : object_(object) {}

  std::string Text(std::string_view name) {
    const auto* value = object_.Find(name);
    if (value && value->string()) return *value->string();
    Fault(name);
    return {};
  }
  int64_t Number(std::string_view name) {
    const auto* value = object_.Find(name);
    auto number = value ? value->Int64() : std::nullopt;
    if (!number) Fault(name);
    return number.value_or(0);
  }
  bool Flag(std::string_view name) {
    const auto* value = object_.Find(name);
    if (value && value->boolean()) return *value->boolean();
    Fault(name);
    return false;
  }
  std::vector<std::string> Texts(std::string_view name) {
    std::vector<std::string> texts;
    const auto* value = object_.Find(name);
    if (!value || !value->array()) {
      Fault(name);
      return texts;
    }
    for (const auto& element : *value->array()) {
      if (!element.string()) Fault(name);
      texts.push_back(element.string() ? *element.string() : "");
    }
    return texts;
  }
  std::map<std::string, std::string> Map(std::string_view name) {
    std::map<std::string, std::string> map;
    const auto* value = object_.Find(name);
    if (!value || !value->object()) {
      Fault(name);
      return map;
    }
    for (const auto& [key, text] : value->object()->members) {
      if (!text.string()) Fault(name);
      map[key] = text.string() ? *text.string() : "";
    }
    return map;
  }
  const json::Array& List(std::string_view name) {
    static const json::Array kNone;
    const auto* value = object_.Find(name);
    if (value && value->array()) return *value->array();
    Fault(name);
    return kNone;
  }
  void Fault(std::string_view name) {
    if (fault_.empty()) fault_ = name;
  }
  base::Status Check() const {
    if (fault_.empty()) return base::Ok();
    return Corrupt(fault_);
  }

 private:
  const json::Object& object_;
  std::string fault_;
};

base::Result<json::Value> Open(std::string_view record) {
  if (record.empty()) return Corrupt("version");
  if (record.front() != kVersion)
    return base::Error{base::ErrorKind::kCorruption,
                       "the record of an identity has a version of a newer Dray"};
  auto value = json::Parse(record.substr(1));
  if (!value || !value->object()) return Corrupt("JSON");
  return value;
}

void WriteMap(json::Writer& writer, std::string_view name,
              const std::map<std::string, std::string>& map) {
  writer.Name(name).StartObject();
  for (const auto& [key, value] : map) writer.Name(key).String(value);
  writer.EndObject();
}

void WriteTexts(json::Writer& writer, std::string_view name,
                const std::vector<std::string>& texts) {
  writer.Name(name).StartArray();
  for (const std::string& text : texts) writer.String(text);
  writer.EndArray();
}

std::string ArnOf(std::string_view account, std::string_view kind, std::string_view path,
                  std::string_view name) {
  return std::string("arn:aws:iam::").append(account) + ":" +
         std::string(kind).append(path).append(name);
}

}  // namespace

std::string Identity::Arn() const {
  return ArnOf(account, kind == Kind::kUser ? "user" : "role", path, name);
}

std::string ManagedPolicy::Arn() const { return ArnOf(account, "policy", path, name); }

const PolicyVersion* ManagedPolicy::FindVersion(int64_t number) const {
  for (const PolicyVersion& version : versions)
    if (version.number == number) return &version;
  return nullptr;
}

std::string IdentityPrefix(Kind kind, std::string_view account) {
  return Key(LetterOf(kind), account, "");
}
std::string IdentityKey(Kind kind, std::string_view account, std::string_view name) {
  return Key(LetterOf(kind), account, name);
}
std::string PolicyPrefix(std::string_view account) { return Key('p', account, ""); }
std::string PolicyKey(std::string_view account, std::string_view name) {
  return Key('p', account, name);
}
std::string AccessKeyKey(std::string_view access_key) {
  return std::string{kFamily, 'k'}.append(access_key);
}

std::string EncodeIdentity(const Identity& identity) {
  std::string record(1, kVersion);
  json::Writer writer(record);
  writer.StartObject();
  writer.Name("account").String(identity.account);
  writer.Name("id").String(identity.id);
  writer.Name("name").String(identity.name);
  writer.Name("path").String(identity.path);
  writer.Name("created_at_micros").Int(identity.created_at_micros);
  writer.Name("boundary_arn").String(identity.boundary_arn);
  WriteMap(writer, "tags", identity.tags);
  WriteMap(writer, "inline_policies", identity.inline_policies);
  WriteTexts(writer, "attached", identity.attached);
  if (identity.kind == Kind::kUser) {
    WriteTexts(writer, "access_keys", identity.access_keys);
  } else {
    writer.Name("trust_policy").String(identity.trust_policy);
    writer.Name("description").String(identity.description);
    writer.Name("session_seconds_max").Int(identity.session_seconds_max);
  }
  writer.EndObject();
  return record;
}

base::Result<Identity> DecodeIdentity(Kind kind, std::string_view record) {
  ASSIGN_OR_RETURN(auto value, Open(record));
  Members members(*value.object());
  Identity identity;
  identity.kind = kind;
  identity.account = members.Text("account");
  identity.id = members.Text("id");
  identity.name = members.Text("name");
  identity.path = members.Text("path");
  identity.created_at_micros = members.Number("created_at_micros");
  identity.boundary_arn = members.Text("boundary_arn");
  identity.tags = members.Map("tags");
  identity.inline_policies = members.Map("inline_policies");
  identity.attached = members.Texts("attached");
  if (kind == Kind::kUser) {
    identity.access_keys = members.Texts("access_keys");
  } else {
    identity.trust_policy = members.Text("trust_policy");
    identity.description = members.Text("description");
    identity.session_seconds_max = members.Number("session_seconds_max");
  }
  RETURN_IF_ERROR(members.Check());
  return identity;
}

std::string EncodePolicy(const ManagedPolicy& policy) {
  std::string record(1, kVersion);
  json::Writer writer(record);
  writer.StartObject();
  writer.Name("account").String(policy.account);
  writer.Name("id").String(policy.id);
  writer.Name("name").String(policy.name);
  writer.Name("path").String(policy.path);
  writer.Name("description").String(policy.description);
  writer.Name("created_at_micros").Int(policy.created_at_micros);
  writer.Name("updated_at_micros").Int(policy.updated_at_micros);
  writer.Name("default_version").Int(policy.default_version);
  writer.Name("last_version").Int(policy.last_version);
  WriteMap(writer, "tags", policy.tags);
  writer.Name("versions").StartArray();
  for (const PolicyVersion& version : policy.versions) {
    writer.StartObject().Name("number").Int(version.number);
    writer.Name("created_at_micros").Int(version.created_at_micros);
    writer.Name("document").String(version.document).EndObject();
  }
  writer.EndArray().EndObject();
  return record;
}

base::Result<ManagedPolicy> DecodePolicy(std::string_view record) {
  ASSIGN_OR_RETURN(auto value, Open(record));
  Members members(*value.object());
  ManagedPolicy policy;
  policy.account = members.Text("account");
  policy.id = members.Text("id");
  policy.name = members.Text("name");
  policy.path = members.Text("path");
  policy.description = members.Text("description");
  policy.created_at_micros = members.Number("created_at_micros");
  policy.updated_at_micros = members.Number("updated_at_micros");
  policy.default_version = members.Number("default_version");
  policy.last_version = members.Number("last_version");
  policy.tags = members.Map("tags");
  for (const auto& element : members.List("versions")) {
    if (!element.object()) return Corrupt("versions");
    Members of(*element.object());
    PolicyVersion version;
    version.number = of.Number("number");
    version.created_at_micros = of.Number("created_at_micros");
    version.document = of.Text("document");
    RETURN_IF_ERROR(of.Check());
    policy.versions.push_back(std::move(version));
  }
  RETURN_IF_ERROR(members.Check());
  return policy;
}

std::string EncodeAccessKey(const AccessKey& key) {
  std::string record(1, kVersion);
  json::Writer writer(record);
  writer.StartObject();
  writer.Name("access_key").String(key.access_key);
  writer.Name("account").String(key.account);
  writer.Name("user_name").String(key.user_name);
  writer.Name("user_id").String(key.user_id);
  writer.Name("is_active").Bool(key.is_active);
  writer.Name("created_at_micros").Int(key.created_at_micros);
  writer.Name("sealed_secret").String(base::Base64Encode(key.sealed_secret));
  writer.EndObject();
  return record;
}

base::Result<AccessKey> DecodeAccessKey(std::string_view record) {
  ASSIGN_OR_RETURN(auto value, Open(record));
  Members members(*value.object());
  AccessKey key;
  key.access_key = members.Text("access_key");
  key.account = members.Text("account");
  key.user_name = members.Text("user_name");
  key.user_id = members.Text("user_id");
  key.is_active = members.Flag("is_active");
  key.created_at_micros = members.Number("created_at_micros");
  auto sealed = base::Base64Decode(members.Text("sealed_secret"));
  if (!sealed) return Corrupt("sealed_secret");
  key.sealed_secret = *std::move(sealed);
  RETURN_IF_ERROR(members.Check());
  return key;
}

}  // namespace dray::identities
