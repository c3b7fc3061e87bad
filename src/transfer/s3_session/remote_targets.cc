// SPDX-License-Identifier: Apache-2.0
#include "transfer/s3_session/remote_targets.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/loopback.h"
#include "format/json/json.h"
#include "net/client/url.h"
#include "security/policy/principal.h"
#include "storage/objects/object_store.h"

namespace dray::s3_session {
namespace {

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message), {}};
}

// Members of one object: each is taken once, what is left in the end is unknown.
class Members {
 public:
  Members(const json::Object& object, std::string where)
      : object_(object), where_(std::move(where)) {}

  const std::string& where() const { return where_; }
  const json::Value* Take(std::string_view name) {
    taken_.insert(std::string(name));
    return object_.Find(name);
  }
  base::Result<std::optional<std::string>> OptionalText(std::string_view name) {
    const json::Value* value = Take(name);
    if (value == nullptr) return std::optional<std::string>();
    if (value->string() == nullptr || value->string()->empty()) return Wrong(name, "a text");
    return std::optional(*value->string());
  }
  base::Result<std::string> Text(std::string_view name) {
    ASSIGN_OR_RETURN(auto text, OptionalText(name));
    if (!text) return Wrong(name, "a text");
    return *std::move(text);
  }
  base::Result<bool> Boolean(std::string_view name, bool otherwise) {
    const json::Value* value = Take(name);
    if (value == nullptr) return otherwise;
    if (value->boolean() == nullptr) return Wrong(name, "true or false");
    return *value->boolean();
  }
  base::Result<int64_t> Number(std::string_view name, int64_t otherwise, int64_t max) {
    const json::Value* value = Take(name);
    if (value == nullptr) return otherwise;
    std::optional<int64_t> number = value->Int64();
    if (!number || *number < 1 || *number > max) {
      return Wrong(name, "a number from 1 to " + std::to_string(max));
    }
    return *number;
  }
  base::Result<const json::Array*> List(std::string_view name) {
    const json::Value* value = Take(name);
    if (value == nullptr || value->array() == nullptr || value->array()->empty()) {
      return Wrong(name, "a list with something in it");
    }
    return value->array();
  }
  base::Error Wrong(std::string_view name, const std::string& wanted) const {
    return Invalid(where_ + ": \"" + std::string(name) + "\" has to be " + wanted);
  }
  // A misspelt limit must not pass for none.
  base::Status Finish() const {
    if (object_.HasDuplicates()) return Invalid(where_ + ": a name is given twice");
    for (const auto& [name, value] : object_.members) {
      if (!taken_.contains(name)) return Invalid(where_ + ": \"" + name + "\" is not known");
    }
    return base::Ok();
  }

 private:
  const json::Object& object_;
  const std::string where_;
  std::set<std::string> taken_;
};

base::Status TakeEndpoint(Members& members, RemoteTarget& target) {
  ASSIGN_OR_RETURN(std::string text, members.Text("endpoint"));
  auto url = http_client::ParseUrl(text);
  if (!url) return Invalid(members.where() + ": endpoint: " + url.error().message);
  ASSIGN_OR_RETURN(const bool may_be_plain, members.Boolean("insecure_http", false));
  if (url->scheme == "http" && !may_be_plain && !base::IsLoopback(url->host)) {
    return Invalid(members.where() +
                   ": data would be readable on the way to the endpoint: use https, or say "
                   "\"insecure_http\": true");
  }
  target.endpoint.origin = url->Origin();
  ASSIGN_OR_RETURN(target.endpoint.region, members.Text("region"));
  ASSIGN_OR_RETURN(auto ca_file, members.OptionalText("ca_file"));
  target.ca_file = ca_file.value_or("");
  return base::Ok();
}

base::Status TakeAccounts(Members& members, RemoteTarget& target) {
  ASSIGN_OR_RETURN(const json::Array* accounts, members.List("accounts"));
  for (const json::Value& account : *accounts) {
    if (account.string() == nullptr || !policy::IsAccountId(*account.string())) {
      return members.Wrong("accounts", "a list of account ids, 12 digits each, as texts");
    }
    target.accounts.push_back(*account.string());
  }
  return base::Ok();
}

