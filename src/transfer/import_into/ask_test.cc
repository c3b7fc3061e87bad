// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_into/ask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/dynamodb_json/dynamodb_json.h"
#include "storage/kv/memory/memory_engine.h"
#include "storage/objects/object_store.h"
#include "transfer/import_into/ask_source.h"
#include "transfer/import_into/chain.h"
#include "transfer/import_into/checkpoint.h"
#include "transfer/import_into/position.h"
#include "transfer/import_table/source_list.h"

namespace dray::import_into {
namespace {

using ::testing::HasSubstr;
using Kind = table::Decision::Kind;

std::string Encode(std::string_view attributes) {
  item::ItemBuilder builder;
  EXPECT_TRUE(dynamodb_json::ParseAttributes(attributes, builder)) << attributes;
  return std::string(builder.Finish());
}

// Items with the times that a table would have given them: through a table, so that the record's
// form stays its matter.
class AskTest : public ::testing::Test {
 protected:
  AskTest() {
    table::TableDescriptor spec;
    spec.account = "111122223333";
    spec.name = "table";
    spec.key_schema.hash = {{"pk", item::Type::kString}};
    table_ = *tables_->Create(spec, false);
  }

  int64_t Now() { return *clock_->Issue(); }
  std::optional<table::StoredItem> Stored(std::string_view attributes) {
    const std::string encoded = Encode(attributes);
    const item::ItemView view(encoded);
    const item::PrimaryKey key = *item::KeyOfItem(tables_->Describe(table_).key_schema, view);
    EXPECT_TRUE(tables_->WriteBatch(table_, {{key, encoded, view.SizeBytes()}}));
    return *tables_->Get(table_, key);
  }
  static Ask Wish(Action action, std::string_view attributes, std::string_view expected = {}) {
    Ask ask;
    ask.action = action;
    if (!attributes.empty()) ask.encoded = Encode(attributes);
    if (!ask.encoded.empty()) ask.size_bytes = item::ItemView(ask.encoded).SizeBytes();
    if (!expected.empty()) ask.expected = Encode(expected);
    return ask;
  }

