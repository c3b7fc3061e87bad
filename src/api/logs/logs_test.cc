// SPDX-License-Identifier: Apache-2.0
// The protocol over imports that really ran.
#include "api/logs/logs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/logs/operation.h"
#include "format/json/json.h"
#include "testing/transfer_server/transfer_server.h"

namespace dray::logs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kSource;
using testing::kTarget;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kNamed = R"("logGroupName":"/aws-dynamodb/imports")";

class RecordedResponse final : public http::ResponseWriter {
 public:
  base::Status Start(int, const std::vector<std::pair<std::string, std::string>>&,
                     std::optional<uint64_t>) override {
    return base::Ok();
  }
  base::Status Write(std::string_view) override { return base::Ok(); }
  base::Status Finish() override { return base::Ok(); }
  base::Status Send(int status_code, const std::vector<std::pair<std::string, std::string>>& fields,
                    std::string_view bytes) override {
    status = status_code;
    headers = fields;
    body = bytes;
    return base::Ok();
  }
  bool is_started() const override { return status != 0; }

  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

class LogsTest : public ::testing::Test {
 protected:
  LogsTest()
      : server_(
            [this](testing::TransferServer& server) {
              imports_ = *import_table::Imports::Make(server.tables(), server.buckets(),
                                                      server.jobs(), server.clock(),
                                                      server.engine(), testing::kRegion, {});
              authorizer_ = access::Authorizer::Make(server.wall(), testing::kRegion);
              protocol_ = MakeProtocol({*imports_, server.jobs(), *authorizer_, testing::kRegion});
            },
            [this] { imports_.reset(); }),
        caller_(testing::RootOf(kTarget)) {
    server_.MakeBucket(kTarget, "bucket");
  }

  // An import of `bad` items without a key; its id.
  std::string Import(int bad) {
    const std::string name = "table" + std::to_string(++imports_made_);
    std::string text = R"({"Item":{"pk":{"S":"good"}}})";
    for (int i = 0; i < bad; ++i) {
      text += R"({"Item":{"of":{"S":")" + name + R"("},"number":{"N":")" + std::to_string(i) +
              "\"}}}\n";
    }
    server_.PutObject("bucket", name, text);
    import_table::ImportRequest request;
    request.client_token = name;
    request.s3_bucket = "bucket";
    request.s3_key_prefix = name;
    request.input_format = "DYNAMODB_JSON";
    request.table.name = name;
    request.table.key_schema.hash = {{"pk", item::Type::kString}};
    auto started = imports_->Start(testing::RootOf(kTarget), request);
    EXPECT_TRUE(started.has_value());
    server_.WaitForEnd(started->record.arn);
    return started->record.arn.substr(started->record.arn.rfind('/') + 1);
  }

  struct Answer {
    int status = 0;
    std::string body, error, message;
    json::Value value;
    const json::Array& List(const char* name) const {
      static const json::Array kNone;
      const json::Value* found = value.object()->Find(name);
      return found != nullptr ? *found->array() : kNone;
    }
    std::string Text(const char* name) const {
      const json::Value* found = value.object()->Find(name);
      return found != nullptr ? *found->string() : "";
    }
  };
  Answer Send(std::string_view operation, std::string_view members) {
    http::RequestHead head;
    head.method = "POST";
    head.headers = {{"X-Amz-Target", "Logs_20140328." + std::string(operation)}};
    EXPECT_TRUE(protocol_->Claims(head));
    response_ = RecordedResponse();
    const std::string body = "{" + std::string(members) + "}";
    gateway::Exchange exchange{head, body, nullptr, response_, caller_, "REQUESTID",
                               {},   {},   0,       {},        {}};
    protocol_->Serve(exchange);
    audited_resource_ = exchange.resource;
    audited_detail_ = exchange.detail;
    Answer answer;
    answer.status = response_.status;
    answer.body = response_.body;
    auto parsed = json::Parse(answer.body);
    EXPECT_TRUE(parsed.has_value()) << answer.body;
    if (!parsed) return answer;
    answer.value = *std::move(parsed);
    answer.error = answer.Text("__type");
    answer.message = answer.Text("message");
    return answer;
  }
  static std::vector<std::string> Texts(const json::Array& events, const char* name) {
    std::vector<std::string> texts;
    for (const json::Value& event : events) {
      const json::Value* found = event.object()->Find(name);
      texts.push_back(found->string() != nullptr ? *found->string() : found->number()->text);
    }
    return texts;
  }