base::Status TakePlaces(Members& members, RemoteTarget& target) {
  ASSIGN_OR_RETURN(const json::Array* places, members.List("buckets"));
  for (const json::Value& entry : *places) {
    if (entry.object() == nullptr) return members.Wrong("buckets", "a list of objects");
    Members place_members(*entry.object(), members.where() + ": buckets");
    RemoteTarget::Place place;
    ASSIGN_OR_RETURN(place.bucket, place_members.Text("name"));
    if (auto valid = objects::CheckBucketName(place.bucket); !valid) {
      return Invalid(place_members.where() + ": " + place.bucket + ": " + valid.error().message);
    }
    ASSIGN_OR_RETURN(auto prefix, place_members.OptionalText("prefix"));
    place.prefix = prefix.value_or("");
    // "a" must not let "ab/" in.
    if (!place.prefix.empty() && !place.prefix.ends_with('/')) place.prefix += '/';
    RETURN_IF_ERROR(place_members.Finish());
    target.places.push_back(std::move(place));
  }
  return base::Ok();
}

base::Result<RemoteTarget> TakeTarget(const json::Value& entry, size_t number) {
  const std::string where = "remote target " + std::to_string(number);
  if (entry.object() == nullptr) return Invalid(where + " has to be an object");
  RemoteTarget target;
  {
    Members name(*entry.object(), where);
    ASSIGN_OR_RETURN(target.name, name.Text("name"));
  }
  Members members(*entry.object(), "remote target " + target.name);
  members.Take("name");
  RETURN_IF_ERROR(TakeEndpoint(members, target));
  ASSIGN_OR_RETURN(target.credentials.access_key, members.Text("access_key_id"));
  ASSIGN_OR_RETURN(target.credentials.secret, members.Text("secret_access_key"));
  ASSIGN_OR_RETURN(auto token, members.OptionalText("session_token"));
  target.credentials.session_token = token.value_or("");
  RETURN_IF_ERROR(TakeAccounts(members, target));
  RETURN_IF_ERROR(TakePlaces(members, target));
  ASSIGN_OR_RETURN(target.sends_encryption, members.Boolean("server_side_encryption", true));
  ASSIGN_OR_RETURN(const int64_t attempts, members.Number("attempts", target.attempts_max, 1000));
  target.attempts_max = static_cast<unsigned>(attempts);
  ASSIGN_OR_RETURN(const int64_t seconds,
                   members.Number("timeout_seconds", target.timeout_ms / 1000, 3600));
  target.timeout_ms = seconds * 1000;
  RETURN_IF_ERROR(members.Finish());
  return target;
}

// The name alone says where a bucket is.
base::Status CheckUnique(const std::vector<RemoteTarget>& targets) {
  std::set<std::string> names, buckets;
  for (const RemoteTarget& target : targets) {
    if (!names.insert(target.name).second) {
      return Invalid("two remote targets have the name " + target.name);
    }
    std::set<std::string> own;
    for (const RemoteTarget::Place& place : target.places) own.insert(place.bucket);
    for (const std::string& bucket : own) {
      if (!buckets.insert(bucket).second) {
        return Invalid("two remote targets list the bucket " + bucket);
      }
    }
  }
  return base::Ok();
}

bool HasDotSegment(std::string_view key) {
  while (true) {
    const size_t end = std::min(key.find('/'), key.size());
    const std::string_view segment = key.substr(0, end);
    if (segment == "." || segment == "..") return true;
    if (end == key.size()) return false;
    key.remove_prefix(end + 1);
  }
}

}  // namespace

bool RemoteTarget::ListsAccount(std::string_view account) const {
  return std::find(accounts.begin(), accounts.end(), account) != accounts.end();
}

bool RemoteTarget::ListsKey(std::string_view bucket, std::string_view key) const {
  // To S3 these are letters like others; something on the way might resolve them.
  if (HasDotSegment(key)) return false;
  return std::any_of(places.begin(), places.end(), [&](const Place& place) {
    return place.bucket == bucket && key.starts_with(place.prefix);
  });
}

base::Result<std::vector<RemoteTarget>> ParseRemoteTargets(std::string_view text) {
  auto parsed = json::Parse(text);
  if (!parsed) return Invalid("not JSON: " + parsed.error().message);
  if (parsed->object() == nullptr) return Invalid("an object with \"targets\" is needed");
  Members members(*parsed->object(), "remote targets");
  ASSIGN_OR_RETURN(const json::Array* entries, members.List("targets"));
  RETURN_IF_ERROR(members.Finish());
  std::vector<RemoteTarget> targets;
  for (const json::Value& entry : *entries) {
    ASSIGN_OR_RETURN(RemoteTarget target, TakeTarget(entry, targets.size() + 1));
    targets.push_back(std::move(target));
  }
  RETURN_IF_ERROR(CheckUnique(targets));
  return targets;
}

const RemoteTarget* RemoteTargets::FindByBucket(std::string_view bucket) const {
  for (const RemoteTarget& target : targets_) {
    for (const RemoteTarget::Place& place : target.places) {
      if (place.bucket == bucket) return &target;
    }
  }
  return nullptr;
}

}  // namespace dray::s3_session
