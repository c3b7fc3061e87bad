// SPDX-License-Identifier: Apache-2.0
// Addresses of local sockets hold 107 bytes; longer paths go through an open folder. Internal to
// net/http.
#pragma once

#include <string>

#include "base/result.h"

namespace dray::http {

// Keeps the folder open while the short path is used.
class LocalSocketPath {
 public:
  static base::Result<LocalSocketPath> Of(const std::string& path);
  LocalSocketPath(LocalSocketPath&& other) noexcept;
  LocalSocketPath& operator=(LocalSocketPath&&) = delete;
  ~LocalSocketPath();
  const std::string& text() const { return text_; }

 private:
  LocalSocketPath(std::string text, int folder) : text_(std::move(text)), folder_(folder) {}
  std::string text_;
  int folder_;  // or -1
};

}  // namespace dray::http