  std::unique_ptr<import_table::Imports> imports_;
  std::unique_ptr<access::Authorizer> authorizer_;
  std::unique_ptr<gateway::Protocol> protocol_;
  testing::TransferServer server_;
  access::Caller caller_;
  RecordedResponse response_;
  std::string audited_resource_, audited_detail_;
  int imports_made_ = 0;
};

std::string Token(const std::string& token) { return R"(,"nextToken":")" + token + "\""; }

TEST_F(LogsTest, TheGroupIsThereFromTheFirstImportOn) {
  EXPECT_EQ(Send("DescribeLogGroups", "").body, R"({"logGroups":[]})");
  for (const char* operation : {"DescribeLogStreams", "FilterLogEvents"}) {
    Answer none = Send(operation, kNamed);
    EXPECT_EQ(none.error, "ResourceNotFoundException");
    EXPECT_EQ(none.message, "The specified log group does not exist.");
  }
  Import(0);
  Answer groups = Send("DescribeLogGroups", R"("logGroupNamePrefix":"/aws-dynamo","limit":1)");
  ASSERT_THAT(groups.List("logGroups"), SizeIs(1));
  const json::Object& group = *groups.List("logGroups")[0].object();
  EXPECT_EQ(*group.Find("logGroupName")->string(), "/aws-dynamodb/imports");
  EXPECT_EQ(*group.Find("arn")->string(),
            "arn:aws:logs:us-east-1:444455556666:log-group:/aws-dynamodb/imports:*");
  EXPECT_THAT(Send("DescribeLogGroups", R"("logGroupNamePrefix":"/aws/")").List("logGroups"),
              IsEmpty());
  EXPECT_THAT(Send("DescribeLogGroups", R"("logGroupNamePattern":"Dynamodb")").List("logGroups"),
              SizeIs(1));
}

TEST_F(LogsTest, EachImportHasTwoStreamsThatAreListedInPages) {
  const std::string a = Import(3), b = Import(0);
  Answer all = Send("DescribeLogStreams", kNamed);
  EXPECT_THAT(Texts(all.List("logStreams"), "logStreamName"),
              ElementsAre(a + "/error", a + "/info", b + "/error", b + "/info"));
  const json::Object& error = *all.List("logStreams")[0].object();
  EXPECT_EQ(*error.Find("arn")->string(),
            "arn:aws:logs:us-east-1:444455556666:log-group:/aws-dynamodb/imports:log-stream:" + a +
                "/error");
  EXPECT_LE(*error.Find("creationTime")->Int64(), *error.Find("firstEventTimestamp")->Int64());
  EXPECT_LE(*error.Find("firstEventTimestamp")->Int64(),
            *error.Find("lastEventTimestamp")->Int64());
  EXPECT_EQ(all.List("logStreams")[2].object()->Find("lastEventTimestamp"), nullptr);

  std::vector<std::string> names;
  std::string token;
  do {
    Answer page =
        Send("DescribeLogStreams", std::string(kNamed) + R"(,"limit":1,"descending":true)" +
                                       (token.empty() ? "" : Token(token)));
    ASSERT_THAT(page.List("logStreams"), SizeIs(1));
    names.push_back(Texts(page.List("logStreams"), "logStreamName")[0]);
    token = page.Text("nextToken");
  } while (!token.empty());
  EXPECT_THAT(names, ElementsAre(b + "/info", b + "/error", a + "/info", a + "/error"));

  EXPECT_THAT(Texts(Send("DescribeLogStreams",
                         std::string(kNamed) + R"(,"logStreamNamePrefix":")" + b + "\"")
                        .List("logStreams"),
                    "logStreamName"),
              ElementsAre(b + "/error", b + "/info"));
  Answer by_time = Send("DescribeLogStreams",
                        std::string(kNamed) + R"(,"orderBy":"LastEventTime","descending":true)");
  EXPECT_EQ(Texts(by_time.List("logStreams"), "logStreamName").front(), b + "/info");
  EXPECT_EQ(Texts(by_time.List("logStreams"), "logStreamName").back(), b + "/error");
}

