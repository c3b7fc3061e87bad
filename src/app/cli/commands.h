// SPDX-License-Identifier: Apache-2.0
// What the small commands do. Each prints its result on standard output.
#pragma once

#include "app/cli/command_line.h"
#include "base/result.h"

namespace dray::cli {

// Through DIR/admin.sock when a server runs, else in the folder itself.
base::Status Run(const AccountCreateCommand& command);
base::Status Run(const AccountListCommand& command);
base::Status Run(const EnvCommand& command);
base::Status Run(const WaitCommand& command);
base::Status Run(const PolicyGenerateCommand& command);
// An error when a line of standard input could not be decided; the others are.
base::Status Run(const PolicySimulateCommand& command);
// Exit codes of the commands below: README.md. They print their errors themselves.
int RunRemote(const ExportCommand& command);
int RunRemote(const ImportCommand& command);
int RunRemote(const JobListCommand& command);
int RunRemote(const JobShowCommand& command);
int RunRemote(const JobCancelCommand& command);
int RunRemote(const JobLogsCommand& command);
int RunRemote(const PolicyCheckCommand& command);

}  // namespace dray::cli
