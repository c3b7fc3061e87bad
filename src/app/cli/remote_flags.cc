// SPDX-License-Identifier: Apache-2.0
#include "app/cli/remote_flags.h"

namespace dray::cli {

void Refuse(const std::string& text) { throw CLI::ValidationError(text); }

void AddRemote(CLI::App& app, RemoteOptions& remote) {
  const std::string group = "Endpoint";
  app.add_option("--endpoint-url", remote.endpoint_url,
                 "http(s)://HOST[:PORT] of any server with DynamoDB's operations")
      ->group(group);
  app.add_option("--server", remote.server,
                 "a Dray server: its URL, or the folder of its data, whose keys and region are "
                 "used")
      ->group(group);
  app.add_flag("--aws", remote.is_aws, "AWS itself, in the region")->group(group);
  app.add_option("--region", remote.region,
                 "else AWS_REGION, AWS_DEFAULT_REGION, the profile's, us-east-1 (not with --aws)")
      ->group(group);
  app.add_option("--profile", remote.profile,
                 "of ~/.aws/credentials and ~/.aws/config; else AWS_ACCESS_KEY_ID, AWS_PROFILE, "
                 "default")
      ->group(group);
  app.add_option("--ca-bundle", remote.ca_bundle, "certificates to trust, PEM; else AWS_CA_BUNDLE")
      ->group(group);
  app.add_option("--request-timeout", remote.request_timeout_seconds, "seconds, of each request")
      ->check(CLI::Range(int64_t{1}, int64_t{3600}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--attempts", remote.attempts,
                 "how often a request is sent when the server fails or cannot be reached")
      ->check(CLI::Range(1u, 100u))
      ->capture_default_str()
      ->group(group);
}

void CheckRemote(const RemoteOptions& remote) {
  int named = (remote.endpoint_url.empty() ? 0 : 1) + (remote.server.empty() ? 0 : 1) +
              (remote.is_aws ? 1 : 0);
  if (named == 1) return;
  Refuse(std::string(named == 0 ? "no endpoint is named" : "more than one endpoint is named") +
         ": give one of --endpoint-url URL, --server URL-OR-FOLDER, --aws");
}

std::string CheckAccountId(const std::string& text) {
  bool is_id = text.size() == 12 && text.find_first_not_of("0123456789") == std::string::npos;
  return is_id ? "" : "an account id is 12 digits, such as 111122223333, not '" + text + "'";
}

std::optional<std::string> Given(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace dray::cli
