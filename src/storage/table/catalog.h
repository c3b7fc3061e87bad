// SPDX-License-Identifier: Apache-2.0
// Which tables there are: names, numbers, settings and their versions by time. Numbers are never
// given out twice, also across restarts. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "storage/kv/engine.h"
#include "storage/table/table.h"
#include "storage/table/table_state.h"

namespace dray::table {

class Catalog {
 public:
  static base::Result<std::unique_ptr<Catalog>> Open(kv::Engine& engine, ServiceClock& clock,
                                                     unsigned initial_partitions);

  base::Result<TableRef> Create(TableDescriptor spec, bool load_later);
  base::Result<TableRef> Find(std::string_view account, std::string_view name);
  base::Result<TableRef> FindByNumber(uint64_t number);
  std::vector<std::string> List(std::string_view account, std::string_view start_after,
                                size_t count_max);
  std::vector<TableRef> All();  // deleted ones with data included

  // A number for an index of an existing table: durable, never given again.
  base::Result<uint64_t> TakeNumber();

  // --- the caller of these holds table->changing
  // Stores the record, but no new version of the descriptor.
  base::Status StoreState(Table& table, TableRecord record);
  // Stores the record, its descriptor as a new version.
  base::Status StoreVersion(Table& table, TableRecord record);
  // Frees the name.
  base::Status StoreDeleted(Table& table, TableRecord record);
  // The last trace of a deleted table, once its data is gone.
  base::Status Forget(Table& table);

  base::Result<TableDescriptor> DescriptorAt(const TableRef& table, int64_t time_micros);
  // Removes the versions that no time at or after `limit_micros` asks for.
  base::Status DropVersionsBefore(Table& table, int64_t limit_micros);

 private:
  Catalog(kv::Engine& engine, ServiceClock& clock, unsigned initial_partitions)
      : engine_(engine), clock_(clock), initial_partitions_(initial_partitions) {}
  base::Status Load();
  base::Status Commit(const kv::Batch& batch);
  struct Version {
    int64_t time_micros;
    std::string descriptor;  // encoded
  };
  base::Result<std::vector<Version>> Versions(uint64_t number);

  kv::Engine& engine_;
  ServiceClock& clock_;
  const unsigned initial_partitions_;

  base::Mutex creating_;  // held over a creation's commit; taken before mutex_
  uint64_t last_number_ GUARDED_BY(creating_) = 0;
  base::Mutex mutex_;
  // Compares without making strings: every request looks its table up.
  struct NameLess {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      const int accounts = std::string_view(a.first).compare(b.first);
      return accounts != 0 ? accounts < 0 : std::string_view(a.second) < std::string_view(b.second);
    }
  };
  std::map<std::pair<std::string, std::string>, TableRef, NameLess> by_name_ GUARDED_BY(mutex_);
  std::map<uint64_t, TableRef> by_number_ GUARDED_BY(mutex_);
};

// kNotFound with the reason kTableNotFound.
base::Error TableNotFound();

}  // namespace dray::table
