// SPDX-License-Identifier: Apache-2.0
// When changes are recorded, who needs them, and when they are dropped (docs/decisions/0003). The
// log of a table is whole from `log_since_micros` on; a view of T may be opened when T is not below
// that and is inside the restorable window or not below a pin. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "storage/kv/engine.h"
#include "storage/table/catalog.h"
#include "storage/table/table.h"
#include "storage/table/table_state.h"

namespace dray::table {

// Keeps the changes at or after its time while it lives.
class ViewPin {
 public:
  ViewPin(TableRef table, int64_t time_micros)  // the caller has put it into view_pins
      : table_(std::move(table)), time_micros_(time_micros) {}
  ~ViewPin();
  ViewPin(const ViewPin&) = delete;
  ViewPin& operator=(const ViewPin&) = delete;
  int64_t time_micros() const { return time_micros_; }
  Table& table() const { return *table_; }

 private:
  const TableRef table_;
  const int64_t time_micros_;
};

class History {
 public:
  History(kv::Engine& engine, ServiceClock& clock, Catalog& catalog)
      : engine_(engine), clock_(clock), catalog_(catalog) {}

  // At start, before the table can be written: goes on recording where the record says so.
  base::Status Resume(Table& table);

  base::Status Enable(const TableRef& table, int64_t period_days);
  base::Status Disable(const TableRef& table);
  // Pins the cut of now, recording from here on if it is not so yet; returns the cut's time.
  base::Result<int64_t> PinNow(const TableRef& table, std::string_view owner);
  base::Result<Tables::Window> RestorableWindow(const TableRef& table);
  // Pins T (nullopt: now) and returns when no write before it is in flight.
  base::Result<std::shared_ptr<ViewPin>> PinView(const TableRef& table,
                                                 std::optional<int64_t> time_micros);

  // The same for [from, to); pins `from`.
  base::Result<std::shared_ptr<ViewPin>> PinIncrement(const TableRef& table, int64_t from_micros,
                                                      int64_t to_micros);

  void Pin(Table& table, std::string_view owner, int64_t time_micros);
  void Unpin(Table& table, std::string_view owner);
  void PinsLoaded() { pins_are_loaded_ = true; }

  // Drops what neither the window nor a pin needs; for a deleted table without pins everything.
  base::Status CollectGarbage(const TableRef& table);

 private:
  // On return every write that enters is recorded, and those before it that are not are finished.
  // `record` is as stored.
  base::Status StartRecording(Table& table, TableRecord& record) REQUIRES(table.changing);
  base::Status StopRecording(Table& table) REQUIRES(table.changing);
  base::Status ClearLog(Table& table) REQUIRES(table.changing);
  base::Status Expire(Table& table) REQUIRES(table.changing);
  base::Status RemoveDeleted(Table& table) REQUIRES(table.changing);
  base::Result<std::vector<int64_t>> StoredGenerations(const Table& table);
  base::Result<bool> HasChangesBefore(const Table& table, int64_t limit_micros);
  base::Status DeleteStripes(const Table& table, int64_t limit_micros);
  base::Status DeleteFamily(const Table& table, char family);

  kv::Engine& engine_;
  ServiceClock& clock_;
  Catalog& catalog_;
  std::atomic<bool> pins_are_loaded_{false};
};

}  // namespace dray::table
