// SPDX-License-Identifier: Apache-2.0
// What `dray serve` was told, by flags and configuration file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace dray::server {

struct Settings {
  std::string data_folder = "./dray-data";
  std::string listen = "127.0.0.1:8000";
  bool dev = false;
  bool sync_commits = true;  // --durability=fsync
  bool in_memory = false;
  bool background_jobs = true;        // --job-priority=background
  std::optional<std::string> region;  // else the data folder's; a new folder's is us-east-1
  bool insecure_http = false;
  std::string tls_certificate_file, tls_key_file;
  bool is_throttled = false;
  uint64_t exports_max = 300;  // in progress, of an account
  uint64_t imports_max = 50;   // the same
  uint64_t import_objects_max = 50'000;
  double import_source_terabytes = 0;  // 0: AWS's of the region
  uint64_t export_file_megabytes = 256;
  std::string remote_targets_file;  // empty: exports go to buckets of this server only
  int64_t stop_grace_ms = 10'000;
};

struct ListenAddress {
  std::string host = {};
  uint16_t port = 0;
};
// HOST:PORT, [IPV6]:PORT.
base::Result<ListenAddress> ParseListenAddress(std::string_view text);
// localhost, 127.0.0.0/8, ::1.
// The rules of decision 10: what must not be combined with what. kInvalidArgument with the way out.
base::Status CheckSettings(const Settings& settings);

}  // namespace dray::server