  base::SystemClock wall_;
  std::unique_ptr<kv::Engine> engine_ = kv_memory::MakeMemoryEngine();
  std::unique_ptr<table::ServiceClock> clock_ = *table::ServiceClock::Open(*engine_, wall_);
  std::unique_ptr<table::Tables> tables_ = *table::Tables::Open(*engine_, *clock_, {});
  table::TableRef table_;
};

constexpr std::string_view kA = R"({"pk":{"S":"x"},"v":{"S":"a"}})";
constexpr std::string_view kB = R"({"pk":{"S":"x"},"v":{"S":"b"}})";

TEST_F(AskTest, EachActionHasItsEffect) {
  const auto a = Stored(kA);
  struct Row {
    Ask ask;
    bool is_there;
    Effect effect;
    Kind kind;
  };
  const Row rows[] = {
      {Wish(Action::kInsert, kB), false, Effect::kInserted, Kind::kPut},
      {Wish(Action::kInsert, kB), true, Effect::kSkipped, Kind::kKeep},
      {Wish(Action::kReplace, kB), false, Effect::kInserted, Kind::kPut},
      {Wish(Action::kReplace, kB), true, Effect::kUpdated, Kind::kPut},
      {Wish(Action::kReplace, R"({"v":{"S":"a"},"pk":{"S":"x"}})"), true, Effect::kUnchanged,
       Kind::kKeep},
      {Wish(Action::kMerge, kA), true, Effect::kUnchanged, Kind::kKeep},
      {Wish(Action::kMerge, kB), true, Effect::kUpdated, Kind::kPut},
      {Wish(Action::kDelete, ""), false, Effect::kUnchanged, Kind::kKeep},
      {Wish(Action::kDelete, ""), true, Effect::kDeleted, Kind::kDelete},
      {Wish(Action::kUndo, kB, kA), true, Effect::kUpdated, Kind::kPut},
      {Wish(Action::kUndo, "", kA), true, Effect::kDeleted, Kind::kDelete},
      {Wish(Action::kUndo, kB, ""), false, Effect::kInserted, Kind::kPut},
      {Wish(Action::kUndo, kA, kB), true, Effect::kUnchanged, Kind::kKeep},
      {Wish(Action::kUndo, "", kB), false, Effect::kUnchanged, Kind::kKeep},
      {Wish(Action::kUndo, "", kB), true, Effect::kFailed, Kind::kKeep},
      {Wish(Action::kUndo, kB, kA), false, Effect::kFailed, Kind::kKeep},
  };
  for (size_t i = 0; i < std::size(rows); ++i) {
    const Verdict verdict = Judge(rows[i].ask, rows[i].is_there ? &*a : nullptr, false);
    EXPECT_EQ(verdict.effect, rows[i].effect) << i;
    EXPECT_EQ(verdict.decision.kind, rows[i].kind) << i;
    if (verdict.decision.kind == Kind::kPut) {
      EXPECT_EQ(verdict.decision.size_bytes, item::ItemView(verdict.decision.encoded).SizeBytes());
    }
  }
  EXPECT_EQ(Judge(Wish(Action::kUndo, "", kB), &*a, true).effect, Effect::kDeleted);
}

TEST_F(AskTest, MergedItemsKeepWhatTheRecordDoesNotName) {
  const auto old_item = Stored(R"({"pk":{"S":"x"},"a":{"S":"1"},"b":{"S":"2"}})");
  const Verdict merged = Judge(
      Wish(Action::kMerge, R"({"pk":{"S":"x"},"b":{"N":"3"},"c":{"S":"4"}})"), &*old_item, false);
  EXPECT_EQ(merged.decision.encoded,
            Encode(R"({"pk":{"S":"x"},"a":{"S":"1"},"b":{"N":"3"},"c":{"S":"4"}})"));
  const auto large = Stored(R"({"pk":{"S":"x"},"a":{"S":")" + std::string(300'000, 'x') + "\"}}");
  const Verdict refused = Judge(
      Wish(Action::kMerge, R"({"pk":{"S":"x"},"b":{"S":")" + std::string(300'000, 'x') + "\"}}"),
      &*large, false);
  EXPECT_EQ(refused.effect, Effect::kFailed);
  EXPECT_THAT(refused.message, HasSubstr("exceeded the maximum allowed size"));
}

TEST_F(AskTest, WhoeverWroteAfterTheIntentHasTheLastWord) {
  const auto before = Stored(kA);
  const int64_t intent = Now();
  const auto after = Stored(kB);
  auto again = [&](const Ask& ask, const std::optional<table::StoredItem>& item, Effect predicted) {
    return JudgeAgain(ask, item ? &*item : nullptr, false, predicted, intent);
  };
  // Written already, by this job or another writer: counted as predicted, not written again.
  for (Effect predicted : {Effect::kInserted, Effect::kUpdated, Effect::kSkipped}) {
    const Verdict verdict = again(Wish(Action::kReplace, kA), after, predicted);
    EXPECT_EQ(verdict.effect, predicted);
    EXPECT_EQ(verdict.decision.kind, Kind::kKeep);
  }
  EXPECT_EQ(again(Wish(Action::kInsert, kB), after, Effect::kInserted).effect, Effect::kInserted);
  // Not written yet.
  EXPECT_EQ(again(Wish(Action::kReplace, kB), before, Effect::kUpdated).decision.kind, Kind::kPut);
  EXPECT_EQ(again(Wish(Action::kInsert, kB), {}, Effect::kInserted).decision.kind, Kind::kPut);
  EXPECT_EQ(again(Wish(Action::kDelete, ""), before, Effect::kDeleted).decision.kind,
            Kind::kDelete);
  // Deleted already, by this job or another writer.
  const Verdict gone = again(Wish(Action::kDelete, ""), {}, Effect::kDeleted);
  EXPECT_EQ(gone.effect, Effect::kDeleted);
  EXPECT_EQ(gone.decision.kind, Kind::kKeep);
  EXPECT_EQ(again(Wish(Action::kReplace, kB), {}, Effect::kUpdated).decision.kind, Kind::kKeep);
  // Undone already: not a conflict.
  EXPECT_EQ(again(Wish(Action::kUndo, "", kA), {}, Effect::kDeleted).effect, Effect::kDeleted);
  EXPECT_EQ(again(Wish(Action::kUndo, kB, kA), after, Effect::kUpdated).effect, Effect::kUpdated);
}

