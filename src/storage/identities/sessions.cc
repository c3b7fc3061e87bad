// SPDX-License-Identifier: Apache-2.0
// Temporary credentials. Nothing of them is stored: the token is a sealed record of the secret, the
// principal and the session (docs/formats/identities.md), bound to its access key.
#include "base/random.h"
#include "base/text_encoding.h"
#include "format/json/json.h"
#include "security/encryption/secret_box.h"
#include "storage/identities/identities.h"
#include "storage/identities/unique_id.h"

namespace dray::identities {

namespace {

constexpr char kVersion = 1;
constexpr size_t kSecretBytes = 30;

std::string BoundTo(std::string_view access_key) {
  return std::string("session ").append(access_key);
}

}  // namespace

TemporaryCredentials Identities::IssueSession(const policy::Principal& principal,
                                              access::SessionRef session) const {
  TemporaryCredentials issued;
  issued.access_key = NewAccessKeyId("ASIA");
  issued.secret = base::Base64Encode(base::RandomBytes(kSecretBytes));
  issued.expires_at_micros = session->expires_at_micros;
  access::Caller caller;
  caller.principal = principal;
  caller.session = std::move(session);
  std::string record(1, kVersion);
  json::Writer writer(record);
  writer.StartObject().Name("secret").String(issued.secret);
  writer.Name("caller").String(access::Serialize(caller)).EndObject();
  issued.token =
      base::Base64Encode(encryption::SealSecret(master_key_, record, BoundTo(issued.access_key)));
  return issued;
}

base::Result<std::optional<access::Credentials>> Identities::FindSession(
    std::string_view access_key, std::string_view token) {
  const std::optional<access::Credentials> none;
  auto box = base::Base64Decode(token);
  if (!box) return none;
  auto record = encryption::OpenSecret(master_key_, *box, BoundTo(access_key));
  if (!record || record->empty() || record->front() != kVersion) return none;
  auto value = json::Parse(std::string_view(*record).substr(1));
  const json::Object* object = value ? value->object() : nullptr;
  const json::Value* secret = object ? object->Find("secret") : nullptr;
  const json::Value* written = object ? object->Find("caller") : nullptr;
  if (!secret || !secret->string() || !written || !written->string()) return none;
  ASSIGN_OR_RETURN(access::Caller caller, access::Deserialize(*written->string()));
  if (caller.principal.type != policy::Principal::Type::kRoot) {
    ASSIGN_OR_RETURN(auto policies, PoliciesOf(caller.principal));
    if (policies == nullptr) return none;  // the user or role was deleted
  }
  access::Credentials credentials;
  credentials.access_key = access_key;
  credentials.secret = *secret->string();
  credentials.principal = std::move(caller.principal);
  credentials.session = std::move(caller.session);
  return std::optional<access::Credentials>(std::move(credentials));
}

}  // namespace dray::identities
