// SPDX-License-Identifier: Apache-2.0
// A session token that was tampered with as the input says is no token, whoever's key it comes
// with; nor are the bytes of the input themselves. Input: steps of 3 bytes: what, 2 bytes where.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "storage/accounts/accounts.h"
#include "storage/identities/identities.h"
#include "storage/kv/memory/memory_engine.h"

namespace {

using namespace dray;

class FixedClock final : public base::Clock {
 public:
  int64_t NowMicros() const override { return 1'715'685'260'000'000; }
};

struct World {
  World() {
    accounts = *accounts::Accounts::Open(*engine, clock, key);
    auto made = accounts->Create("111122223333");
    if (!made) abort();
    identities = std::make_unique<identities::Identities>(*engine, *accounts, clock, key);
    access::Session session;
    session.expires_at_micros = clock.NowMicros() + 1;
    session.tags["team"] = "red";
    issued = identities->IssueSession(made->principal, *access::MakeSession(session));
    if (!*identities->FindSession(issued.access_key, issued.token)) abort();
  }
  FixedClock clock;
  const std::string key = std::string(32, 'k');
  std::unique_ptr<kv::Engine> engine = kv_memory::MakeMemoryEngine();
  std::unique_ptr<accounts::Accounts> accounts;
  std::unique_ptr<identities::Identities> identities;
  identities::TemporaryCredentials issued;
};

void Tamper(uint8_t what, size_t where, std::string& token) {
  if (token.empty()) return;
  where %= token.size();
  switch (what % 4) {
    case 0:
      token[where] ^= static_cast<char>(1 << (what / 4 % 8));
      return;
    case 1:
      token.erase(where, what / 4 + 1);
      return;
    case 2:
      token.insert(where, 1, static_cast<char>(what));
      return;
    default:
      token += token.substr(where, what / 4);
  }
}

void ExpectNone(World& world, std::string_view access_key, std::string_view token) {
  auto found = world.identities->FindSession(access_key, token);
  if (!found || *found) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string token = world.issued.token;
  for (size_t at = 0; at + 3 <= size && at < 30; at += 3)
    Tamper(data[at], data[at + 1] + 256u * data[at + 2], token);
  if (token != world.issued.token) ExpectNone(world, world.issued.access_key, token);
  if (bytes != world.issued.access_key) ExpectNone(world, bytes, world.issued.token);
  ExpectNone(world, world.issued.access_key, bytes);
  return 0;
}
