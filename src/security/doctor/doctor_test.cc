// SPDX-License-Identifier: Apache-2.0
// Each file of tests/golden/doctor is one export with its expected diagnosis; F01 to F32 are the
// rows of the failure catalogue.
#include "security/doctor/doctor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "format/json/json.h"
#include "security/doctor/near_match.h"

namespace dray::doctor {
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

json::Value ParseJson(const std::string& text) {
  auto value = json::Parse(text);
  EXPECT_TRUE(value) << text;
  return value ? *std::move(value) : json::Value();
}

std::string Text(const json::Value& value, std::string_view name) {
  const auto* found = value.object()->Find(name);
  return found && found->string() ? *found->string() : "";
}

std::string Compact(const json::Value& value) {
  std::string text;
  json::AppendValue(value, text);
  return text;
}

std::string CompactAt(const json::Object& object, std::string_view name) {
  const auto* value = object.Find(name);
  return value && !value->is_null() ? Compact(*value) : "";
}

std::vector<NamedPolicy> Policies(const json::Value* list) {
  std::vector<NamedPolicy> policies;
  if (list)
    for (const auto& policy : *list->array()) policies.push_back({.json = Compact(policy)});
  return policies;
}

std::vector<std::vector<NamedPolicy>> Levels(const json::Value* list) {
  std::vector<std::vector<NamedPolicy>> levels;
  if (list)
    for (const auto& level : *list->array()) levels.push_back(Policies(&level));
  return levels;
}

bool IsTrue(const json::Object& object, std::string_view name) {
  const auto* value = object.Find(name);
  return value && *value->boolean();
}

// A member that the reader does not know would make a case of something else.
void ExpectKnownMembers(const json::Object& object) {
  static const std::set<std::string> kKnown = {"job",
                                               "way",
                                               "remote_target",
                                               "caller",
                                               "bucket",
                                               "bucket_owner",
                                               "bucket_region",
                                               "prefix",
                                               "s3_bucket_owner",
                                               "table",
                                               "has_kms_encryption",
                                               "kms_key",
                                               "acl",
                                               "bucket_policy",
                                               "identity_policies",
                                               "boundaries",
                                               "session_policies",
                                               "scps",
                                               "rcps",
                                               "table_policy",
                                               "key_policy",
                                               "trust_policy",
                                               "assumed_by",
                                               "vpc_endpoint_policy",
                                               "restricts_public_buckets",
                                               "object_ownership",
                                               "is_plain_http",
                                               "has_requester_pays",
                                               "has_object_lock",
                                               "has_recovery",
                                               "context",
                                               "unread"};
  for (const auto& [name, value] : object.members) EXPECT_TRUE(kKnown.contains(name)) << name;
}

Facts FactsOf(const json::Value& value) {
  Facts facts;
  const json::Object& object = *value.object();
  ExpectKnownMembers(object);
  if (Text(value, "job") == "import") facts.job = Job::kImport;
  if (Text(value, "way") == "direct") facts.way = Way::kDirect;
  if (Text(value, "way") == "remote_target") facts.way = Way::kRemoteTarget;
  facts.remote_target_arn = Text(value, "remote_target");
  facts.caller_arn = Text(value, "caller");
  facts.bucket = Text(value, "bucket");
  facts.bucket_owner = Text(value, "bucket_owner");
  facts.bucket_region = Text(value, "bucket_region");
  facts.prefix = Text(value, "prefix");
  facts.table_arn = Text(value, "table");
  facts.kms_key = Text(value, "kms_key");
  facts.assumed_by = Text(value, "assumed_by");
  facts.object_ownership = Text(value, "object_ownership");
  auto optional_text = [&](std::string_view name) -> std::optional<std::string> {
    const auto* found = object.Find(name);
    if (!found || !found->string()) return std::nullopt;
    return *found->string();
  };
  facts.s3_bucket_owner = optional_text("s3_bucket_owner");
  facts.acl = optional_text("acl");
  facts.has_kms_encryption = IsTrue(object, "has_kms_encryption");
  facts.restricts_public_buckets = IsTrue(object, "restricts_public_buckets");
  facts.is_plain_http = IsTrue(object, "is_plain_http");
  facts.has_requester_pays = IsTrue(object, "has_requester_pays");
  facts.has_object_lock = IsTrue(object, "has_object_lock");
  if (const auto* recovery = object.Find("has_recovery")) facts.has_recovery = *recovery->boolean();
  facts.bucket_policy = CompactAt(object, "bucket_policy");
  facts.table_policy = CompactAt(object, "table_policy");
  facts.key_policy = CompactAt(object, "key_policy");
  facts.trust_policy = CompactAt(object, "trust_policy");
  facts.vpc_endpoint_policy = CompactAt(object, "vpc_endpoint_policy");
  facts.identity_policies = Policies(object.Find("identity_policies"));
  facts.boundaries = Policies(object.Find("boundaries"));
  facts.session_policies = Policies(object.Find("session_policies"));
  facts.service_control = Levels(object.Find("scps"));
  facts.resource_control = Levels(object.Find("rcps"));
  if (const auto* context = object.Find("context"))
    for (const auto& [key, text] : context->object()->members)
      facts.context.emplace_back(key, *text.string());
  if (const auto* unread = object.Find("unread"))
    for (const auto& what : *unread->array()) {
      const std::string& name = *what.string();
      facts.unread.push_back({.side = name == "bucket policy" ? Side::kBucket : Side::kIdentity,
                              .what = "the " + name,
                              .why = "AccessDenied"});
    }
  return facts;
}

std::vector<std::string> Strings(const json::Value& list) {
  std::vector<std::string> texts;
  for (const auto& element : *list.array()) texts.push_back(*element.string());
  return texts;
}

std::vector<std::string> StringsAt(const json::Value& row, std::string_view name) {
  const auto* list = row.object()->Find(name);
  return list ? Strings(*list) : std::vector<std::string>();
}

std::vector<std::string> Codes(const Report& report, Severity severity) {
  std::vector<std::string> codes;
  for (const Finding& finding : report.findings)
    if (finding.severity == severity) codes.push_back(finding.code);
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

std::vector<std::string> Cases() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(DRAY_SOURCE_DIR) + "/tests/golden/doctor"))
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

