// SPDX-License-Identifier: Apache-2.0
// What the flags of several commands share, above all of those that talk to an endpoint.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "app/cli/command_line.h"

namespace dray::cli {

// Ends the parsing: exit code 2.
[[noreturn]] void Refuse(const std::string& text);

void AddRemote(CLI::App& app, RemoteOptions& remote);
// Exactly one endpoint is named.
void CheckRemote(const RemoteOptions& remote);

// Of CLI11's check(): empty, or what is wrong.
std::string CheckAccountId(const std::string& text);

// Empty is as good as not given.
std::optional<std::string> Given(const std::string& text);

}  // namespace dray::cli
