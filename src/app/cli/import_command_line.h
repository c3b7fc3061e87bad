// SPDX-License-Identifier: Apache-2.0
// The flags of `dray import`.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "app/cli/command_line.h"

namespace dray::cli {

// What is returned completes the command once everything was parsed; it throws a CLI::ParseError
// where flags contradict each other.
std::function<void()> AddImport(CLI::App& app, ImportCommand& command);

}  // namespace dray::cli
