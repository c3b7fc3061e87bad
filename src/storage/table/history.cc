// SPDX-License-Identifier: Apache-2.0
#include "storage/table/history.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/big_endian.h"
#include "base/check.h"
#include "storage/table/index_work.h"
#include "storage/table/item_store.h"
#include "storage/table/key_encoding.h"

namespace dray::table {
namespace {

constexpr int64_t kLatestDelayMicros = 300 * base::kMicrosPerSecond;

// The window's start: where it was turned on, or as far back as the period reaches.
int64_t WindowStart(const Recovery& recovery, int64_t now) {
  return std::max(recovery.enabled_at_micros, now - recovery.period_days * base::kMicrosPerDay);
}

base::Error RecoveryOff() {
  return {base::ErrorKind::kInUse, "Point in time recovery is not enabled for the table",
          reason::kRecoveryOff};
}

base::Error OutsideWindow() {
  return {base::ErrorKind::kInvalidArgument,
          "The time is outside of the table's point in time recovery window",
          reason::kOutsideWindow};
}

bool IsDeleted(const Table& table) { return table.status() == TableStatus::kDeleting; }

}  // namespace

ViewPin::~ViewPin() {
  base::MutexLock lock(table_->pins_mutex);
  auto found = table_->view_pins.find(time_micros_);
  CHECK(found != table_->view_pins.end());
  table_->view_pins.erase(found);
}

base::Status History::Resume(Table& table) {
  auto record = table.record();
  if (record->log_state != LogState::kRecording) return base::Ok();
  {
    base::MutexLock lock(table.pins_mutex);
    table.log_since_micros = record->log_since_micros;
  }
  ASSIGN_OR_RETURN(auto generations, StoredGenerations(table));
  return table.gate.StartRecording(std::move(generations));
}

// ---- turning on and off
// --------------------------------------------------------------------------

base::Status History::Enable(const TableRef& table, int64_t period_days) {
  base::MutexLock changing(table->changing);
  RETURN_IF_ERROR(CheckUsable(*table));
  TableRecord record = *table->record();
  Recovery& recovery = record.descriptor.recovery;
  if (recovery.is_enabled) {
    if (recovery.period_days == period_days) return base::Ok();
    // A longer period brings nothing back: what the shorter one has given up stays outside.
    recovery.enabled_at_micros = WindowStart(recovery, clock_.NowMicros());
    recovery.period_days = period_days;
    return catalog_.StoreVersion(*table, std::move(record));
  }
  RETURN_IF_ERROR(StartRecording(*table, record));
  ASSIGN_OR_RETURN(int64_t enabled_at, table->gate.Cut());
  recovery.is_enabled = true;
  recovery.period_days = period_days;
  recovery.enabled_at_micros = enabled_at;
  if (record.log_since_micros == INT64_MAX) record.log_since_micros = enabled_at;
  const int64_t since = record.log_since_micros;
  RETURN_IF_ERROR(catalog_.StoreVersion(*table, std::move(record)));
  base::MutexLock lock(table->pins_mutex);
  table->log_since_micros = since;
  return base::Ok();
}

base::Status History::StartRecording(Table& table, TableRecord& record) {
  if (record.log_state == LogState::kClearing) {
    RETURN_IF_ERROR(ClearLog(table));
    record = *table.record();
  }
  if (record.log_state != LogState::kRecording) {
    // Told before it begins, so that what a crash leaves behind is found and cleared.
    record.log_state = LogState::kRecording;
    record.log_since_micros = INT64_MAX;
    RETURN_IF_ERROR(catalog_.StoreState(table, record));
  }
  if (!table.gate.is_recording()) RETURN_IF_ERROR(table.gate.StartRecording({}));
  if (record.log_since_micros == INT64_MAX) {
    table.gate.Drain();  // what entered before recording began is not recorded
  }
  return base::Ok();
}

// `changing` keeps CollectGarbage from ending the recording between its beginning and the pin.
base::Result<int64_t> History::PinNow(const TableRef& table, std::string_view owner) {
  base::MutexLock changing(table->changing);
  RETURN_IF_ERROR(CheckUsable(*table));
  TableRecord record = *table->record();
  RETURN_IF_ERROR(StartRecording(*table, record));
  ASSIGN_OR_RETURN(const int64_t cut, table->gate.Cut());
  const bool is_new_log = record.log_since_micros == INT64_MAX;
  if (is_new_log) {
    record.log_since_micros = cut;
    RETURN_IF_ERROR(catalog_.StoreState(*table, std::move(record)));
  }
  base::MutexLock lock(table->pins_mutex);
  if (is_new_log) table->log_since_micros = cut;
  table->pins.insert_or_assign(std::string(owner), cut);
  return cut;
}

base::Status History::Disable(const TableRef& table) {
  base::MutexLock changing(table->changing);
  RETURN_IF_ERROR(CheckUsable(*table));
  TableRecord record = *table->record();
  if (!record.descriptor.recovery.is_enabled) return base::Ok();
  record.descriptor.recovery = Recovery{};
  RETURN_IF_ERROR(catalog_.StoreVersion(*table, std::move(record)));
  return StopRecording(*table);
}

// Unless a pin needs the log: then CollectGarbage stops it later.
base::Status History::StopRecording(Table& table) {
  if (!pins_are_loaded_) return base::Ok();
  int64_t since;
  {
    base::MutexLock lock(table.pins_mutex);
    if (table.FirstPin() != INT64_MAX) return base::Ok();
    since = std::exchange(table.log_since_micros, INT64_MAX);  // no view opens from here on
  }
  TableRecord record = *table.record();
  record.log_state = LogState::kClearing;
  record.log_since_micros = 0;
  if (auto stored = catalog_.StoreState(table, std::move(record)); !stored) {
    base::MutexLock lock(table.pins_mutex);
    table.log_since_micros = since;  // the log is whole still
    return stored;
  }
  table.gate.StopRecording();
  return base::Ok();
}

base::Status History::ClearLog(Table& table) {
  table.gate.Drain();  // writes that entered before recording stopped may still put changes
  RETURN_IF_ERROR(DeleteFamily(table, kChangeFamily));
  RETURN_IF_ERROR(DeleteFamily(table, kChangeIndexFamily));
  TableRecord record = *table.record();
  record.log_state = LogState::kNone;
  record.log_since_micros = 0;
  return catalog_.StoreState(table, std::move(record));
}

// ---- windows and pins
// ----------------------------------------------------------------------------

base::Result<Tables::Window> History::RestorableWindow(const TableRef& table) {
  RETURN_IF_ERROR(CheckUsable(*table));
  const Recovery recovery = table->record()->descriptor.recovery;
  if (!recovery.is_enabled) return RecoveryOff();
  const int64_t now = clock_.NowMicros();
  Tables::Window window;
  window.earliest_micros = WindowStart(recovery, now);
  window.latest_micros = std::max(recovery.enabled_at_micros, now - kLatestDelayMicros);
  return window;
}

base::Result<std::shared_ptr<ViewPin>> History::PinView(const TableRef& table,
                                                        std::optional<int64_t> time_micros) {
  // A time issued now: every write that enters later has a greater one, so that nothing can be
  // added below T any more, also when T is a wall time in the current microsecond.
  ASSIGN_OR_RETURN(const int64_t now, table->gate.Cut());
  const int64_t time = time_micros.value_or(now);
  if (time > now) return OutsideWindow();
  const Recovery recovery = table->record()->descriptor.recovery;
  {
    base::MutexLock lock(table->pins_mutex);
    const bool is_pinned = table->FirstPin() <= time;
    if (!is_pinned) {
      if (IsDeleted(*table)) return TableNotFound();
      if (!recovery.is_enabled) return RecoveryOff();
      if (time < WindowStart(recovery, now)) return OutsideWindow();
    }
    if (table->log_since_micros == INT64_MAX) return RecoveryOff();
    if (time < table->log_since_micros) return OutsideWindow();
    table->view_pins.insert(time);
  }
  // shared: a view and its cursors live independently of each other
  auto pin = std::make_shared<ViewPin>(table, time);
  table->gate.WaitForWritesBefore(time);
  return pin;
}

base::Result<std::shared_ptr<ViewPin>> History::PinIncrement(const TableRef& table,
                                                             int64_t from_micros,
                                                             int64_t to_micros) {
  ASSIGN_OR_RETURN(auto pin, PinView(table, from_micros));
  ASSIGN_OR_RETURN(const int64_t now, table->gate.Cut());  // as in PinView, for `to`
  if (to_micros < from_micros || to_micros > now) return OutsideWindow();
  table->gate.WaitForWritesBefore(to_micros);
  return pin;
}

void History::Pin(Table& table, std::string_view owner, int64_t time_micros) {
  base::MutexLock lock(table.pins_mutex);
  table.pins.insert_or_assign(std::string(owner), time_micros);
}

void History::Unpin(Table& table, std::string_view owner) {
  base::MutexLock lock(table.pins_mutex);
  auto found = table.pins.find(owner);
  if (found != table.pins.end()) table.pins.erase(found);
}

// ---- dropping
// ------------------------------------------------------------------------------------

base::Status History::CollectGarbage(const TableRef& table) {
  if (!pins_are_loaded_) return base::Ok();
  base::MutexLock changing(table->changing);
  if (IsDeleted(*table)) return RemoveDeleted(*table);
  if (table->record()->log_state == LogState::kRecording &&
      !table->record()->descriptor.recovery.is_enabled) {
    RETURN_IF_ERROR(StopRecording(*table));
  }
  switch (table->record()->log_state) {
    case LogState::kNone:
      return catalog_.DropVersionsBefore(*table, clock_.NowMicros());
    case LogState::kRecording:
      return Expire(*table);
    case LogState::kClearing:
      return ClearLog(*table);
  }
  return base::Ok();
}

base::Status History::Expire(Table& table) {
  TableRecord record = *table.record();
  const Recovery& recovery = record.descriptor.recovery;
  int64_t limit = INT64_MAX;
  {
    // From here on no view below the limit opens; those that are open are pins.
    base::MutexLock lock(table.pins_mutex);
    if (recovery.is_enabled && !IsDeleted(table)) limit = WindowStart(recovery, clock_.NowMicros());
    limit = std::min(limit, table.FirstPin());
    if (limit == INT64_MAX || limit <= table.log_since_micros) return base::Ok();
    table.log_since_micros = limit;
  }
  RETURN_IF_ERROR(catalog_.DropVersionsBefore(table, limit));
  ASSIGN_OR_RETURN(bool has_changes, HasChangesBefore(table, limit));
  if (has_changes) {
    record.log_since_micros = limit;  // durable before anything is gone
    RETURN_IF_ERROR(catalog_.StoreState(table, std::move(record)));
    RETURN_IF_ERROR(DeleteStripes(table, limit));
  }
  auto first_kept = table.gate.DropGenerationsBefore(limit);
  if (!first_kept) return base::Ok();
  for (const Partition& partition : table.partitions) {
    RETURN_IF_ERROR(engine_.DeleteRange(partition.id, TablePrefix(kChangeIndexFamily, table.number),
                                        ChangeIndexPrefix(table.number, *first_kept)));
  }
  return base::Ok();
}

base::Status History::RemoveDeleted(Table& table) {
  bool is_needed;
  {
    base::MutexLock lock(table.pins_mutex);
    is_needed = table.FirstPin() != INT64_MAX;
    if (!is_needed) table.log_since_micros = INT64_MAX;
  }
  if (table.record()->deleted_at_micros == 0) return base::Ok();  // Delete is still at work
  if (is_needed) return table.gate.is_recording() ? Expire(table) : base::Ok();
  if (table.bulk_loads > 0) return base::Ok();
  for (char family :
       {kItemFamily, kChangeFamily, kChangeIndexFamily, kMiscFamily, kCollectionFamily}) {
    RETURN_IF_ERROR(DeleteFamily(table, family));
  }
  for (uint64_t number : IndexNumbersOf(*table.record())) {
    RETURN_IF_ERROR(DeleteIndexData(engine_, table, number));
  }
  return catalog_.Forget(table);
}

base::Result<std::vector<int64_t>> History::StoredGenerations(const Table& table) {
  // One seek for each: from a generation's first entry to behind its last possible one.
  std::set<int64_t> generations;
  kv::Page page;
  kv::ReadLimits one;
  one.entries_max = 1;
  const std::string to = kv::PrefixEnd(TablePrefix(kChangeIndexFamily, table.number));
  for (const Partition& partition : table.partitions) {
    std::string from = TablePrefix(kChangeIndexFamily, table.number);
    for (;;) {
      RETURN_IF_ERROR(
          engine_.ReadRange(partition.id, from, to, kv::Direction::kForward, one, page));
      if (page.size() == 0) break;
      ASSIGN_OR_RETURN([[maybe_unused]] auto entry, ParseChangeIndexKey(page.key(0)));
      const auto generation =
          static_cast<int64_t>(base::ReadBigEndian64(page.key(0).substr(kTablePrefixBytes)));
      generations.insert(generation);
      from = ChangeIndexPrefix(table.number, generation + 1);
    }
  }
  return std::vector<int64_t>(generations.begin(), generations.end());
}

base::Result<bool> History::HasChangesBefore(const Table& table, int64_t limit_micros) {
  kv::Page page;
  kv::ReadLimits one;
  one.entries_max = 1;
  for (const Partition& partition : table.partitions) {
    for (unsigned stripe = StripeOfHash(partition.hashes.first);
         stripe <= StripeOfHash(partition.hashes.last); ++stripe) {
      RETURN_IF_ERROR(engine_.ReadRange(partition.id, ChangeStripeBound(table.number, stripe, 0),
                                        ChangeStripeBound(table.number, stripe, limit_micros),
                                        kv::Direction::kForward, one, page));
      if (page.size() > 0) return true;
    }
  }
  return false;
}

base::Status History::DeleteStripes(const Table& table, int64_t limit_micros) {
  for (const Partition& partition : table.partitions) {
    for (unsigned stripe = StripeOfHash(partition.hashes.first);
         stripe <= StripeOfHash(partition.hashes.last); ++stripe) {
      RETURN_IF_ERROR(engine_.DeleteRange(partition.id, ChangeStripeBound(table.number, stripe, 0),
                                          ChangeStripeBound(table.number, stripe, limit_micros)));
    }
  }
  return base::Ok();
}

base::Status History::DeleteFamily(const Table& table, char family) {
  return DeletePrefix(engine_, table, TablePrefix(family, table.number));
}

}  // namespace dray::table
