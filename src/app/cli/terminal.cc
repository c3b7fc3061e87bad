// SPDX-License-Identifier: Apache-2.0
#include "app/cli/terminal.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/clock.h"

namespace dray::cli {

namespace {

constexpr int kBarWidth = 30;
constexpr int64_t kLinePauseMicros = 10 * base::kMicrosPerSecond;
constexpr int kSignalsMax = 3;
constexpr int kInterruptedCode = 130;

std::atomic<int> signal_count{0};
static_assert(std::atomic<int>::is_always_lock_free, "used by a signal handler");

void CountOne(int) {
  if (++signal_count >= kSignalsMax) _exit(kInterruptedCode);
}

bool IsTerminal() {
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

std::string Numbers(const remote_jobs::Display::Progress& progress) {
  std::string text;
  if (progress.share) text += ", " + std::to_string(std::lround(*progress.share * 100)) + " %";
  if (progress.items) text += ", " + std::to_string(*progress.items) + " items";
  if (progress.bytes) text += ", " + FormatBytes(*progress.bytes);
  return text;
}

}  // namespace

TerminalDisplay::TerminalDisplay(bool is_quiet)
    : is_quiet_(is_quiet),
      is_terminal_(IsTerminal()),
      start_micros_(base::SteadyMicros()),
      doing_since_micros_(start_micros_) {}

TerminalDisplay::~TerminalDisplay() { Clear(); }

void TerminalDisplay::Clear() {
  if (has_bar_) std::fputs("\r\x1b[K", stderr);
  has_bar_ = false;
}

void TerminalDisplay::Note(const std::string& line) {
  if (is_quiet_) return;
  Clear();
  std::fprintf(stderr, "%s\n", line.c_str());
}

void TerminalDisplay::Warn(const std::string& line) {
  Clear();
  std::fprintf(stderr, "dray: %s\n", line.c_str());
}

void TerminalDisplay::Show(const Progress& progress) {
  if (is_quiet_) return;
  if (progress.doing != doing_) {
    doing_ = progress.doing;
    doing_since_micros_ = base::SteadyMicros();
  }
  if (is_terminal_) {
    Draw(progress);
  } else {
    PrintLine(progress);
  }
}

void TerminalDisplay::Draw(const Progress& progress) {
  std::string bar;
  if (progress.share) {
    int filled = static_cast<int>(std::clamp(*progress.share, 0.0, 1.0) * kBarWidth);
    bar = " [" + std::string(static_cast<size_t>(filled), '#') +
          std::string(static_cast<size_t>(kBarWidth - filled), '.') + "]";
  }
  std::fprintf(stderr, "\r\x1b[K%s%s%s%s", progress.doing.c_str(), bar.c_str(),
               Numbers(progress).c_str(), Times(progress).c_str());
  std::fflush(stderr);
  has_bar_ = true;
}

// How long it took, and how long it will take.
std::string TerminalDisplay::Times(const Progress& progress) const {
  const int64_t now = base::SteadyMicros();
  std::string text = ", " + FormatSeconds((now - start_micros_) / base::kMicrosPerSecond);
  auto left =
      progress.share ? SecondsLeft(*progress.share, now - doing_since_micros_) : std::nullopt;
  if (left) text += ", about " + FormatSeconds(*left) + " left";
  return text;
}

// One at the beginning of each thing to do, at each tenth of it, and now and then.
void TerminalDisplay::PrintLine(const Progress& progress) {
  int tenth = progress.share ? static_cast<int>(*progress.share * 10) : -1;
  int64_t now = base::SteadyMicros();
  bool is_due = progress.doing != last_doing_ || tenth != last_tenth_ ||
                now - last_line_micros_ >= kLinePauseMicros;
  if (!is_due) return;
  last_doing_ = progress.doing;
  last_tenth_ = tenth;
  last_line_micros_ = now;
  std::fprintf(stderr, "%s%s%s\n", progress.doing.c_str(), Numbers(progress).c_str(),
               Times(progress).c_str());
}

std::optional<int64_t> SecondsLeft(double share, int64_t elapsed_micros) {
  constexpr double kShareMin = 0.02;
  if (share < kShareMin || share > 1 || elapsed_micros < base::kMicrosPerSecond)
    return std::nullopt;
  return std::llround(static_cast<double>(elapsed_micros) * (1 - share) / share /
                      base::kMicrosPerSecond);
}

std::string FormatSeconds(int64_t seconds) {
  char text[32];
  const auto part = [&](int64_t value) { return static_cast<int>(value % 60); };
  const int64_t hours = seconds / 3600;
  if (hours > 0) {
    std::snprintf(text, sizeof text, "%d:%02d:%02d", static_cast<int>(hours), part(seconds / 60),
                  part(seconds));
  } else {
    std::snprintf(text, sizeof text, "%d:%02d", part(seconds / 60), part(seconds));
  }
  return text;
}

std::string FormatBytes(uint64_t bytes) {
  const char* units[] = {"bytes", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1000 && unit + 1 < std::size(units); ++unit) value /= 1000;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text;
}

const std::atomic<int>& CountSignals() {
  struct sigaction action {};
  action.sa_handler = CountOne;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return signal_count;
}

}  // namespace dray::cli
