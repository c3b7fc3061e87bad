// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>
#include <variant>

#include "app/cli/command_line.h"
#include "app/cli/commands.h"
#include "app/server/serve.h"
#include "base/log.h"

namespace dray::cli {

namespace {

int ExitCodeOf(const base::Status& status) {
  if (status) return 0;
  std::fprintf(stderr, "dray: %s\n", status.error().message.c_str());
  return 1;
}

struct Runner {
  int operator()(const Finished& command) const { return command.exit_code; }
  int operator()(const ServeCommand& command) const {
    base::log::Configure(command.log_level, command.log_format);
    return ExitCodeOf(server::Serve(command.settings));
  }
  int operator()(const VersionCommand&) const {
    std::puts("dray " DRAY_VERSION);
    return 0;
  }
  template <class SmallCommand>
  int operator()(const SmallCommand& command) const {
    if constexpr (requires { RunRemote(command); })
      return RunRemote(command);
    else
      return RunSmall(command);
  }

 private:
  template <class SmallCommand>
  static int RunSmall(const SmallCommand& command) {
    // The result is on standard output; what else happens is of interest when it goes wrong.
    base::log::Configure(base::log::Level::kWarning, base::log::Format::kText);
    return ExitCodeOf(Run(command));
  }
};

}  // namespace

}  // namespace dray::cli

int main(int argc, char** argv) {
  try {
    return std::visit(dray::cli::Runner(), dray::cli::ParseCommandLine(argc, argv));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "dray: %s\n", e.what());
    return 1;
  }
}
