// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <fmt/chrono.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

namespace dray::base::log {

namespace {

std::atomic<Format> format_in_use{Format::kText};

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made =
        std::make_shared<spdlog::logger>("dray", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
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

std::string Now() {
  auto now = std::chrono::system_clock::now();
  auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), micros / 1000 % 1000);
}

// Control characters would let a client forge lines; quotes and backslashes would break fields.
void AppendEscaped(std::string_view text, std::string& out) {
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out.push_back(c);
    }
  }
}

bool NeedsQuotes(std::string_view text) {
  if (text.empty()) return true;
  for (char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\\' || c == '=' || c == 0x7f) {
      return true;
    }
  }
  return false;
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  AppendEscaped(text, out);
  out.push_back('"');
  return out;
}

}  // namespace

void Configure(Level at_least, Format format) {
  Logger().set_level(ToSpdlog(at_least));
  format_in_use = format;
}

void Write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  spdlog::logger& logger = Logger();
  if (!logger.should_log(ToSpdlog(level))) return;
  std::string line;
  if (format_in_use == Format::kJson) {
    line = fmt::format("{{\"time\":\"{}\",\"level\":\"{}\",\"message\":{}", Now(), Name(level),
                       Quoted(message));
    for (const Field& field : fields) {
      line += fmt::format(",{}:{}", Quoted(field.key), Quoted(field.value));
    }
    line.push_back('}');
  } else {
    line = fmt::format("{} {} ", Now(), Name(level));
    // The message is ours; what comes from outside stands in fields.
    line += message;
    for (const Field& field : fields) {
      line += fmt::format(" {}={}", field.key,
                          NeedsQuotes(field.value) ? Quoted(field.value) : field.value);
    }
  }
  logger.log(ToSpdlog(level), std::string_view(line));
}

}  // namespace dray::base::log