// A allowed, D denied, O open: of the failure catalogue's calls PutObject _started, PutObject data,
// AbortMultipartUpload and PutObjectAcl; of imports ListBucket and GetObject.
const std::vector<std::string> kCatalogue = {"PutObject _started",   "PutObject data",
                                             "AbortMultipartUpload", "PutObjectAcl",
                                             "ListBucket",           "GetObject"};

bool IsOfCatalogue(const Call& call) {
  return std::count(kCatalogue.begin(), kCatalogue.end(), call.name) > 0;
}

std::string CatalogueOf(const Report& report) {
  std::string letters;
  for (const Call& call : report.calls)
    if (IsOfCatalogue(call)) letters += !call.is_allowed() ? 'D' : call.is_open ? 'O' : 'A';
  return letters;
}

// The requests of a multipart upload and of the manifests are PutObject's of those above, so that
// they are listed only where they differ from it.
std::vector<std::string> DeniedBeyondCatalogue(const Report& report) {
  bool is_data_denied = false;
  for (const Call& call : report.calls)
    if (call.name == "PutObject data") is_data_denied = !call.is_allowed();
  std::vector<std::string> names;
  for (const Call& call : report.calls) {
    if (IsOfCatalogue(call)) continue;
    const bool is_write = call.action == "s3:PutObject" && !call.name.ends_with("endpoint");
    if (is_write && is_data_denied != call.is_allowed()) continue;
    if (!call.is_allowed())
      names.push_back(call.name);
    else if (is_write)
      names.push_back(call.name + " is allowed");
  }
  return names;
}

class DoctorCase : public testing::TestWithParam<std::string> {};

