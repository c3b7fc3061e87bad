// SPDX-License-Identifier: Apache-2.0
#include "app/cli/remote_target.h"

#include "app/server/admin.h"
#include "app/server/data_folder.h"
#include "base/file_system.h"
#include "net/client/url.h"

namespace dray::cli {

namespace {

using remote_jobs::SessionOptions;

constexpr const char* kDrayRegion = "us-east-1";  // of a data folder that was told nothing else

std::optional<std::string> ReadOptional(const std::string& path) {
  base::FileSystem& files = base::PosixFileSystem();
  if (!files.Exists(path)) return std::nullopt;
  auto text = base::ReadFile(files, path);
  return text ? std::optional<std::string>(*std::move(text)) : std::nullopt;
}

base::Result<aws::Identity> IdentityOf(const std::string& profile,
                                       const std::string& credentials_file) {
  return aws::FindIdentity({profile, credentials_file}, aws::ProcessEnvironment(), ReadOptional);
}

base::Result<std::string> OriginOf(const std::string& text) {
  ASSIGN_OR_RETURN(http_client::Url url, http_client::ParseUrl(text));
  return url.Origin();
}

base::Status FindAws(const std::string& region, SessionOptions& options) {
  if (region.empty()) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "--aws needs a region: give --region, or set AWS_REGION",
                       {}};
  }
  options.is_aws = true;
  options.tables = {"https://dynamodb." + region + ".amazonaws.com", region};
  options.bucket = {"https://s3." + region + ".amazonaws.com", region};
  return base::Ok();
}

}  // namespace

base::Result<SessionOptions> FindTarget(const RemoteOptions& remote) {
  SessionOptions options;
  std::string url = remote.endpoint_url, credentials_file, server_region;
  if (remote.server.find("://") != std::string::npos) {
    url = remote.server;
  } else if (!remote.server.empty()) {
    ASSIGN_OR_RETURN(auto status,
                     server::FetchStatus(server::DataFolder::AdminSocketPath(remote.server)));
    url = status.endpoint;
    server_region = status.region;
    credentials_file = server::DataFolder::CredentialsPath(remote.server);
  }
  ASSIGN_OR_RETURN(options.tables_identity, IdentityOf(remote.profile, credentials_file));
  options.bucket_identity = options.tables_identity;
  if (!remote.bucket_profile.empty()) {
    ASSIGN_OR_RETURN(options.bucket_identity, IdentityOf(remote.bucket_profile, credentials_file));
  }
  std::string region = remote.region;
  if (region.empty()) region = server_region;
  if (region.empty()) region = options.tables_identity.region;
  if (remote.is_aws) {
    RETURN_IF_ERROR(FindAws(region, options));
  } else {
    if (region.empty()) region = kDrayRegion;
    ASSIGN_OR_RETURN(std::string origin, OriginOf(url));
    options.tables = {origin, region};
    options.bucket = {origin, region};
  }
  if (!remote.s3_endpoint_url.empty()) {
    ASSIGN_OR_RETURN(options.bucket.origin, OriginOf(remote.s3_endpoint_url));
    options.is_aws = false;  // the bucket is where it was said to be
  }
  options.http.ca_file =
      remote.ca_bundle.empty() ? options.tables_identity.ca_file : remote.ca_bundle;
  options.http.total_timeout_ms = remote.request_timeout_seconds * 1000;
  options.http.user_agent = "dray/" DRAY_VERSION;
  options.retry.attempts_max = remote.attempts;
  return options;
}

}  // namespace dray::cli
