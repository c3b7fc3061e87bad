// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/reader_options.h"

#include <algorithm>

#include "format/json/json.h"

namespace dray::import_table {
namespace {

void AddKeys(const item::KeySchema& schema, std::vector<item::KeyElement>& keys) {
  for (const auto* elements : {&schema.hash, &schema.range}) {
    for (const item::KeyElement& element : *elements) {
      if (std::find(keys.begin(), keys.end(), element) == keys.end()) keys.push_back(element);
    }
  }
}

// The shape was checked when the request came.
void ReadCsvOptions(const json::Object& csv, csv::Dialect& dialect) {
  if (const json::Value* delimiter = csv.Find("Delimiter");
      delimiter != nullptr && delimiter->string() != nullptr && !delimiter->string()->empty()) {
    dialect.delimiter = delimiter->string()->front();
  }
  const json::Value* names = csv.Find("HeaderList");
  if (names == nullptr || names->array() == nullptr) return;
  for (const json::Value& name : *names->array()) {
    if (name.string() != nullptr) dialect.header_list.push_back(*name.string());
  }
}

}  // namespace

base::Result<item_format::ReaderOptions> ReaderOptionsOf(const ImportRequest& request) {
  item_format::ReaderOptions options;
  csv::Dialect& dialect = options.csv.dialect;
  AddKeys(request.table.key_schema, dialect.keys);
  for (const table::IndexDescriptor& index : request.table.indexes) {
    AddKeys(index.key_schema, dialect.keys);
  }
  if (request.input_format_options_json.empty()) return options;
  ASSIGN_OR_RETURN(json::Value given, json::Parse(request.input_format_options_json));
  const json::Value* csv = given.object() == nullptr ? nullptr : given.object()->Find("Csv");
  if (csv == nullptr || csv->object() == nullptr) return options;
  ReadCsvOptions(*csv->object(), dialect);
  if (dialect.header_list.empty()) return options;
  if (auto layout = csv::Layout::Make(dialect.header_list, dialect); !layout) {
    return base::WithContext(std::move(layout).error(), "Invalid Request");
  }
  return options;
}

}  // namespace dray::import_table
