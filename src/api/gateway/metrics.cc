// SPDX-License-Identifier: Apache-2.0
#include "api/gateway/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"

namespace dray::gateway {

namespace {

// Seconds: from an in-memory read to an upload of gigabytes.
const prometheus::Histogram::BucketBoundaries kSecondBounds = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300};

// More (operation, code) pairs than every API has; what lies beyond is counted as "other".
constexpr size_t kSeriesMax = 5'000;

}  // namespace

struct Metrics::Families {
  // Observations that no scrape has seen yet. prometheus::Histogram itself holds a lock for each,
  // and a thread that loses its processor then holds up all others.
  class Durations {
   public:
    explicit Durations(prometheus::Histogram& histogram) : histogram_(histogram) {}
    void Observe(int64_t micros) {
      const double duration = static_cast<double>(micros) / 1e6;
      const auto bucket = std::lower_bound(kSecondBounds.begin(), kSecondBounds.end(), duration);
      const auto index = static_cast<size_t>(bucket - kSecondBounds.begin());
      counts_[index].fetch_add(1, std::memory_order_relaxed);
      micros_.fetch_add(micros, std::memory_order_relaxed);
    }
    void HandOver() {  // one thread at a time
      std::vector<double> increments;
      for (auto& count : counts_) increments.push_back(static_cast<double>(count.exchange(0)));
      histogram_.ObserveMultiple(increments, static_cast<double>(micros_.exchange(0)) / 1e6);
    }

   private:
    prometheus::Histogram& histogram_;
    std::vector<std::atomic<uint64_t>> counts_ =
        std::vector<std::atomic<uint64_t>>(kSecondBounds.size() + 1);
    std::atomic<int64_t> micros_{0};
  };

  // Of one protocol.
  struct Traffic {
    prometheus::Gauge* in_flight;
    std::shared_ptr<Durations> seconds;
    prometheus::Counter* request_bytes;
    prometheus::Counter* response_bytes;
  };

  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter()
          .Name("dray_requests_total")
          .Help("Requests answered, by protocol, operation and outcome")
          .Register(registry);
  prometheus::Family<prometheus::Gauge>& in_flight = prometheus::BuildGauge()
                                                         .Name("dray_requests_in_flight")
                                                         .Help("Requests that are being handled")
                                                         .Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds =
      prometheus::BuildHistogram()
          .Name("dray_request_duration_seconds")
          .Help("From the handler's start to the end of the response")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& request_bytes = prometheus::BuildCounter()
                                                               .Name("dray_request_bytes_total")
                                                               .Help("Request body bytes read")
                                                               .Register(registry);
  prometheus::Family<prometheus::Counter>& response_bytes = prometheus::BuildCounter()
                                                                .Name("dray_response_bytes_total")
                                                                .Help("Response body bytes written")
                                                                .Register(registry);

  // Each thread keeps what it looked up last: most requests are like the one before.
  struct KnownTraffic {
    uint64_t families = 0;
    std::string protocol;
    Traffic traffic;
  };
  struct KnownCounter {
    uint64_t families = 0;
    std::string protocol, operation, code;
    prometheus::Counter* counter = nullptr;
  };
  static uint64_t NextId() {
    static std::atomic<uint64_t> last{0};
    return ++last;
  }
  const uint64_t id = NextId();  // an address may come again

  base::Mutex mutex;
  // Looking a series up by its labels costs more than the rest of the counting.
  std::unordered_map<std::string, Traffic> traffic GUARDED_BY(mutex);
  std::unordered_map<std::string, prometheus::Counter*> counters GUARDED_BY(mutex);

  const Traffic& TrafficOf(std::string_view protocol) EXCLUDES(mutex) {
    thread_local KnownTraffic known;
    if (known.families != id || known.protocol != protocol) {
      known = {id, std::string(protocol), FindTraffic(protocol)};
    }
    return known.traffic;
  }
  prometheus::Counter& CounterOf(const Finished& request) EXCLUDES(mutex) {
    thread_local KnownCounter known;
    if (known.families != id || known.protocol != request.protocol ||
        known.operation != request.operation || known.code != request.code) {
      known = {id, std::string(request.protocol), std::string(request.operation),
               std::string(request.code), &FindCounter(request)};
    }
    return *known.counter;
  }

  void HandOver() EXCLUDES(mutex) {
    base::MutexLock lock(mutex);
    for (auto& [protocol, known] : traffic) known.seconds->HandOver();
  }

  Traffic FindTraffic(std::string_view protocol) EXCLUDES(mutex) {
    std::string name(protocol);
    base::MutexLock lock(mutex);
    auto found = traffic.find(name);
    if (found == traffic.end()) {
      Traffic made{&in_flight.Add({{"protocol", name}}),
                   std::make_shared<Durations>(seconds.Add({{"protocol", name}}, kSecondBounds)),
                   &request_bytes.Add({{"protocol", name}}),
                   &response_bytes.Add({{"protocol", name}})};
      found = traffic.emplace(name, made).first;
    }
    return found->second;
  }

  prometheus::Counter& FindCounter(const Finished& request) EXCLUDES(mutex) {
    std::string key(request.protocol);
    key.append("|").append(request.operation).append("|").append(request.code);
    base::MutexLock lock(mutex);
    auto found = counters.find(key);
    if (found == counters.end()) {
      bool is_full = counters.size() >= kSeriesMax;
      prometheus::Counter& made =
          requests.Add({{"protocol", std::string(request.protocol)},
                        {"operation", is_full ? "other" : std::string(request.operation)},
                        {"code", is_full ? "other" : std::string(request.code)}});
      if (is_full) return made;
      found = counters.emplace(std::move(key), &made).first;
    }
    return *found->second;
  }
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

void Metrics::Started(std::string_view protocol) {
  families_->TrafficOf(protocol).in_flight->Increment();
}

void Metrics::Count(const Finished& request) {
  const Families::Traffic& traffic = families_->TrafficOf(request.protocol);
  traffic.in_flight->Decrement();
  traffic.seconds->Observe(request.duration_micros);
  traffic.request_bytes->Increment(static_cast<double>(request.request_bytes));
  traffic.response_bytes->Increment(static_cast<double>(request.response_bytes));
  families_->CounterOf(request).Increment();
}

void Metrics::Withdrawn(std::string_view protocol) {
  families_->TrafficOf(protocol).in_flight->Decrement();
}

std::string Metrics::Render() const {
  families_->HandOver();
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace dray::gateway
