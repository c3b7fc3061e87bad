// SPDX-License-Identifier: Apache-2.0
// The flags of the commands that talk to an endpoint: export and job.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "app/cli/command_line.h"

namespace dray::cli {

// What is returned completes the command once everything was parsed; it throws a CLI::ParseError
// where flags contradict each other.
std::function<void()> AddExport(CLI::App& app, ExportCommand& command);

struct JobCommands {
  JobListCommand list;
  JobShowCommand show;
  JobCancelCommand cancel;
  JobLogsCommand logs;
  CLI::App *list_app = nullptr, *show_app = nullptr, *cancel_app = nullptr, *logs_app = nullptr;
  std::string list_kind = "all";
};
void AddJobCommands(CLI::App& app, JobCommands& commands);
Command FinishJobCommand(JobCommands& commands);

}  // namespace dray::cli
