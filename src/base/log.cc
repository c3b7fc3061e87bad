// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <fmt/chrono.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <iterator>
#include <memory>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "base/text_encoding.h"

namespace dray::base::log {

namespace {

std::atomic<Format> format_in_use{Format::kText};

// Lines to standard error, whole and in order. Whoever finds nobody writing writes, and takes along
// what others add meanwhile: a busy server makes one system call for many lines.
class StandardError final : public spdlog::sinks::sink {
 public:
  StandardError() = default;
  ~StandardError() override {
    {
      MutexLock lock(mutex_);
      is_ending_ = true;
    }
    has_lines_.NotifyAll();
    if (thread_.joinable()) thread_.join();
  }

  void log(const spdlog::details::log_msg& message) override {
    MutexLock lock(mutex_);
    Add({message.payload.data(), message.payload.size()});
    if (!is_writing_) WriteWaiting();
  }
  void AddSoon(std::string_view line) {
    MutexLock lock(mutex_);
    Add(line);
    if (!thread_.joinable()) thread_ = std::thread([this] { WriteNowAndThen(); });
    if (sleeps_) has_lines_.NotifyOne();
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}  // lines come formatted
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  static constexpr size_t kWaitingBytesMax = 1 << 20;
  static constexpr int64_t kSoonMs = 10;

  void Add(std::string_view line) REQUIRES(mutex_) {
    while (is_writing_ && waiting_.size() > kWaitingBytesMax) written_.Wait(mutex_);
    waiting_.append(line).push_back('\n');
  }
  void WriteWaiting() REQUIRES(mutex_) {
    is_writing_ = true;
    while (!waiting_.empty()) {
      being_written_.swap(waiting_);
      mutex_.Unlock();
      WriteAll(being_written_);
      being_written_.clear();
      mutex_.Lock();
      written_.NotifyAll();
    }
    is_writing_ = false;
  }
  void WriteNowAndThen() {
    MutexLock lock(mutex_);
    while (!is_ending_) {
      sleeps_ = true;
      while (waiting_.empty() && !is_ending_) has_lines_.Wait(mutex_);
      sleeps_ = false;
      if (!is_ending_) has_lines_.WaitFor(mutex_, kSoonMs);
      if (!is_writing_) WriteWaiting();
    }
  }

  // When standard error is gone there is nobody to tell.
  static void WriteAll(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(STDERR_FILENO, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }

  Mutex mutex_;
  CondVar written_;
  CondVar has_lines_;
  bool is_writing_ GUARDED_BY(mutex_) = false;
  bool sleeps_ GUARDED_BY(mutex_) = false;
  bool is_ending_ GUARDED_BY(mutex_) = false;
  std::string waiting_ GUARDED_BY(mutex_);
  std::string being_written_;  // of who set is_writing_
  std::thread thread_ GUARDED_BY(mutex_);
};

struct Outlet {
  std::shared_ptr<StandardError> sink = std::make_shared<StandardError>();
  spdlog::logger logger{"dray", sink};
};

Outlet& TheOutlet() {
  static Outlet outlet;
  return outlet;
}

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view Name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "info";
}

// The seconds' text is kept for as long as they last: a busy server writes thousands of lines in
// one.
void AppendNow(std::string& out) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const int64_t millis = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  thread_local int64_t known_second = -1;
  thread_local std::string known_text;
  if (millis / 1000 != known_second) {
    known_second = millis / 1000;
    known_text = fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(std::time_t{known_second}));
  }
  const auto part = static_cast<unsigned>(millis % 1000);
  const char digits[] = {'.', static_cast<char>('0' + part / 100),
                         static_cast<char>('0' + part / 10 % 10),
                         static_cast<char>('0' + part % 10), 'Z'};
  out.append(known_text).append(digits, sizeof(digits));
}

constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();
bool IsPlain(char c) { return kPlain[static_cast<unsigned char>(c)]; }

// The bytes of the character that is not ASCII at the start of `text`; 0 when there is none that
// may stand in a line: broken UTF-8 ends readers of JSON, C1 controls are orders to some terminals.
size_t ForeignCharacterLength(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (text.size() < length || !IsValidUtf8(text.substr(0, length))) return 0;
  const bool is_c1 = lead == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
  return is_c1 ? 0 : length;
}

// Control characters would let a client forge lines; quotes and backslashes would break fields.
void AppendEscaped(std::string_view text, std::string& out) {
  if (std::all_of(text.begin(), text.end(), IsPlain)) {
    out += text;
    return;
  }
  while (!text.empty()) {
    const char c = text.front();
    size_t length = 1;
    if (IsPlain(c)) {
      out.push_back(c);
    } else if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (const auto byte = static_cast<unsigned char>(c); byte < 0x80) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(byte));
    } else if (const size_t whole = ForeignCharacterLength(text); whole > 0) {
      out.append(text.substr(0, whole));
      length = whole;
    } else {
      out.append("\\ufffd");
    }
    text.remove_prefix(length);
  }
}

bool NeedsQuotes(std::string_view text) {
  return text.empty() || !std::all_of(text.begin(), text.end(),
                                      [](char c) { return IsPlain(c) && c != ' ' && c != '='; });
}

void AppendQuoted(std::string_view text, std::string& out) {
  out.push_back('"');
  AppendEscaped(text, out);
  out.push_back('"');
}

// The line in a buffer of this thread, valid until its next line.
const std::string& FormatLine(Level level, std::string_view message,
                              std::initializer_list<Field> fields) {
  thread_local std::string line;
  line.clear();
  if (format_in_use == Format::kJson) {
    line += "{\"time\":\"";
    AppendNow(line);
    line.append("\",\"level\":\"").append(Name(level)).append("\",\"message\":");
    AppendQuoted(message, line);
    for (const Field& field : fields) {
      line.append(",\"").append(field.key).append("\":");  // ours, like the message
      AppendQuoted(field.value(), line);
    }
    line.push_back('}');
  } else {
    AppendNow(line);
    // The message is ours; what comes from outside stands in fields.
    line.append(" ").append(Name(level)).append(" ").append(message);
    for (const Field& field : fields) {
      line.append(" ").append(field.key).append("=");
      if (NeedsQuotes(field.value())) {
        AppendQuoted(field.value(), line);
      } else {
        line += field.value();
      }
    }
  }
  return line;
}

}  // namespace

void Configure(Level at_least, Format format) {
  TheOutlet().logger.set_level(ToSpdlog(at_least));
  format_in_use = format;
}

void Write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  spdlog::logger& logger = TheOutlet().logger;
  if (!logger.should_log(ToSpdlog(level))) return;
  logger.log(ToSpdlog(level), std::string_view(FormatLine(level, message, fields)));
}

void WriteSoon(Level level, std::string_view message, std::initializer_list<Field> fields) {
  Outlet& outlet = TheOutlet();
  if (!outlet.logger.should_log(ToSpdlog(level))) return;
  outlet.sink->AddSoon(FormatLine(level, message, fields));
}

}  // namespace dray::base::log