TEST_P(DoctorCase, IsDiagnosed) {
  const json::Value row = ParseJson(
      ReadText(std::string(DRAY_SOURCE_DIR) + "/tests/golden/doctor/" + GetParam() + ".json"));
  auto report = Check(FactsOf(*row.object()->Find("facts")));
  ASSERT_TRUE(report) << report.error().message;
  const std::string text = RenderText(*report);

  EXPECT_EQ(CatalogueOf(*report), Text(row, "calls")) << text;
  EXPECT_EQ(DeniedBeyondCatalogue(*report), StringsAt(row, "also_denied")) << text;
  auto errors = StringsAt(row, "errors");
  std::sort(errors.begin(), errors.end());
  auto warnings = StringsAt(row, "warnings");
  std::sort(warnings.begin(), warnings.end());
  EXPECT_EQ(Codes(*report, Severity::kError), errors) << text;
  EXPECT_EQ(Codes(*report, Severity::kWarning), warnings) << text;
  std::string verdict = Text(row, "verdict");
  if (verdict.empty()) verdict = errors.empty() ? "succeeds" : "fails";

  // Every denial is explained.
  for (const Call& call : report->calls) {
    if (call.is_allowed()) continue;
    EXPECT_FALSE(call.decision.explanation.empty());
    bool is_explained =
        std::any_of(report->findings.begin(), report->findings.end(), [&](const Finding& finding) {
          return std::count(finding.calls.begin(), finding.calls.end(), call.name) > 0 ||
                 finding.code.ends_with("malformed");
        });
    EXPECT_TRUE(is_explained) << call.name << "\n" << text;
  }
  for (const Finding& finding : report->findings) {
    EXPECT_TRUE(finding.sentence.ends_with('.')) << finding.sentence;
    EXPECT_TRUE(finding.fix.ends_with('.')) << finding.fix;
  }
  if (std::string where = Text(row, "where"); !where.empty()) {
    ASSERT_FALSE(report->findings.empty());
    EXPECT_EQ(report->findings.front().where, where) << text;
  }
  for (const std::string& has : StringsAt(row, "text_has"))
    EXPECT_NE(text.find(has), std::string::npos) << "no \"" << has << "\" in\n" << text;
  auto rendered = json::Parse(RenderJson(*report));
  ASSERT_TRUE(rendered);
  EXPECT_EQ(Text(*rendered, "verdict"), verdict) << text;
  EXPECT_EQ(*rendered->object()->Find("succeeds")->boolean(), verdict == "succeeds");
  EXPECT_EQ(rendered->object()->Find("calls")->array()->size(), report->calls.size());
  EXPECT_EQ(rendered->object()->Find("findings")->array()->size(), report->findings.size());
}

INSTANTIATE_TEST_SUITE_P(Catalogue, DoctorCase, testing::ValuesIn(Cases()), [](const auto& row) {
  std::string name = row.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

// The rows of the failure catalogue, with what becomes of the four calls: each has a case of its
// own.
TEST(Catalogue, IsWhole) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"F01", "DDDD"}, {"F02", "AADD"}, {"F03", "DDDD"}, {"F04", "DDDD"}, {"F05", "DDDD"},
      {"F06", "DDDD"}, {"F07", "DDDD"}, {"F08", "DDDD"}, {"F09", "DDDD"}, {"F10", "DDDD"},
      {"F11", "AAAD"}, {"F12", "AADA"}, {"F13", "DDDD"}, {"F14", "DDDD"}, {"F15", "DDDD"},
      {"F16", "DDDD"}, {"F17", "DDDD"}, {"F18", "DDDD"}, {"F19", "DDDD"}, {"F19", "AAAA"},
      {"F20", "AAAA"}, {"F21", "DDAA"}, {"F22", "DDAA"}, {"F23", "DDDD"}, {"F24", "AAAA"},
      {"F24", "DDDD"}, {"F25", "DDDD"}, {"F26", "DDDD"}, {"F27", "DDDD"}, {"F28", "DDDD"},
      {"F29", "DDDD"}, {"F30", "DDDD"}, {"F31", "DDDD"}, {"F32", "AAAA"}};
  std::set<std::pair<std::string, std::string>> found;
  for (const std::string& name : Cases()) {
    const json::Value row = ParseJson(
        ReadText(std::string(DRAY_SOURCE_DIR) + "/tests/golden/doctor/" + name + ".json"));
    found.emplace(name.substr(0, 3), Text(row, "calls"));
  }
  for (const auto& row : rows) EXPECT_TRUE(found.contains(row)) << row.first << " " << row.second;
}

