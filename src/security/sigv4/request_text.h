// SPDX-License-Identifier: Apache-2.0
// A request written as text, for tests and fuzz targets.
#pragma once

#include <string_view>

#include "security/sigv4/sigv4.h"

namespace dray::sigv4 {

// "METHOD target HTTP/1.1", header lines, an empty line, the body; lines end with LF or CRLF. What
// is malformed becomes an empty member. The parts borrow from `text`.
struct RequestText {
  RequestParts parts;
  std::string_view body;

  explicit RequestText(std::string_view text) {
    std::string_view line = TakeLine(text);
    size_t space = line.find(' ');
    parts.method = line.substr(0, space);
    std::string_view target =
        space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
    target = target.substr(0, target.rfind(' '));
    size_t question = target.find('?');
    parts.path = target.substr(0, question);
    if (question != std::string_view::npos) parts.query = target.substr(question + 1);
    while (!(line = TakeLine(text)).empty()) {
      size_t colon = line.find(':');
      if (colon == std::string_view::npos) continue;
      parts.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
    body = text;
  }

 private:
  static std::string_view TakeLine(std::string_view& text) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
};

}  // namespace dray::sigv4
