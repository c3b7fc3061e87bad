// SPDX-License-Identifier: Apache-2.0
// Random operations against a std::map, with restarts, from a printed seed (DRAY_SEED sets it).
#include <gmock/gmock.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <set>

#include "storage/objects/local_disk/store_fixture.h"

namespace dray::objects {
namespace {

class LocalDiskModel : public StoreTest {
 protected:
  struct Upload {
    std::string id;
    std::map<uint32_t, std::string> parts;
    std::map<uint32_t, std::string> etags;
  };

  size_t Random(size_t below) { return random_() % below; }

  // Few letters, so that prefixes and delimiters meet.
  std::string RandomKey() {
    static constexpr std::string_view kLetters("ab/\0\xc3\xa9", 5);
    std::string key;
    for (size_t count = 1 + Random(6); count > 0; --count) {
      size_t letter = Random(5);
      if (letter >= 3 && Random(2) == 0) {
        key += letter == 3 ? std::string(1, '\0') : "\xc3\xa9";
      } else {
        key += kLetters[letter % 3];
      }
    }
    return key;
  }
  std::string RandomBody() {
    size_t size = Random(3) == 0 ? 65 + Random(1000) : Random(65);
    if (Random(50) == 0) size = 65'000 + Random(80'000);  // several chunks
    return Bytes(size, static_cast<char>(random_()));
  }

  ListResult ModelList(const ListRequest& request) {
    ListResult result;
    std::set<std::string> seen;
    size_t count = 0;
    for (const auto& [key, body] : objects_) {
      if (!key.starts_with(request.prefix)) continue;
      std::string common;
      if (!request.delimiter.empty()) {
        size_t at = key.find(request.delimiter, request.prefix.size());
        if (at != std::string::npos) common = key.substr(0, at + request.delimiter.size());
      }
      const std::string& name = common.empty() ? key : common;
      if (name <= request.start_after || (!common.empty() && seen.contains(common))) continue;
      if (count++ == request.count_max) {
        result.is_truncated = true;
        break;
      }
      result.next_start_after = name;
      if (common.empty()) {
        result.objects.emplace_back().key = key;
      } else {
        seen.insert(common);
        result.common_prefixes.push_back(common);
      }
    }
    if (!result.is_truncated) result.next_start_after.clear();
    return result;
  }

  void Step() {
    std::string key = RandomKey();
    switch (Random(10)) {
      case 0:
      case 1: {
        std::string body = RandomBody();
        PutOptions options;
        if (Random(4) == 0) options.sse_algorithm = "";
        ASSERT_TRUE(Put(key, body, options));
        objects_[key] = body;
        return;
      }
      case 2:
        ASSERT_TRUE(store_->Delete("bucket", key));
        objects_.erase(key);
        return;
      case 3: {
        auto found = objects_.find(key);
        EXPECT_EQ(Get(key),
                  found == objects_.end() ? "The specified key does not exist." : found->second);
        if (found == objects_.end() || found->second.empty()) return;
        size_t first = Random(found->second.size());
        size_t last = first + Random(found->second.size());
        EXPECT_EQ(Get(key, ByteRange{first, last, {}}),
                  found->second.substr(first, last - first + 1));
        return;
      }
      case 4:
      case 5: {
        ListRequest request{.prefix = Random(2) ? RandomKey().substr(0, Random(3)) : "",
                            .delimiter = Random(3) ? "/" : (Random(2) ? "" : "a/"),
                            .start_after = Random(2) ? RandomKey() : "",
                            .count_max = 1 + Random(6)};
        auto list = store_->List("bucket", request);
        ASSERT_TRUE(list);
        ListResult expected = ModelList(request);
        EXPECT_EQ(list->common_prefixes, expected.common_prefixes);
        EXPECT_EQ(list->is_truncated, expected.is_truncated);
        EXPECT_EQ(list->next_start_after, expected.next_start_after);
        ASSERT_EQ(list->objects.size(), expected.objects.size());
        for (size_t i = 0; i < list->objects.size(); ++i) {
          EXPECT_EQ(list->objects[i].key, expected.objects[i].key);
        }
        return;
      }
      case 6: {
        auto upload = store_->CreateUpload("bucket", key, {});
        ASSERT_TRUE(upload);
        uploads_.emplace(key, Upload{*upload, {}, {}});
        return;
      }
      case 7:
        if (uploads_.empty()) return;
        {
          auto& [upload_key, upload] = *uploads_.begin();
          uint32_t number = 1 + static_cast<uint32_t>(Random(3));
          std::string body = RandomBody();
          auto part = PutPart(upload_key, upload.id, number, body);
          ASSERT_TRUE(part);
          upload.parts[number] = body;
          upload.etags[number] = part->etag;
        }
        return;
      case 8:
        if (uploads_.empty()) return;
        {
          auto [upload_key, upload] = *uploads_.begin();
          if (upload.parts.empty() || Random(3) == 0) {
            ASSERT_TRUE(store_->AbortUpload("bucket", upload_key, upload.id));
          } else {  // one part alone may be small
            auto& [number, body] = *upload.parts.rbegin();
            ASSERT_TRUE(store_->CompleteUpload("bucket", upload_key, upload.id,
                                               {{number, upload.etags[number], ""}}, {}));
            objects_[upload_key] = body;
          }
          uploads_.erase(uploads_.begin());
        }
        return;
      default:
        if (Random(20) != 0) return;
        if (Random(2)) files_.Crash();
        Restart();
    }
  }

  std::mt19937_64 random_;
  std::map<std::string, std::string> objects_;
  std::multimap<std::string, Upload> uploads_;
};

TEST_F(LocalDiskModel, BehavesLikeAMapWhateverIsDone) {
  const char* given = std::getenv("DRAY_SEED");
  uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "seed: " << seed << " (DRAY_SEED=" << seed << " repeats it)\n";
  random_.seed(seed);
  for (int step = 0; step < 20'000 && !HasFailure(); ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    Step();
  }
  Restart();
  size_t in_files = 0;
  for (const auto& [key, body] : objects_) {
    EXPECT_EQ(Get(key), body);
    if (body.size() > options_.inline_bytes_max) ++in_files;
  }
  for (const auto& [key, upload] : uploads_) {
    for (const auto& [number, body] : upload.parts) {
      if (body.size() > options_.inline_bytes_max) ++in_files;
    }
  }
  EXPECT_EQ(files_.Files().size(), in_files);
}

}  // namespace
}  // namespace dray::objects
