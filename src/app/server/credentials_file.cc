// SPDX-License-Identifier: Apache-2.0
#include "app/server/credentials_file.h"

#include <algorithm>

#include "base/text_encoding.h"

namespace dray::server {

namespace {

// Takes the first line off, with its end.
std::string_view TakeLine(std::string_view& text) {
  size_t end = text.find('\n');
  std::string_view line = text.substr(0, end == std::string_view::npos ? end : end + 1);
  text.remove_prefix(line.size());
  return line;
}

bool IsHeader(std::string_view line) { return base::TrimSpace(line).starts_with('['); }
bool IsHeaderOf(std::string_view line, std::string_view profile) {
  return base::TrimSpace(line) == "[" + std::string(profile) + "]";
}

}  // namespace

std::string RenderProfile(std::string_view profile, const access::Credentials& credentials) {
  return "[" + std::string(profile) + "]\naws_access_key_id = " + credentials.access_key +
         "\naws_secret_access_key = " + credentials.secret + "\n";
}

bool HasProfile(std::string_view file_text, std::string_view profile) {
  while (!file_text.empty()) {
    if (IsHeaderOf(TakeLine(file_text), profile)) return true;
  }
  return false;
}

base::Status PutProfile(base::FileSystem& files, const std::string& path, std::string_view profile,
                        const access::Credentials& credentials) {
  std::string text;
  if (files.Exists(path)) {
    ASSIGN_OR_RETURN(text, base::ReadFile(files, path));
  }
  std::string changed;
  bool is_inside = false;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = TakeLine(rest);
    if (IsHeader(line)) is_inside = IsHeaderOf(line, profile);
    if (!is_inside) changed.append(line);
  }
  if (!changed.empty() && !changed.ends_with('\n')) changed.push_back('\n');
  if (!changed.empty() && !changed.ends_with("\n\n")) changed.push_back('\n');
  changed += RenderProfile(profile, credentials);
  return base::ReplaceFile(files, path, changed, 0600);
}

}  // namespace dray::server
