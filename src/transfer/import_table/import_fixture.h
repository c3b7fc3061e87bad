// SPDX-License-Identifier: Apache-2.0
// What the tests of imports share: a server without a network, a bucket of the target's account,
// and imports of its objects into new tables.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "testing/transfer_server/transfer_server.h"
#include "transfer/import_table/import_table.h"

namespace dray::import_table {

inline constexpr const char* kBucket = "source-bucket";
inline constexpr const char* kSomeFailed =
    "Some of the items failed validation checks and were not imported. Please check CloudWatch "
    "error logs for more details.";

class ImportTest : public ::testing::Test {
 protected:
  ImportTest()
      : server_(
            [this](testing::TransferServer& server) {
              imports_ =
                  *Imports::Make(server.tables(), server.buckets(), server.jobs(), server.clock(),
                                 server.engine(), testing::kRegion, options_);
            },
            [this] { imports_.reset(); }) {
    server_.MakeBucket(testing::kTarget, kBucket);
  }

  static ImportRequest Request(const std::string& prefix = "data/",
                               const std::string& name = "copy") {
    static int token = 0;
    ImportRequest request;
    request.client_token = "token-" + std::to_string(++token);
    request.s3_bucket = kBucket;
    request.s3_key_prefix = prefix;
    request.input_format = "DYNAMODB_JSON";
    request.input_compression_type = "GZIP";
    request.table.name = name;
    request.table.key_schema.hash = {{"pk", item::Type::kString}};
    request.table_creation_parameters_json = "{\"TableName\":\"" + name + "\"}";
    return request;
  }
  base::Result<ImportDescription> Start(const ImportRequest& request) {
    return imports_->Start(testing::RootOf(testing::kTarget), request);
  }
  std::string StartArn(const ImportRequest& request = Request()) {
    auto started = Start(request);
    EXPECT_TRUE(started.has_value()) << started.error().message;
    return started->record.arn;
  }
  ImportDescription WaitForEnd(const std::string& arn) {
    server_.WaitForEnd(arn);
    return **imports_->Describe(arn);
  }
  // The error log, in pages of a few lines.
  std::vector<LoggedError> LoggedErrors(const std::string& arn) {
    std::vector<LoggedError> lines;
    ErrorLogQuery query;
    query.count_max = 3;
    while (true) {
      auto page = imports_->ReadErrorLog(arn, query);
      EXPECT_TRUE(page.has_value());
      if (!page) return lines;
      lines.insert(lines.end(), page->lines.begin(), page->lines.end());
      if (page->is_last) return lines;
      query.after = lines.back().position;
    }
  }
  std::vector<std::string> ErrorLines(const std::string& arn) {
    std::vector<std::string> lines;
    for (const LoggedError& line : LoggedErrors(arn)) lines.push_back(line.json);
    return lines;
  }
  std::vector<std::string> Items(const std::string& name = "copy") {
    auto table = server_.tables().Find(testing::kTarget, name);
    if (!table) return {"(" + table.error().message + ")"};
    EXPECT_EQ(server_.tables().Describe(*table).status, table::TableStatus::kActive);
    auto items = server_.Items(*table);
    EXPECT_EQ(server_.tables().Metrics(*table).item_count, items.size());
    return items;
  }

  static std::string Attributes(int i, const std::string& v = "v") {
    return R"({"pk":{"S":"item )" + std::to_string(i) + R"("},"v":{"S":")" + v + R"("}})";
  }
  // Objects of 100 items each, gzipped, under data/.
  void MakeObjects(int count, const std::string& v = "v") {
    for (int object = 0; object < count; ++object) {
      std::string text;
      for (int i = object * 100; i < object * 100 + 100; ++i) {
        text += "{\"Item\":" + Attributes(i, v) + "}\n";
        expected_.push_back(Attributes(i, v));
      }
      server_.PutObject(kBucket, "data/" + std::to_string(object) + ".json.gz",
                        testing::Gzip(text));
      text_bytes_ += text.size();
    }
    std::sort(expected_.begin(), expected_.end());
  }
  static void ExpectCounters(const ImportDescription& import, uint64_t processed, uint64_t imported,
                             uint64_t errors) {
    EXPECT_EQ(import.processed_items, processed);
    EXPECT_EQ(import.imported_items, imported);
    EXPECT_EQ(import.errors, errors);
  }

  Options options_{.threads = 2, .checkpoint_bytes = 1};
  std::unique_ptr<Imports> imports_;
  testing::TransferServer server_;
  std::vector<std::string> expected_;
  uint64_t text_bytes_ = 0;
};

}  // namespace dray::import_table
