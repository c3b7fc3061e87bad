// SPDX-License-Identifier: Apache-2.0
// The evaluator against a second, naive one (naive_evaluator.h) on random requests. The seed is
// printed; DRAY_SEED repeats a run.

#ifndef __clang__
// g++ 12 suspects std::regex of it under sanitizers.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "security/policy/naive_evaluator.h"
#include "security/policy/random_policies.h"

namespace dray::policy {
namespace {

constexpr int kRequestsAWorld = 20;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kWorlds = 500;
#else
constexpr int kWorlds = 5000;
#endif

std::string ContextText(const Context& context) {
  std::string text;
  for (const auto& [key, values] : context.all()) {
    text += key + (values.is_multivalued ? " (set)" : "");
    for (const std::string& value : values.values) text += " \"" + value + '"';
    text += "; ";
  }
  return text;
}

TEST(Differential, AgreesWithANaiveEvaluatorOnRandomRequests) {
  const char* wanted = std::getenv("DRAY_SEED");
  const uint64_t seed = wanted ? std::strtoull(wanted, nullptr, 10) : std::random_device{}();
  std::cout << "DRAY_SEED=" << seed << std::endl;
  Generator generator(seed);
  size_t counts[3] = {};
  for (int world = 0; world < kWorlds; ++world) {
    PolicySet set;
    naive::Policies policies;
    std::string texts;
    auto make = [&](DocumentKind kind) {
      std::string text = generator.PolicyText(kind);
      texts += text + "\n";
      auto document = Document::Parse(text, kind);
      EXPECT_TRUE(document) << text << (document ? "" : document.error().message);
      return std::make_pair(document ? *document : nullptr, ParseJson(text));
    };
    auto fill = [&](int count, DocumentKind kind, std::vector<DocumentRef>& compiled,
                    std::vector<json::Value>& plain) {
      for (; count > 0; --count) {
        auto [document, value] = make(kind);
        compiled.push_back(document);
        plain.push_back(std::move(value));
      }
    };
    fill(generator.Below(3), DocumentKind::kIdentity, set.identity, policies.identity);
    if (generator.OneIn(4)) fill(1, DocumentKind::kBoundary, set.boundaries, policies.boundary);
    if (generator.OneIn(4)) fill(1, DocumentKind::kSession, set.session, policies.session);
    if (!generator.OneIn(4)) {
      auto [document, value] = make(DocumentKind::kResource);
      set.resource = document;
      policies.resource.push_back(std::move(value));
    }
    auto fill_levels = [&](DocumentKind kind, std::vector<std::vector<DocumentRef>>& compiled,
                           std::vector<std::vector<json::Value>>& plain) {
      for (int levels = generator.Below(2) + 1; levels > 0; --levels)
        fill(generator.Below(2) + 1, kind, compiled.emplace_back(), plain.emplace_back());
    };
    if (generator.OneIn(6))
      fill_levels(DocumentKind::kServiceControl, set.service_control, policies.service_control);
    if (generator.OneIn(6))
      fill_levels(DocumentKind::kResourceControl, set.resource_control, policies.resource_control);
    set.blocks_public_access = policies.blocks_public_access = generator.OneIn(3);
    if (generator.OneIn(5))
      set.object_owner = policies.object_owner =
          generator.OneIn(2) ? "000000000001" : "000000000002";
    set.acl_allows = policies.acl = generator.OneIn(5);
    if (testing::Test::HasFailure()) return;
    for (int i = 0; i < kRequestsAWorld; ++i) {
      Request request = generator.RandomRequest();
      Decision decision = Evaluate(request, set, generator.OneIn(2));
      auto expected = naive::Decide(request, policies);
      ++counts[static_cast<int>(expected)];
      ASSERT_EQ(ResultName(decision.result), ResultName(expected))
          << "DRAY_SEED=" << seed << "\n"
          << request.principal.arn << " " << request.action << " " << request.resource << " of "
          << request.resource_account << "\n"
          << texts << ContextText(request.context) << "\n"
          << Evaluate(request, set).explanation;
    }
  }
  for (size_t count : counts) EXPECT_GT(count, 300u);  // all outcomes are met
}

}  // namespace
}  // namespace dray::policy