TEST_F(LogsTest, AStreamIsReadForwardsAndBackwardsByTokens) {
  const std::string id = Import(10);
  const std::string of = std::string(kNamed) + R"(,"logStreamName":")" + id + R"(/error")";
  const auto all = Texts(Send("GetLogEvents", of).List("events"), "message");
  ASSERT_THAT(all, SizeIs(10));
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(all[static_cast<size_t>(i)],
                HasSubstr("\"itemIndex\":" + std::to_string(i + 1) + "}"));
  }
  // From the head in pages; the last page gives its own token again.
  std::vector<std::string> read;
  std::string token;
  while (true) {
    Answer page = Send("GetLogEvents", of + R"(,"limit":3,"startFromHead":true)" +
                                           (token.empty() ? "" : Token(token)));
    for (std::string& text : Texts(page.List("events"), "message")) read.push_back(text);
    if (page.Text("nextForwardToken") == token) break;
    token = page.Text("nextForwardToken");
    EXPECT_THAT(token, StartsWith("f/"));
  }
  EXPECT_EQ(read, all);
  // The newest first page by page, each in the order of time.
  std::vector<std::string> backwards;
  token.clear();
  while (true) {
    Answer page = Send("GetLogEvents", of + R"(,"limit":4)" + (token.empty() ? "" : Token(token)));
    auto texts = Texts(page.List("events"), "message");
    backwards.insert(backwards.begin(), texts.begin(), texts.end());
    if (page.Text("nextBackwardToken") == token) break;
    token = page.Text("nextBackwardToken");
  }
  EXPECT_EQ(backwards, all);

  const auto info = Texts(Send("GetLogEvents", std::string(kNamed) + R"(,"logStreamName":")" + id +
                                                   R"(/info","startFromHead":true)")
                              .List("events"),
                          "message");
  EXPECT_THAT(info, ::testing::Contains(HasSubstr("loading")));
  Answer none = Send("GetLogEvents", std::string(kNamed) + R"(,"logStreamName":"x/error")");
  EXPECT_EQ(none.error, "ResourceNotFoundException");
  EXPECT_EQ(none.message, "The specified log stream does not exist.");
}

