// SPDX-License-Identifier: Apache-2.0
// What the gateway counts, in Prometheus' text form at /_dray/metrics. prometheus-cpp stays in
// metrics.cc. Thread-safe. Internal to the gateway.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace dray::gateway {

class Metrics {
 public:
  Metrics();
  ~Metrics();

  struct Finished {
    std::string_view protocol;
    std::string_view operation;  // a known name, or empty
    std::string_view code;       // "OK" or the error's wire name
    int64_t duration_micros = 0;
    uint64_t request_bytes = 0, response_bytes = 0;  // bodies
  };
  void Started(std::string_view protocol);
  void Count(const Finished& request);
  void Withdrawn(std::string_view protocol);  // instead of Count: it will start again

  std::string Render() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace dray::gateway
