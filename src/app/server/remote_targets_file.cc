// SPDX-License-Identifier: Apache-2.0
#include "app/server/remote_targets_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"

namespace dray::server {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;

base::Error Invalid(const std::string& path, const std::string& what) {
  return {base::ErrorKind::kInvalidArgument, path + ": " + what, {}};
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

// Checked and read through one descriptor: what was checked is what is read.
base::Result<std::string> ReadPrivateFile(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (file.number() < 0 || ::fstat(file.number(), &status) != 0) {
    return Invalid(path, std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) return Invalid(path, "not a file");
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return Invalid(path, "it has to belong to the user who runs the server");
  }
  if ((status.st_mode & 077) != 0) {
    return Invalid(path, "other users can read the credentials in it: chmod 600 " + path);
  }
  std::string text;
  char buffer[16 << 10];
  while (true) {
    const ssize_t count = ::read(file.number(), buffer, sizeof(buffer));
    if (count == 0) return text;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Invalid(path, std::strerror(errno));
    text.append(buffer, static_cast<size_t>(count));
    if (text.size() > kFileBytesMax) return Invalid(path, "too long");
  }
}

}  // namespace

base::Result<std::vector<s3_session::RemoteTarget>> LoadRemoteTargets(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadPrivateFile(path));
  auto targets = s3_session::ParseRemoteTargets(text);
  if (!targets) return base::WithContext(std::move(targets).error(), path);
  for (const s3_session::RemoteTarget& target : *targets) {
    base::log::Info("remote target", {{"name", target.name},
                                      {"endpoint", target.endpoint.origin},
                                      {"region", target.endpoint.region},
                                      {"accounts", uint64_t{target.accounts.size()}},
                                      {"places", uint64_t{target.places.size()}}});
  }
  return targets;
}

}  // namespace dray::server