TEST(Positions, ComeBackAndDamageIsFound) {
  Position position;
  position.records_done = 1000;
  position.counters = {1000, 1, 2, 3, 4, 5, 6, 7, 1ull << 40};
  position.records_pending = 3;
  position.intent_time_micros = 1'700'000'000'000'000;
  position.predicted = {Effect::kInserted, Effect::kFailed};
  const std::string bytes = EncodePosition(position);
  EXPECT_EQ(*DecodePosition(bytes), position);
  for (size_t size = 0; size + position.predicted.size() < bytes.size(); ++size) {
    EXPECT_FALSE(DecodePosition(std::string_view(bytes).substr(0, size))) << size;
  }
  EXPECT_FALSE(DecodePosition(bytes + '\x09'));
  EXPECT_FALSE(DecodePosition("\x02" + bytes.substr(1)));

  auto engine = kv_memory::MakeMemoryEngine();
  Positions positions(*engine, "arn:a"), others(*engine, "arn:ab");
  ASSERT_TRUE(positions.Store(1, position));
  ASSERT_TRUE(others.Store(0, position));
  EXPECT_EQ(*positions.Load(3), (std::vector<Position>{{}, position, {}}));
  EXPECT_FALSE(positions.Load(1));
  ASSERT_TRUE(positions.Remove());
  EXPECT_EQ(*positions.Load(1), std::vector<Position>{{}});
  EXPECT_EQ(*others.Load(1), std::vector<Position>{position});
}

TEST(IntoCheckpoint, ComesBackAndDamageIsFound) {
  EXPECT_EQ(*ParseCheckpoint(""), Checkpoint());
  Checkpoint checkpoint;
  checkpoint.phase = Phase::kWriting;
  checkpoint.manifest_key = "k";
  checkpoint.steps = {{"m", 1, 2, 0, 3, "ION"}, {"n", 2, 3, 3, 1, "DYNAMODB_JSON"}};
  checkpoint.steps_done = 1;
  checkpoint.source_table_arn = "arn";
  checkpoint.at_micros = 2;
  checkpoint.counters = {9, 1, 2, 3, 4, 5, 6, 7, 8};
  checkpoint.failure = jobs::Failure{"c", "m", "d"};
  const std::string json = RenderCheckpoint(checkpoint);
  EXPECT_EQ(*ParseCheckpoint(json), checkpoint);
  EXPECT_FALSE(ParseCheckpoint(json.substr(0, json.size() - 2)));
  EXPECT_FALSE(ParseCheckpoint(R"({"version":2})"));
  const Live live{checkpoint.counters, 0.25};
  EXPECT_EQ(ParseLive(RenderLive(live))->counters, live.counters);
  EXPECT_EQ(ParseLive(RenderLive(live))->share_done, 0.25);
}

Link MakeLink(std::string key, int64_t from, int64_t to, std::string view = "NEW_AND_OLD_IMAGES") {
  Link link{std::move(key), {}};
  link.summary.table_arn = "arn:table";
  link.summary.increment = {from * 1000, to * 1000, std::move(view)};
  return link;
}

std::string Order(std::vector<Link> links, std::optional<int64_t> at, bool is_undo = false,
                  bool is_forced = false) {
  std::optional<Copy> copy;
  if (at) copy = Copy{*at * 1000, "arn:table", false, "known"};
  auto ordered = OrderChain(links, copy, is_undo, is_forced);
  if (!ordered) {
    EXPECT_EQ(ordered.error().reason, reason::kChainBroken);
    return ordered.error().message;
  }
  std::string keys;
  for (const Link& link : links) keys += link.manifest_key;
  return keys;
}

