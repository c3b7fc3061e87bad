// SPDX-License-Identifier: Apache-2.0
// Standard error as people read it: a bar that moves on a terminal, lines elsewhere; and the
// signals that end a command.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "client/remote_jobs/session.h"

namespace dray::cli {

class TerminalDisplay final : public remote_jobs::Display {
 public:
  // `is_quiet`: only warnings.
  explicit TerminalDisplay(bool is_quiet);
  ~TerminalDisplay() override;
  void Note(const std::string& line) override;
  void Warn(const std::string& line) override;
  void Show(const Progress& progress) override;
  void Clear();  // the bar, before something else is printed

 private:
  void Draw(const Progress& progress);
  void PrintLine(const Progress& progress);
  std::string Times(const Progress& progress) const;

  const bool is_quiet_;
  const bool is_terminal_;
  const int64_t start_micros_;
  std::string doing_;  // since:
  int64_t doing_since_micros_;
  bool has_bar_ = false;
  std::string last_doing_;
  int last_tenth_ = -1;
  int64_t last_line_micros_ = 0;
};

// What is left of something whose share (0 to 1) took that long, when it goes on as before; nullopt
// while that would be a guess.
std::optional<int64_t> SecondsLeft(double share, int64_t elapsed_micros);
// 1:05, 2:00:00
std::string FormatSeconds(int64_t seconds);
// 12.3 MB
std::string FormatBytes(uint64_t bytes);

// Counts SIGINT and SIGTERM from here on; the third ends the process at once.
const std::atomic<int>& CountSignals();

}  // namespace dray::cli
