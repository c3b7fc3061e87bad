// SPDX-License-Identifier: Apache-2.0
// What imports keep in kv beside their job records: the list of source objects while the import
// runs (so that object numbers stay the same when it is resumed), and the error log. Family 'l';
// docs/formats/import-job.md. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/kv/engine.h"
#include "transfer/import_table/import_table.h"

namespace dray::import_table {

struct SourceObject {
  std::string key;
  std::string etag;
  uint64_t size_bytes = 0;
};

class ImportRecords {
 public:
  ImportRecords(kv::Engine& engine, std::string_view import_arn);

  // Objects `first`, `first` + 1, ...; written again they are replaced.
  base::Status StoreObjects(uint64_t first, const std::vector<SourceObject>& objects);
  base::Result<std::vector<SourceObject>> LoadObjects();
  base::Status RemoveObjects();

  // Lines of the error log, ordered by the time at which they were stored, then by object and item.
  struct ErrorLine {
    uint64_t object = 0;
    uint64_t item_index = 0;
    std::string json;
  };
  base::Status StoreErrors(int64_t time_micros, const std::vector<ErrorLine>& lines);
  base::Result<ErrorLogPage> ReadErrors(const ErrorLogQuery& query);
  // Those of the objects that are not done: they will be read again.
  base::Status RemoveErrorsExceptOf(const std::vector<bool>& is_done);
  base::Status RemoveErrorsExcept(
      const std::function<bool(uint64_t object, uint64_t item_index)>& is_done);
  base::Status RemoveErrors();

 private:
  kv::Engine& engine_;
  const std::string object_prefix_;
  const std::string error_prefix_;
};

}  // namespace dray::import_table
