// SPDX-License-Identifier: Apache-2.0
#include "api/sts/session_request.h"

#include <algorithm>

#include "api/query/error_mapping.h"
#include "base/text_encoding.h"

namespace dray::sts {

namespace {

constexpr query::TextRule kPolicy{.min = 1, .max = 2048};
constexpr query::TextRule kTagKey{.min = 1, .max = 128};
constexpr size_t kPackedBytesMax = 8192;

bool HasKey(const std::vector<std::string>& keys, std::string_view key) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const std::string& one) { return base::EqualsIgnoreCase(one, key); });
}

}  // namespace

base::Error InvalidValue(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message), query::reason::kValidation};
}

SessionRequest SessionRequest::Read(query::Parameters& in) {
  SessionRequest request;
  request.source_policy = in.Text("Policy", kPolicy).value_or("");
  for (const query::Tag& tag : in.Tags()) request.session.tags[tag.key] = tag.value;
  request.session.transitive_tag_keys = in.Texts("TransitiveTagKeys", kTagKey);
  return request;
}

policy::Context SessionRequest::Context() const {
  policy::Context context;
  std::vector<std::string> keys;
  for (const auto& [key, value] : session.tags) {
    context.Set("aws:RequestTag/" + key, value);
    keys.push_back(key);
  }
  if (!keys.empty()) context.SetMany("aws:TagKeys", std::move(keys));
  if (!session.transitive_tag_keys.empty())
    context.SetMany("sts:TransitiveTagKeys", session.transitive_tag_keys);
  return context;
}

base::Result<access::SessionRef> SessionRequest::Finish(const access::Caller& caller,
                                                        int64_t now_micros, int64_t seconds) {
  for (const std::string& key : session.transitive_tag_keys)
    if (!session.tags.contains(key))
      return InvalidValue(
          "The specified transitive tag key must be included in the requested tags.");
  if (caller.session != nullptr) {
    for (const std::string& key : caller.session->transitive_tag_keys) {
      for (const auto& [requested, value] : session.tags)
        if (base::EqualsIgnoreCase(requested, key))
          return InvalidValue(
              "One of the specified transitive tag keys can't be set because it conflicts with a "
              "transitive tag key from the calling session.");
      session.tags[key] = caller.session->tags.at(key);
      if (!HasKey(session.transitive_tag_keys, key)) session.transitive_tag_keys.push_back(key);
    }
  }
  if (!source_policy.empty()) session.policies = {source_policy};
  if (const int64_t percent = PackedPercent(); percent > 100)
    return base::Error{base::ErrorKind::kLimitExceeded,
                       "Packed size of session policies and tags consumes " +
                           std::to_string(percent) + "% of allotted space.",
                       query::reason::kPackedPolicyTooLarge};
  session.issued_at_micros = now_micros;
  session.expires_at_micros = now_micros + seconds * base::kMicrosPerSecond;
  auto made = access::MakeSession(session);
  if (made) return made;
  base::Error error = std::move(made).error();
  error.reason = query::reason::kMalformedPolicy;
  return error;
}

int64_t SessionRequest::PackedPercent() const {
  size_t bytes = 0;
  for (const std::string& policy : session.policies) bytes += policy.size();
  for (const auto& [key, value] : session.tags) bytes += key.size() + value.size();
  return static_cast<int64_t>((bytes * 100 + kPackedBytesMax - 1) / kPackedBytesMax);
}

void WriteCredentials(const identities::TemporaryCredentials& issued, xml::Writer& out) {
  out.Start("Credentials").Leaf("AccessKeyId", issued.access_key);
  out.Leaf("SecretAccessKey", issued.secret).Leaf("SessionToken", issued.token);
  out.Leaf("Expiration", base::FormatIso8601Seconds(issued.expires_at_micros)).End();
}

}  // namespace dray::sts
