// SPDX-License-Identifier: Apache-2.0
// Boost.Beast answering every request on a free port of 127.0.0.1 with the same JSON.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace dray::bench {

class BeastServer {
 public:
  explicit BeastServer(std::string answer);  // throws what Asio throws
  ~BeastServer();
  uint16_t port() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dray::bench