TEST_F(LogsTest, FilteredEventsComeByTimeAcrossStreamsAndInPages) {
  const std::string a = Import(40), b = Import(30);
  Answer all = Send("FilterLogEvents", kNamed);
  const auto messages = Texts(all.List("events"), "message");
  const auto ids = Texts(all.List("events"), "eventId");
  ASSERT_GT(messages.size(), 70u);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
  for (const std::string& id : ids) EXPECT_THAT(id, SizeIs(56));
  auto times = Texts(all.List("events"), "timestamp");
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_EQ(all.Text("nextToken"), "");
  for (int limit : {1, 7, 40}) {
    std::vector<std::string> read;
    std::string token;
    do {
      Answer page =
          Send("FilterLogEvents", std::string(kNamed) + ",\"limit\":" + std::to_string(limit) +
                                      (token.empty() ? "" : Token(token)));
      for (std::string& id : Texts(page.List("events"), "eventId")) read.push_back(id);
      token = page.Text("nextToken");
    } while (!token.empty());
    EXPECT_EQ(read, ids) << limit;
  }

  auto count = [&](const std::string& members) {
    Answer answer = Send("FilterLogEvents", kNamed + members);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.List("events").size();
  };
  EXPECT_EQ(count(R"(,"logStreamNamePrefix":")" + a + "/error\""), 40u);
  EXPECT_EQ(count(R"(,"logStreamNames":[")" + a + R"(/error",")" + b + "/error\"]"), 70u);
  EXPECT_EQ(count(R"(,"filterPattern":"\"the key pk\"")"), 70u);
  EXPECT_EQ(count(R"(,"filterPattern":"table2 Missing -\"\\\"itemIndex\\\":1}\"")"), 29u);
  EXPECT_EQ(count(R"(,"filterPattern":"nothing")"), 0u);
  const std::string last = times.back(), first = times.front();
  EXPECT_EQ(count(",\"startTime\":" + first + ",\"endTime\":" + last), messages.size());
  EXPECT_EQ(count(",\"startTime\":" + std::to_string(std::stoll(last) + 1)), 0u);
  EXPECT_EQ(count(",\"endTime\":" + std::to_string(std::stoll(first) - 1)), 0u);
  EXPECT_EQ(count(R"(,"startTime":9223372036854775807)"), 0u);
  EXPECT_EQ(Send("FilterLogEvents", std::string(kNamed) + R"(,"logStreamNames":["none"])").error,
            "ResourceNotFoundException");
}

TEST_F(LogsTest, WhatIsWrongIsSaidInAwssWords) {
  Import(1);
  struct Row {
    const char* operation;
    std::string members, error, message;
  };
  const std::string of = kNamed;
  const Row rows[] = {
      {"FilterLogEvents", "", "InvalidParameterException",
       "1 validation error detected: Value null at 'logGroupName' failed to satisfy constraint: "
       "Member must not be null"},
      {"FilterLogEvents", of + R"(,"limit":10001)", "InvalidParameterException",
       "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member "
       "must have value less than or equal to 10000"},
      {"FilterLogEvents", of + R"(,"limit":0,"startTime":-1)", "InvalidParameterException",
       "2 validation errors detected: Value '-1' at 'startTime' failed to satisfy constraint: "
       "Member must have value greater than or equal to 0; Value '0' at 'limit' failed to satisfy "
       "constraint: Member must have value greater than or equal to 1"},
      {"FilterLogEvents", R"("logGroupName":"a b")", "InvalidParameterException",
       R"(1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: )"
       R"(Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+)"},
      {"FilterLogEvents", of + R"(,"nextToken":"zz")", "InvalidParameterException",
       "The specified nextToken is invalid."},
      {"FilterLogEvents", of + R"(,"logStreamNames":["a"],"logStreamNamePrefix":"a")",
       "InvalidParameterException",
       "logStreamNamePrefix and logStreamNames are mutually exclusive parameters."},
      {"FilterLogEvents", of + R"(,"limit":"1")", "SerializationException",
       "The member limit has a wrong type"},
      {"FilterLogEvents", R"("logGroupName":"/aws/lambda/x")", "ResourceNotFoundException",
       "The specified log group does not exist."},
      {"GetLogEvents", of, "InvalidParameterException",
       "1 validation error detected: Value null at 'logStreamName' failed to satisfy constraint: "
       "Member must not be null"},
      {"GetLogEvents", of + R"(,"logStreamName":"a","nextToken":"f/00")",
       "InvalidParameterException", "The specified nextToken is invalid."},
      {"DescribeLogStreams", of + R"(,"limit":51)", "InvalidParameterException",
       "1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: Member "
       "must have value less than or equal to 50"},
      {"DescribeLogStreams", of + R"(,"orderBy":"LastEventTime","logStreamNamePrefix":"a")",
       "InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix."},
      {"DescribeLogStreams", of + R"(,"orderBy":"Size")", "InvalidParameterException",
       "1 validation error detected: Value 'Size' at 'orderBy' failed to satisfy constraint: "
       "Member "
       "must satisfy enum value set: [LogStreamName, LastEventTime]"},
      {"DescribeLogGroups", R"("accountIdentifiers":["1"])", "InvalidParameterException",
       "accountIdentifiers is not supported by this version of Dray: see docs/compatibility.md"},
      {"PutLogEvents", "", "UnknownOperationException",
       "This operation of CloudWatch Logs is not supported by this version of Dray: see "
       "docs/compatibility.md"},
  };
  for (const Row& row : rows) {
    Answer answer = Send(row.operation, row.members);
    EXPECT_EQ(answer.status, 400) << row.members;
    EXPECT_EQ(answer.error, row.error) << row.operation << " " << row.members;
    EXPECT_EQ(answer.message, row.message);
  }
}

TEST_F(LogsTest, AGroupMayBeNamedByItsArn) {
  const std::string id = Import(2);
  const std::string arn = "arn:aws:logs:us-east-1:444455556666:log-group:/aws-dynamodb/imports";
  for (const std::string& identifier : {arn, std::string("/aws-dynamodb/imports")}) {
    Answer answer = Send("FilterLogEvents", R"("logGroupIdentifier":")" + identifier +
                                                R"(","logStreamNamePrefix":")" + id + "/error\"");
    EXPECT_THAT(answer.List("events"), SizeIs(2)) << answer.body;
  }
  EXPECT_EQ(
      Send(
          "FilterLogEvents",
          R"("logGroupIdentifier":"arn:aws:logs:eu-west-1:444455556666:log-group:/aws-dynamodb/imports")")
          .error,
      "ResourceNotFoundException");
  EXPECT_EQ(Send("FilterLogEvents", R"("logGroupIdentifier":"arn:aws:s3:::x")").error,
            "InvalidParameterException");
}

