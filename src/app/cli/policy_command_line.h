// SPDX-License-Identifier: Apache-2.0
// The flags of `dray policy`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "app/cli/command_line.h"

namespace dray::cli {

struct GenerateFlags {
  std::string seed_account, seed_bucket;
  std::string table, place, principal, bucket_owner, region, bucket_region, kms_key, document;
  bool is_seed = false;
};

struct PolicyCommands {
  PolicyCheckCommand check;
  std::string job = "export", table, recovery;
  bool is_direct = false;
  std::vector<std::string> context;
  GenerateFlags generate;
  CLI::App *generate_app = nullptr, *generate_export_app = nullptr, *generate_import_app = nullptr;
  CLI::App *check_app = nullptr, *simulate_app = nullptr;
};
void AddPolicyCommands(CLI::App& app, PolicyCommands& commands);
// Throws a CLI::ParseError where flags contradict each other.
Command FinishPolicyCommand(PolicyCommands& commands);

}  // namespace dray::cli
