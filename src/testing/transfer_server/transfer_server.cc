// SPDX-License-Identifier: Apache-2.0
#include "testing/transfer_server/transfer_server.h"

#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>

#include "base/check.h"
#include "base/log.h"
#include "format/compression/gzip.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "model/item/item_encoding.h"
#include "model/item/key_schema.h"

namespace dray::testing {

access::Caller RootOf(const std::string& account) {
  access::Caller caller;
  caller.principal.type = policy::Principal::Type::kRoot;
  caller.principal.account = account;
  caller.principal.arn = "arn:aws:iam::" + account + ":root";
  caller.access_key = "AKIA" + account;
  return caller;
}

std::string SeedPolicy(const std::string& account, const std::string& bucket) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::)" +
         account +
         R"(:root"},"Action":["s3:ListBucket","s3:PutObject"],"Resource":["arn:aws:s3:::)" +
         bucket + R"(","arn:aws:s3:::)" + bucket +
         R"(/*"],"Condition":{"ForAnyValue:StringEquals":{"aws:CalledVia":"dynamodb.amazonaws.com"}}}]})";
}

TransferServer::TransferServer(std::function<void(TransferServer&)> wire,
                               std::function<void()> unwire)
    : wire_(std::move(wire)), unwire_(std::move(unwire)) {
  base::log::Configure(base::log::Level::kError, base::log::Format::kText);
  std::string pattern = std::filesystem::temp_directory_path() / "dray_transfer_XXXXXX";
  CHECK(mkdtemp(pattern.data()) != nullptr);
  folder_ = pattern;
  table_options_.folder = folder_;
  Open();
}

TransferServer::~TransferServer() {
  Close();
  std::filesystem::remove_all(folder_);
}

void TransferServer::Open() {
  clock_ = *table::ServiceClock::Open(engine_, wall_);
  authorizer_ = access::Authorizer::Make(wall_, kRegion);
  store_ = *objects::OpenLocalDisk(engine_, files_, wall_,
                                   {.folder = "/data/objects",
                                    .region = kRegion,
                                    .inline_bytes_max = 64,
                                    .key = std::string(32, 'k'),
                                    .sweep_in_background = false});
  buckets_ = buckets::Buckets::Make(*store_, *authorizer_);
  tables_ = *table::Tables::Open(engine_, *clock_, table_options_);
  jobs_ = *jobs::Jobs::Open(engine_, *clock_, {.workers = 2, .retry_pause_ms = 5});
  wire_(*this);
  tables_->PinsLoaded();
  jobs_->Start();
}

void TransferServer::Close() {
  jobs_->Stop();
  unwire_();
  jobs_.reset();
  tables_.reset();
  buckets_.reset();
  store_.reset();
  authorizer_.reset();
  clock_.reset();
}

void TransferServer::Restart() {
  Close();
  engine_.Recover();
  Open();
}

jobs::Record TransferServer::WaitForEnd(const std::string& arn) {
  while (true) {
    auto record = jobs_->Find(arn);
    CHECK(record.has_value() && record->has_value());
    if ((*record)->state != jobs::State::kInProgress) return **record;
    std::this_thread::yield();
  }
}

bool TransferServer::WaitForCrashOrEnd(const std::string& arn) {
  while (!engine_.has_crashed()) {
    auto record = jobs_->Find(arn);
    CHECK(record.has_value() && record->has_value());
    if ((*record)->state != jobs::State::kInProgress) return false;
    std::this_thread::yield();
  }
  return true;
}

table::TableRef TransferServer::MakeTable(const std::string& account, const std::string& name,
                                          bool has_sort_key) {
  table::TableDescriptor spec;
  spec.account = account;
  spec.name = name;
  spec.key_schema.hash = {{"pk", item::Type::kString}};
  if (has_sort_key) spec.key_schema.range = {{"sk", item::Type::kNumber}};
  return *tables_->Create(std::move(spec), /*load_later=*/false);
}

void TransferServer::Put(const table::TableRef& table, const std::string& attributes_json) {
  item::ItemBuilder builder;
  builder.StartItem();
  CHECK(dynamodb_json::ParseAttributes(attributes_json, builder).has_value());
  const std::string encoded(builder.Finish());
  auto key = item::KeyOfItem(tables_->Describe(table).key_schema, item::ItemView(encoded));
  CHECK(key.has_value());
  auto done =
      tables_->Mutate(table, *key, [&](const table::StoredItem*) -> base::Result<table::Decision> {
        return table::Decision{table::Decision::Kind::kPut, encoded, builder.size_bytes()};
      });
  CHECK(done.has_value());
}

std::vector<std::string> TransferServer::Items(const table::TableRef& table) {
  std::vector<std::string> items;
  std::optional<item::PrimaryKey> start_after;
  while (true) {
    auto page = tables_->Scan(table, {}, start_after, {});
    CHECK(page.has_value());
    for (const table::StoredItem& item : page->items) {
      std::string text;
      dynamodb_json::AppendAttributes(item::ItemView(item.encoded()).attributes(), text);
      items.push_back(std::move(text));
    }
    if (page->is_last) break;
    start_after = *tables_->KeyOf(table, page->items.back());
  }
  std::sort(items.begin(), items.end());
  return items;
}

void TransferServer::MakeBucket(const std::string& account, const std::string& bucket,
                                std::optional<std::string> policy) {
  CHECK(store_->CreateBucket(bucket, account).has_value());
  if (policy) SetPolicy(bucket, std::move(policy));
}

void TransferServer::SetPolicy(const std::string& bucket, std::optional<std::string> policy) {
  auto set = store_->ChangeBucket(bucket, [&](objects::BucketSettings& settings) {
    settings.policy_json = std::move(policy);
    return base::Ok();
  });
  CHECK(set.has_value());
}

void TransferServer::PutObject(const std::string& bucket, const std::string& key,
                               std::string_view bytes) {
  base::StringSource source(bytes);
  CHECK(store_->Put(bucket, key, source, {}).has_value());
}

std::string TransferServer::GetObject(const std::string& bucket, const std::string& key) {
  auto opened = store_->Open(bucket, key, std::nullopt);
  if (!opened) return "(" + opened.error().message + ")";
  return *base::ReadAll(*opened->body, 1 << 30);
}

std::vector<std::string> TransferServer::Keys(const std::string& bucket,
                                              const std::string& prefix) {
  std::vector<std::string> keys;
  objects::ListRequest request;
  request.prefix = prefix;
  while (true) {
    auto page = store_->List(bucket, request);
    CHECK(page.has_value());
    for (const objects::ObjectInfo& info : page->objects) keys.push_back(info.key);
    if (!page->is_truncated) return keys;
    request.start_after = page->next_start_after;
  }
}

std::string Gzip(std::string_view text) {
  std::string bytes;
  base::StringSink sink(bytes);
  auto gzip = compression::MakeGzipSink(sink);
  CHECK(gzip->Write(text).has_value());
  CHECK(gzip->Close().has_value());
  return bytes;
}

std::string Zstd(std::string_view text) {
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);  // as the command does
  std::string bytes(ZSTD_compressBound(text.size()) + 16, '\0');
  const size_t size =
      ZSTD_compress2(context.get(), bytes.data(), bytes.size(), text.data(), text.size());
  CHECK(!ZSTD_isError(size));
  bytes.resize(size);
  return bytes;
}

std::string Gunzip(std::string_view bytes) {
  base::StringSource source(bytes);
  auto gzip = compression::MakeGzipSource(source);
  return *base::ReadAll(*gzip, 1 << 30);
}

}  // namespace dray::testing