TEST_F(LogsTest, AnAccountSeesItsOwnImportsOnlyAndWhatItsPoliciesAllow) {
  const std::string id = Import(2);
  caller_ = testing::RootOf(kSource);
  EXPECT_EQ(Send("DescribeLogGroups", "").body, R"({"logGroups":[]})");
  EXPECT_EQ(Send("FilterLogEvents", kNamed).error, "ResourceNotFoundException");
  Answer foreign = Send(
      "FilterLogEvents",
      R"("logGroupIdentifier":"arn:aws:logs:us-east-1:444455556666:log-group:/aws-dynamodb/imports")");
  EXPECT_EQ(foreign.error, "AccessDeniedException");

  // A user without a policy.
  caller_ = testing::RootOf(kTarget);
  caller_.principal.type = policy::Principal::Type::kUser;
  caller_.principal.arn = "arn:aws:iam::444455556666:user/nobody";
  const std::string of_stream = std::string(kNamed) + R"(,"logStreamName":")" + id + "/error\"";
  const std::string group = "arn:aws:logs:us-east-1:444455556666:log-group:";
  const std::pair<std::string, std::string> resources[] = {
      {"DescribeLogGroups", group + ":log-stream:"},
      {"DescribeLogStreams", group + "/aws-dynamodb/imports:log-stream:"},
      {"FilterLogEvents", group + "/aws-dynamodb/imports:log-stream:"},
      {"GetLogEvents", group + "/aws-dynamodb/imports:log-stream:" + id + "/error"},
  };
  EXPECT_THAT(Operations(), SizeIs(std::size(resources)));
  for (const auto& [operation, resource] : resources) {
    Answer answer = Send(operation, operation == "DescribeLogGroups" ? ""
                                    : operation == "GetLogEvents"    ? of_stream
                                                                     : std::string(kNamed));
    EXPECT_EQ(answer.error, "AccessDeniedException");
    EXPECT_THAT(answer.message,
                StartsWith("User: arn:aws:iam::444455556666:user/nobody is not authorized to "
                           "perform: logs:" +
                           operation + " on resource: " + resource + " because"));
    EXPECT_EQ(audited_resource_, resource);
    EXPECT_THAT(audited_detail_, HasSubstr("identity polic"));
  }
}

}  // namespace
}  // namespace dray::logs
