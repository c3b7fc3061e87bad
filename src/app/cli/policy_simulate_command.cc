// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <set>
#include <string>

#include "app/cli/commands.h"
#include "base/text_encoding.h"
#include "security/policy/simulation.h"

namespace dray::cli {

namespace {

constexpr size_t kLineBytesMax = size_t{16} * 1024 * 1024;

// One line of `file` without its end, at most kLineBytesMax of it; the rest is read and dropped.
// False at the end of the file.
bool ReadLine(std::FILE* file, std::string& line, bool& is_too_long) {
  line.clear();
  is_too_long = false;
  int c = std::getc(file);
  if (c == EOF) return false;
  for (; c != EOF && c != '\n'; c = std::getc(file)) {
    is_too_long = line.size() == kLineBytesMax;
    if (!is_too_long) line.push_back(static_cast<char>(c));
  }
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

policy::SimulationAnswer TooLong(size_t line_number) {
  return {.json = "{\"id\":null,\"error\":\"line " + std::to_string(line_number) +
                  ": is longer than " + std::to_string(kLineBytesMax) + " bytes\"}",
          .is_error = true,
          .unknown_members = {}};
}

}  // namespace

base::Status Run(const PolicySimulateCommand&) {
  std::set<std::string> unknown;  // told once each
  size_t line_number = 0;
  size_t failed = 0;
  std::string line;
  bool is_too_long = false;
  while (ReadLine(stdin, line, is_too_long)) {
    ++line_number;
    if (!is_too_long && base::TrimSpace(line).empty()) continue;
    policy::SimulationAnswer answer =
        is_too_long ? TooLong(line_number) : policy::Simulate(line, line_number);
    if (answer.is_error) ++failed;
    for (std::string& name : answer.unknown_members)
      if (unknown.insert(name).second)
        std::fprintf(stderr, "dray: line %zu: the member \"%s\" is not known, it is left aside\n",
                     line_number, name.c_str());
    answer.json.push_back('\n');
    if (std::fwrite(answer.json.data(), 1, answer.json.size(), stdout) != answer.json.size())
      return base::Error{base::ErrorKind::kUnavailable, "cannot write to standard output"};
  }
  if (std::ferror(stdin) != 0)
    return base::Error{base::ErrorKind::kUnavailable, "cannot read standard input"};
  if (std::fflush(stdout) != 0)
    return base::Error{base::ErrorKind::kUnavailable, "cannot write to standard output"};
  if (failed == 0) return base::Ok();
  return base::Error{base::ErrorKind::kInvalidArgument,
                     std::to_string(failed) +
                         " of the lines hold no request that can be decided; " +
                         "their \"error\" says why"};
}

}  // namespace dray::cli
