// SPDX-License-Identifier: Apache-2.0
#include "net/http/local_socket_path.h"

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace dray::http {

base::Result<LocalSocketPath> LocalSocketPath::Of(const std::string& path) {
  if (path.size() < sizeof(sockaddr_un::sun_path)) return LocalSocketPath(path, -1);
  size_t slash = path.rfind('/');
  std::string folder_path = slash == std::string::npos ? "." : path.substr(0, slash);
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  int folder = open(folder_path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) {
    return base::Error{base::ErrorKind::kIo,
                       folder_path + ": " + std::generic_category().message(errno)};
  }
  return LocalSocketPath("/proc/self/fd/" + std::to_string(folder) + "/" + name, folder);
}

LocalSocketPath::LocalSocketPath(LocalSocketPath&& other) noexcept
    : text_(std::move(other.text_)), folder_(std::exchange(other.folder_, -1)) {}

LocalSocketPath::~LocalSocketPath() {
  if (folder_ >= 0) close(folder_);
}

}  // namespace dray::http
