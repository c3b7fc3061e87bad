// SPDX-License-Identifier: Apache-2.0
#include "client/aws/credentials.h"

#include <cstdlib>

#include "base/text_encoding.h"

namespace dray::aws {

namespace {

using Section = std::map<std::string, std::string>;

base::Error Wrong(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message), {}};
}

std::string ValueOr(const Environment& environment, const std::string& name,
                    const std::string& otherwise) {
  auto value = environment(name);
  return value && !value->empty() ? *value : otherwise;
}

std::string Of(const Section& section, const std::string& name) {
  auto found = section.find(name);
  return found == section.end() ? "" : found->second;
}

// What a profile may have instead of keys, and we cannot follow.
base::Error NeedsMore(const std::string& profile, const Section& section) {
  for (const char* name : {"role_arn", "credential_process", "sso_session", "sso_start_url",
                           "web_identity_token_file", "login_session"}) {
    if (section.count(name) == 0) continue;
    return Wrong("the profile " + profile + " has no keys but " + name +
                 ", which dray does not follow: put the keys of its session into the environment, "
                 "for instance with `aws configure export-credentials --profile " +
                 profile + " --format env`");
  }
  return Wrong("the profile " + profile +
               " has no aws_access_key_id and aws_secret_access_key: add both to it");
}

struct Files {
  IniFile credentials, config;
  std::string credentials_path, config_path;

  // A profile's lines from both files; the credentials file wins. nullopt: in neither.
  std::optional<Section> Profile(const std::string& name) const {
    auto in_credentials = credentials.find(name);
    auto in_config = config.find(name == "default" ? name : "profile " + name);
    if (in_config == config.end() && name == "default") in_config = config.find("profile default");
    if (in_credentials == credentials.end() && in_config == config.end()) return std::nullopt;
    Section section = in_credentials == credentials.end() ? Section() : in_credentials->second;
    if (in_config != config.end()) {
      section.insert(in_config->second.begin(), in_config->second.end());
    }
    return section;
  }
};

Files ReadFiles(const Environment& environment,
                const std::function<std::optional<std::string>(const std::string&)>& read_file) {
  std::string home = ValueOr(environment, "HOME", "");
  Files files;
  files.credentials_path =
      ValueOr(environment, "AWS_SHARED_CREDENTIALS_FILE", home + "/.aws/credentials");
  files.config_path = ValueOr(environment, "AWS_CONFIG_FILE", home + "/.aws/config");
  if (auto text = read_file(files.credentials_path)) files.credentials = ParseIni(*text);
  if (auto text = read_file(files.config_path)) files.config = ParseIni(*text);
  return files;
}

base::Result<Credentials> KeysOf(const std::string& profile, const Section& section) {
  Credentials credentials{Of(section, "aws_access_key_id"), Of(section, "aws_secret_access_key"),
                          Of(section, "aws_session_token")};
  if (credentials.access_key.empty() || credentials.secret.empty()) {
    return NeedsMore(profile, section);
  }
  return credentials;
}

base::Result<Identity> FromOneFile(
    const IdentityOptions& options,
    const std::function<std::optional<std::string>(const std::string&)>& read_file) {
  auto text = read_file(options.credentials_file);
  if (!text) return Wrong("cannot read the credentials in " + options.credentials_file);
  std::string profile = options.profile.empty() ? "default" : options.profile;
  IniFile file = ParseIni(*text);
  auto found = file.find(profile);
  if (found == file.end()) {
    return Wrong(options.credentials_file + " has no profile " + profile);
  }
  Identity identity;
  ASSIGN_OR_RETURN(identity.credentials, KeysOf(profile, found->second));
  identity.description = "profile " + profile + " in " + options.credentials_file;
  return identity;
}

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
}

IniFile ParseIni(std::string_view text) {
  IniFile file;
  std::string section;
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    bool is_indented = line.starts_with(' ') || line.starts_with('\t');
    line = base::TrimSpace(line);
    if (line.empty() || line[0] == '#' || line[0] == ';' || is_indented) continue;
    if (line[0] == '[') {
      size_t close = line.find(']');
      section =
          base::TrimSpace(line.substr(1, close == std::string_view::npos ? close : close - 1));
      file[section];
      continue;
    }
    size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    file[section][base::ToLower(base::TrimSpace(line.substr(0, equals)))] =
        base::TrimSpace(line.substr(equals + 1));
  }
  return file;
}

base::Result<Identity> FindIdentity(
    const IdentityOptions& options, const Environment& environment,
    const std::function<std::optional<std::string>(const std::string& path)>& read_file) {
  if (!options.credentials_file.empty()) return FromOneFile(options, read_file);
  Files files = ReadFiles(environment, read_file);
  std::string profile =
      options.profile.empty() ? ValueOr(environment, "AWS_PROFILE", "") : options.profile;
  bool is_named = !profile.empty();
  if (!is_named) profile = "default";
  std::optional<Section> section = files.Profile(profile);

  Identity identity;
  identity.region =
      ValueOr(environment, "AWS_REGION", ValueOr(environment, "AWS_DEFAULT_REGION", ""));
  identity.ca_file = ValueOr(environment, "AWS_CA_BUNDLE", "");
  if (section) {
    if (identity.region.empty()) identity.region = Of(*section, "region");
    if (identity.ca_file.empty()) identity.ca_file = Of(*section, "ca_bundle");
  }
  std::string key = ValueOr(environment, "AWS_ACCESS_KEY_ID", "");
  if (options.profile.empty() && !key.empty()) {
    std::string secret = ValueOr(environment, "AWS_SECRET_ACCESS_KEY", "");
    if (secret.empty()) {
      return Wrong("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not: set both");
    }
    identity.credentials = {key, secret, ValueOr(environment, "AWS_SESSION_TOKEN", "")};
    identity.description = "the environment";
    return identity;
  }
  if (!section) {
    std::string where = files.credentials_path + " or " + files.config_path;
    if (is_named) return Wrong("there is no profile " + profile + " in " + where);
    return Wrong(
        "no credentials: give --profile, set AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, or have a profile `default` in " +
        where);
  }
  ASSIGN_OR_RETURN(identity.credentials, KeysOf(profile, *section));
  identity.description = "profile " + profile;
  return identity;
}

}  // namespace dray::aws
