// SPDX-License-Identifier: Apache-2.0
// Random policies and requests over a small world of names and values, so that they meet.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "security/policy/golden_data.h"

namespace dray::policy {

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  int Below(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  bool OneIn(int n) { return Below(n) == 0; }
  template <size_t N>
  std::string Pick(const char* const (&values)[N]) {
    return values[Below(N)];
  }

  std::string Quoted(const std::string& text) {
    std::string out;
    json::AppendString(text, out);
    return out;
  }

  template <size_t N>
  std::string List(const char* const (&values)[N]) {
    if (OneIn(2)) return Quoted(Pick(values));
    std::string text = "[";
    for (int i = Below(3); i >= 0; --i) text += Quoted(Pick(values)) + (i ? "," : "");
    return text + "]";
  }

  std::string PrincipalText() {
    if (OneIn(6)) return R"("*")";
    if (OneIn(8)) return R"({"Service":"dynamodb.amazonaws.com","AWS":"000000000002"})";
    return "{\"AWS\":" + List(kPrincipals) + "}";
  }

  std::string ConditionText() {
    std::string text;
    std::vector<std::string> used;
    for (int lines = Below(2) + 1; lines > 0; --lines) {
      std::string op = OneIn(3) ? "ForAllValues:" : OneIn(2) ? "ForAnyValue:" : "";
      std::string base_op = Pick(kOperators);
      op += base_op;
      if (base_op != "Null" && OneIn(4)) op += "IfExists";
      if (std::count(used.begin(), used.end(), op)) continue;
      used.push_back(op);
      bool is_ip = base_op.find("IpAddress") != std::string::npos;
      std::string values = base_op == "Bool" || base_op == "Null" ? List(kBooleans)
                           : base_op.starts_with("Numeric")       ? List(kNumbers)
                           : base_op.starts_with("Date")          ? List(kDates)
                           : base_op.starts_with("Binary")        ? List(kBytes)
                           : is_ip                                ? List(kNetworks)
                           : base_op.starts_with("Arn")           ? List(kArns)
                           : base_op.ends_with("Like")            ? List(kPatterns)
                                                                  : List(kValues);
      text +=
          (text.empty() ? "" : ",") + Quoted(op) + ":{" + Quoted(Pick(kKeys)) + ":" + values + "}";
    }
    return "{" + text + "}";
  }

  std::string PolicyText(DocumentKind kind) {
    bool with_principal = kind == DocumentKind::kResource;
    // Resource control policies have one principal, "*".
    bool with_everybody = kind == DocumentKind::kResourceControl;
    std::string text = "{";
    if (!OneIn(8)) text += OneIn(8) ? R"("Version":"2008-10-17",)" : R"("Version":"2012-10-17",)";
    bool is_single = OneIn(6);
    text += is_single ? R"("Statement":)" : R"("Statement":[)";
    for (int i = is_single ? 0 : Below(3); i >= 0; --i) {
      bool deny = OneIn(4);
      text += deny ? R"({"Effect":"Deny")" : R"({"Effect":"Allow")";
      if (with_principal)
        text += (deny && OneIn(3) ? ",\"NotPrincipal\":" : ",\"Principal\":") + PrincipalText();
      if (with_everybody) text += R"(,"Principal":"*")";
      text += (OneIn(6) ? ",\"NotAction\":" : ",\"Action\":") + List(kActions);
      text += (OneIn(6) ? ",\"NotResource\":" : ",\"Resource\":") + List(kResources);
      if (OneIn(2)) text += ",\"Condition\":" + ConditionText();
      text += i ? "}," : "}";
    }
    return text + (is_single ? "}" : "]}");
  }

  Context RandomContext() {
    Context context;
    for (const char* key : kKeys) {
      if (OneIn(3)) continue;
      if (OneIn(3)) {
        std::vector<std::string> values;
        for (int i = Below(3); i > 0; --i) values.push_back(Pick(kRequestValues));
        context.SetMany(key, std::move(values));
      } else {
        context.Set(key, Pick(kRequestValues));
      }
    }
    return context;
  }

  Request RandomRequest() {
    Request request;
    request.principal = PrincipalOf(Pick(kCallers));
    request.action = Pick(kRequestActions);
    request.resource = Pick(kRequestResources);
    if (OneIn(8)) {
      bool is_key = OneIn(2);
      request.action = is_key ? "kms:Decrypt" : "sts:AssumeRole";
      request.resource =
          is_key ? "arn:aws:kms:r:000000000001:key/k" : "arn:aws:iam::000000000001:role/t";
    }
    request.resource_account = OneIn(2) ? "000000000001" : "000000000002";
    request.context = RandomContext();
    return request;
  }

 private:
  static constexpr const char* kPrincipals[] = {"*",
                                                "000000000001",
                                                "arn:aws:iam::000000000001:root",
                                                "000000000002",
                                                "arn:aws:iam::000000000001:user/u",
                                                "arn:aws:iam::000000000001:role/p/r",
                                                "arn:aws:sts::000000000001:assumed-role/r/s",
                                                "arn:aws:sts::000000000001:federated-user/f"};
  static constexpr const char* kCallers[] = {"root:000000000001",
                                             "root:000000000002",
                                             "user:000000000001:u",
                                             "user:000000000001:v",
                                             "session:000000000001:p/r:s",
                                             "session:000000000001:p/r:t",
                                             "federated:000000000001:f",
                                             "service:dynamodb.amazonaws.com",
                                             "role:000000000001:p/r",
                                             "session:000000000001:aws-service-role/x/L:s",
                                             "anonymous"};
  static constexpr const char* kActions[] = {
      "*",     "s3:*",       "s3:PutObject", "s3:Get*",        "S3:put*",   "s3:?utBucketPolicy",
      "iam:*", "s3:*Object", "kms:*",        "sts:AssumeRole", "dynamodb:*"};
  static constexpr const char* kRequestActions[] = {"s3:PutObject", "s3:GetObject",
                                                    "s3:PutBucketPolicy", "s3:PutObjectAcl",
                                                    "dynamodb:PutResourcePolicy"};
  static constexpr const char* kResources[] = {"*",
                                               "arn:aws:s3:::b",
                                               "arn:aws:s3:::b/*",
                                               "arn:aws:s3:::b*",
                                               "arn:aws:s3:::b/?",
                                               "arn:aws:s3:::b/${aws:a}",
                                               "arn:aws:s3:::b/${aws:a, 'x'}/*",
                                               "arn:*:s3:::*/a*b",
                                               "arn:aws:s3:::b/${*}",
                                               "arn:aws:s3:::c/*"};
  static constexpr const char* kRequestResources[] = {"arn:aws:s3:::b",     "arn:aws:s3:::b/x",
                                                      "arn:aws:s3:::b/x/y", "arn:aws:s3:::b/aab",
                                                      "arn:aws:s3:::b/*",   "arn:aws:s3:::c/x:y"};
  static constexpr const char* kOperators[] = {"StringEquals",
                                               "StringNotEquals",
                                               "StringEqualsIgnoreCase",
                                               "StringNotEqualsIgnoreCase",
                                               "StringLike",
                                               "StringNotLike",
                                               "Bool",
                                               "Null",
                                               "ArnEquals",
                                               "ArnLike",
                                               "ArnNotEquals",
                                               "ArnNotLike",
                                               "NumericEquals",
                                               "NumericNotEquals",
                                               "NumericLessThan",
                                               "NumericLessThanEquals",
                                               "NumericGreaterThan",
                                               "NumericGreaterThanEquals",
                                               "DateEquals",
                                               "DateNotEquals",
                                               "DateLessThan",
                                               "DateLessThanEquals",
                                               "DateGreaterThan",
                                               "DateGreaterThanEquals",
                                               "IpAddress",
                                               "NotIpAddress",
                                               "BinaryEquals"};
  static constexpr const char* kKeys[] = {"aws:a", "aws:B", "aws:c", "aws:SourceIp",
                                          "aws:PrincipalArn"};
  static constexpr const char* kBooleans[] = {"true", "false"};
  static constexpr const char* kValues[] = {"x", "X",        "true",          "y",  "",
                                            "*", "${aws:a}", "${aws:b, 'x'}", "a*b"};
  static constexpr const char* kPatterns[] = {"*",    "x*",        "?",     "a*b", "${aws:A}",
                                              "${*}", "*${aws:c}", "arn:*", ""};
  static constexpr const char* kArns[] = {"*",
                                          "arn:aws:iam::000000000001:role/*",
                                          "arn:*:iam::*:role/p/?",
                                          "x",
                                          "arn:aws:s3:::${aws:a}",
                                          "arn:aws:*"};
  static constexpr const char* kNumbers[] = {"10", "9",   "10.0", "1e1", "-1", "0.5",
                                             ".5", "ten", "",     "1e3", "+10"};
  static constexpr const char* kDates[] = {"2024-05-14T11:14:20Z",
                                           "1715685260",
                                           "2024-05-14T13:14:20+02:00",
                                           "2024-05-14",
                                           "2024",
                                           "2024-02-30",
                                           "1715685260.5",
                                           "2024-05-14T11:14:20.5Z",
                                           "-1",
                                           "1969-12-31T23:59:59Z",
                                           "soon",
                                           "2024-02-29T00:00:00-05:30"};
  static constexpr const char* kNetworks[] = {"203.0.113.0/24", "203.0.113.7", "10.0.0.0/8",
                                              "0.0.0.0/0",      "0.0.0.0/7",   "2001:db8::/32",
                                              "2001:db8::1",    "::/0",        "2001:db8::/31",
                                              "203.0.113.7/33", "x",           "128.0.0.0/1",
                                              "203.0.113.6/31"};
  static constexpr const char* kBytes[] = {"QUI=", "QUI", "QmluYXJ5", "", "QUJ=", "AA=="};
  static constexpr const char* kRequestValues[] = {"x",
                                                   "X",
                                                   "true",
                                                   "false",
                                                   "",
                                                   "*",
                                                   "aab",
                                                   "arn:aws:iam::000000000001:role/p/r",
                                                   "arn:aws:s3:::x",
                                                   "y",
                                                   "10",
                                                   "9.99",
                                                   "1e1",
                                                   "0.50",
                                                   "1715685260",
                                                   "2024-05-14T11:14:20Z",
                                                   "2024-05-14T11:14:20.500Z",
                                                   "2024-01-01",
                                                   "1970-01-01",
                                                   "203.0.113.7",
                                                   "203.0.113.8",
                                                   "10.9.8.7",
                                                   "192.0.2.1",
                                                   "2001:db8::1",
                                                   "2001:DB8:0:0::1",
                                                   "2001:db9::",
                                                   "QUI=",
                                                   "QmluYXJ5"};
  std::mt19937_64 random_;
};

}  // namespace dray::policy