TEST(Check, RefusesFactsThatMakeNoSense) {
  Facts good;
  good.caller_arn = "arn:aws:iam::111122223333:root";
  good.bucket = "bucket";
  good.bucket_owner = "444455556666";
  ASSERT_TRUE(Check(good));
  auto refused = [&](auto change) {
    Facts facts = good;
    change(facts);
    auto report = Check(facts);
    return !report && report.error().kind == base::ErrorKind::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](Facts& facts) { facts.caller_arn = ""; }));
  EXPECT_TRUE(refused([](Facts& facts) { facts.caller_arn = "*"; }));
  EXPECT_TRUE(refused([](Facts& facts) { facts.caller_arn = "111122223333"; }));
  EXPECT_TRUE(refused([](Facts& facts) { facts.caller_arn = "arn:aws:iam::1:root"; }));
  EXPECT_TRUE(refused([](Facts& facts) { facts.caller_account = "444455556666"; }));
  EXPECT_TRUE(refused([](Facts& facts) { facts.bucket_owner = "me"; }));
  EXPECT_TRUE(refused([](Facts& facts) { facts.bucket = ""; }));
}

// Whatever does not compile is said, and allows nothing.
TEST(Check, TakesMalformedPoliciesOfEveryKind) {
  const std::string everything =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";
  Facts good;
  good.caller_arn = "arn:aws:iam::111122223333:role/r";
  good.assumed_by = "arn:aws:iam::111122223333:user/u";
  good.bucket = "bucket";
  good.bucket_owner = "111122223333";
  good.table_arn = "arn:aws:dynamodb:us-east-1:111122223333:table/t";
  good.has_kms_encryption = true;
  good.kms_key = "arn:aws:kms:us-east-1:111122223333:key/1";
  const std::string to_account = R"({"Statement":{"Effect":"Allow","Principal":{"AWS":)"
                                 R"("111122223333"},"Action":"*")";
  good.key_policy = to_account + R"(,"Resource":"*"}})";
  good.trust_policy = to_account + "}}";
  good.identity_policies = {{.json = everything}};
  auto verdict = [](const Facts& facts) {
    auto report = Check(facts);
    EXPECT_TRUE(report);
    return report->verdict;
  };
  EXPECT_EQ(verdict(good), Verdict::kSucceeds);
  auto fails_with = [&](auto change) {
    for (const char* text :
         {"{", "[]", R"({"Statement":[]})", R"({"Statement":{"Effect":"No"}})"}) {
      Facts facts = good;
      change(facts, text);
      auto report = Check(facts);
      ASSERT_TRUE(report);
      EXPECT_TRUE(
          std::any_of(report->findings.begin(), report->findings.end(),
                      [](const Finding& finding) { return finding.code.ends_with("malformed"); }))
          << RenderText(*report);
    }
  };
  fails_with([](Facts& facts, auto text) { facts.identity_policies = {{.json = text}}; });
  fails_with([](Facts& facts, auto text) { facts.boundaries = {{.json = text}}; });
  fails_with([](Facts& facts, auto text) { facts.session_policies = {{.json = text}}; });
  fails_with([](Facts& facts, auto text) { facts.service_control = {{{.json = text}}}; });
  fails_with([](Facts& facts, auto text) { facts.resource_control = {{{.json = text}}}; });
  fails_with([](Facts& facts, auto text) { facts.bucket_policy = text; });
  fails_with([](Facts& facts, auto text) { facts.table_policy = text; });
  fails_with([](Facts& facts, auto text) { facts.key_policy = text; });
  fails_with([](Facts& facts, auto text) { facts.trust_policy = text; });
  Facts facts = good;
  facts.boundaries = {{.json = "{"}};
  EXPECT_EQ(verdict(facts), Verdict::kFails);
  facts = good;
  facts.service_control.emplace_back();  // a level without policies allows nothing
  EXPECT_EQ(verdict(facts), Verdict::kFails);
}

TEST(Check, TakesAnyTextAsTheNameOfAUser) {
  Facts facts;
  facts.caller_arn = "arn:aws:iam::111122223333:user/a\"b\\c";
  facts.bucket = "bucket";
  facts.bucket_owner = "444455556666";
  facts.s3_bucket_owner = "444455556666";
  facts.unread = {{.side = Side::kBucket, .what = "the bucket policy", .why = ""},
                  {.side = Side::kIdentity, .what = "the identity policies", .why = ""}};
  auto report = Check(facts);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::kOpen);
  EXPECT_TRUE(json::Parse(RenderJson(*report)));
}

TEST(EditDistance, CountsSlipsOfThePen) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("111122223333", "111122223323"), 1u);
  EXPECT_EQ(EditDistance("abcd", "abdc"), 1u);
}

}  // namespace
}  // namespace dray::doctor