TEST(Chain, IsInOrderWithoutGapsFromWhereTheTableIs) {
  const Link a = MakeLink("a", 1, 2), b = MakeLink("b", 2, 5), c = MakeLink("c", 5, 6);
  EXPECT_EQ(Order({c, a, b}, 1), "abc");
  EXPECT_EQ(Order({b}, 2), "b");
  EXPECT_THAT(Order({a, c}, 1), HasSubstr("one between them is missing"));
  EXPECT_THAT(Order({a, MakeLink("d", 1, 3)}, 1), HasSubstr("they overlap"));
  EXPECT_THAT(Order({b, c}, 1), HasSubstr("b begins at 1970-01-01T00:00:00.002Z"));
  EXPECT_THAT(Order({a}, std::nullopt), HasSubstr("with From"));
  Link full{"f", {}};
  full.summary.table_arn = "arn:table";
  EXPECT_THAT(Order({full}, 1), HasSubstr("full export"));
  Link other = MakeLink("o", 2, 5);
  other.summary.table_arn = "arn:other";
  EXPECT_THAT(Order({a, other}, 1), HasSubstr("o is of the table arn:other"));
  EXPECT_THAT(Order({other}, 2), HasSubstr("this one is a copy of arn:table"));
}

TEST(Chain, TheLastLinkIsUndoneByItsOldImages) {
  const Link a = MakeLink("a", 1, 2);
  EXPECT_EQ(Order({a}, 2, true), "a");
  EXPECT_THAT(Order({a}, 3, true), HasSubstr("the last incremental is undone first"));
  EXPECT_EQ(Order({a}, 3, true, true), "a");
  EXPECT_EQ(Order({a}, std::nullopt, true, true), "a");
  EXPECT_THAT(Order({a}, std::nullopt, true), HasSubstr("It is not known"));
  EXPECT_THAT(Order({MakeLink("a", 1, 2, "NEW_IMAGE")}, 2, true, true), HasSubstr("no old images"));
}

// Gives a text, then fails.
class FailingSource final : public base::ByteSource {
 public:
  FailingSource(std::string_view text, base::Error error) : text_(text), error_(std::move(error)) {}
  base::Result<size_t> Read(char* out, size_t capacity) override {
    auto count = text_.Read(out, capacity);
    if (count && *count == 0) return error_;
    return count;
  }

 private:
  base::StringSource text_;
  const base::Error error_;
};

TEST_F(AskTest, AnObjectThatChangesOrGoesWhileItIsReadIsOneErrorAsWhenItWasFoundSo) {
  const table::TableDescriptor table = tables_->Describe(table_);
  const std::pair<std::string_view, std::string_view> kReasons[] = {
      {objects::reason::kPreconditionFailed, import_table::kObjectOverwritten},
      {objects::reason::kNoSuchKey, import_table::kObjectGone}};
  for (const auto& [reason, message] : kReasons) {
    FailingSource source("{\"Item\":{\"pk\":{\"S\":\"a\"}}}\n{\"Item\":{\"pk\"",
                         {base::ErrorKind::kInvalidArgument, "as S3 says it", reason});
    auto asks =
        MakeItemAsks(dynamodb_json::MakeItemReader(source), nullptr, Action::kReplace, table);
    auto first = asks->Next();
    ASSERT_TRUE(first && first->outcome == Asked::Outcome::kAsk);
    auto second = asks->Next();
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(second->outcome, Asked::Outcome::kBad);
    EXPECT_EQ(second->bad.message, message);
    EXPECT_EQ(second->bad.index, 1u);
    auto end = asks->Next();
    ASSERT_TRUE(end && end->outcome == Asked::Outcome::kEnd);
  }
}

TEST_F(AskTest, AChainIsNotGoneOnWithWhenAFileOfItChanges) {
  FailingSource source("", {base::ErrorKind::kInvalidArgument, "as S3 says it",
                            objects::reason::kPreconditionFailed});
  auto asks =
      MakeChangeAsks(dynamodb_json::MakeChangeReader(source), false, tables_->Describe(table_));
  auto next = asks->Next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().reason, reason::kChainBroken);
}

}  // namespace
}  // namespace dray::import_into
