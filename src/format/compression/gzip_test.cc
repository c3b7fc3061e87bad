// SPDX-License-Identifier: Apache-2.0
#include "format/compression/gzip.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/file_system.h"
#include "base/text_encoding.h"
#include "format/compression/test_streams.h"
#include "hash/crc.h"
#include "testing/piecewise_source.h"

namespace dray::compression {
namespace {

using base::ErrorKind;
using base::Result;

class FailingSink final : public base::ByteSink {
 public:
  base::Status Write(std::string_view) override {
    return base::Error{ErrorKind::kIo, "disk full", base::kNoSpace};
  }
  base::Status Close() override { return base::Ok(); }
};

std::string Compress(std::string_view text, size_t piece = 1 << 20, unsigned level = kGzipLevel) {
  std::string out;
  base::StringSink sink(out);
  auto gzip = MakeGzipSink(sink, level);
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    EXPECT_TRUE(gzip->Write(text.substr(0, piece)));
  }
  EXPECT_TRUE(gzip->Close());
  return out;
}

Result<std::string> Decompress(std::string_view bytes, size_t in_piece = 1 << 20,
                               size_t out_piece = 1 << 16) {
  testing::PiecewiseSource source(bytes, in_piece);
  auto gzip = MakeGzipSource(source);
  return ReadToEnd(*gzip, out_piece);
}

std::string Golden(const std::string& path) {
  auto bytes = base::ReadFile(base::PosixFileSystem(),
                              std::string(DRAY_SOURCE_DIR) + "/tests/golden/format/" + path);
  EXPECT_TRUE(bytes) << path;
  return bytes ? *bytes : "";
}

TEST(GzipSink, WritesTheHeaderOfAwsExports) {
  for (const std::string& text : {std::string(), std::string("x"), Lines(1 << 20)}) {
    EXPECT_EQ(base::HexEncode(Compress(text).substr(0, 10)), "1f8b08000000000000ff");
  }
}

TEST(GzipSink, WritesAnEmptyMemberWhenNothingWasWritten) {
  std::string bytes = Compress("");
  EXPECT_GE(bytes.size(), 20u);
  EXPECT_EQ(base::HexEncode(bytes.substr(bytes.size() - 8)), "0000000000000000");
  auto text = Decompress(bytes);
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "");
}

TEST(GzipSink, LosesNothingHoweverTheInputIsCut) {
  std::string text = Lines(400'000);
  std::string whole = Compress(text, text.size());
  EXPECT_LT(whole.size(), text.size() / 2);
  for (size_t piece : {1, 7, 4096, 131071, 131072, 131073}) {
    auto back = Decompress(Compress(text, piece));
    ASSERT_TRUE(back) << piece;
    EXPECT_EQ(*back, text) << piece;
  }
}

TEST(GzipSink, RoundTripsAtEveryLevel) {
  for (unsigned level = 0; level <= 3; ++level) {
    for (const std::string& text : {Lines(700'000), Noise(700'000), std::string(5 << 20, 'a')}) {
      auto back = Decompress(Compress(text, 100'000, level));
      ASSERT_TRUE(back) << level;
      EXPECT_EQ(*back, text) << level;
    }
  }
}

TEST(GzipSink, PassesErrorsOfTheSinkBelowOn) {
  FailingSink below;
  auto gzip = MakeGzipSink(below);
  ASSERT_TRUE(gzip->Write("x"));
  auto closed = gzip->Close();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().reason, base::kNoSpace);
}

TEST(GzipSource, ReadsWithAnySizesOfPieces) {
  std::string text = Lines(60'000);
  std::string bytes = Compress(text);
  for (size_t in_piece : {1, 2, 13, 1000}) {
    for (size_t out_piece : {1, 3, 500, 100'000}) {
      auto back = Decompress(bytes, in_piece, out_piece);
      ASSERT_TRUE(back) << in_piece << " " << out_piece;
      EXPECT_EQ(*back, text);
    }
  }
}

TEST(GzipSource, ReadsConcatenatedMembers) {
  std::string a = Lines(3000), b = Noise(70'000);
  std::string bytes = Compress(a) + Compress("") + Compress(b) + Compress("end");
  for (size_t in_piece : {1, 9, 1 << 20}) {
    for (size_t out_piece : {1, 1 << 16}) {
      auto back = Decompress(bytes, in_piece, out_piece);
      ASSERT_TRUE(back) << back.error().message;
      EXPECT_EQ(*back, a + b + "end");
    }
  }
}

TEST(GzipSource, SkipsOptionalHeaderFieldsWhereverTheInputIsCut) {
  std::string plain = Compress("hello");
  std::string body = plain.substr(10);
  std::string extra(
      "\x05\x00"
      "12345",
      7);
  std::string name("file.json\0", 10), comment("made by a test\0", 15);
  // FEXTRA | FNAME | FCOMMENT
  std::string bytes =
      std::string("\x1f\x8b\x08\x1c\x01\x02\x03\x04\x02\x03", 10) + extra + name + comment + body;
  for (size_t in_piece : {1, 2, 5, 11, 1000}) {
    auto back = Decompress(bytes, in_piece);
    ASSERT_TRUE(back) << in_piece << back.error().message;
    EXPECT_EQ(*back, "hello");
  }
}

TEST(GzipSource, ChecksTheHeadersOwnChecksum) {
  std::string body = Compress("hello").substr(10);
  std::string header("\x1f\x8b\x08\x0a\x00\x00\x00\x00\x00\xffname\0", 15);  // FNAME | FHCRC
  uint32_t crc = hash::ExtendCrc32(0, header);
  for (size_t in_piece : {1, 1000}) {
    std::string good = header + static_cast<char>(crc & 0xff) + static_cast<char>(crc >> 8 & 0xff);
    auto back = Decompress(good + body, in_piece);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, "hello");
    good.back() = static_cast<char>(good.back() ^ 1);
    EXPECT_FALSE(Decompress(good + body, in_piece));
  }
}

TEST(GzipSource, TreatsNoBytesAsNothing) {
  auto text = Decompress("");
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "");
}

TEST(GzipSource, RefusesEveryCut) {
  std::string bytes = Compress(Lines(2000)) + Compress("second member");
  size_t first = Compress(Lines(2000)).size();
  for (size_t length = 1; length < bytes.size(); ++length) {
    auto text = Decompress(std::string_view(bytes).substr(0, length), 1 << 20);
    if (length == first) {
      EXPECT_TRUE(text);
      continue;
    }
    ASSERT_FALSE(text) << length;
    EXPECT_EQ(text.error().kind, ErrorKind::kCorruption);
    EXPECT_EQ(text.error().message,
              "gzip data is cut off at compressed byte " + std::to_string(length));
  }
}

TEST(GzipSource, RefusesEveryFlippedByteThatMatters) {
  std::string text = Lines(2000);
  std::string bytes = Compress(text);
  for (size_t at = 10; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    auto back = Decompress(damaged, 1 << 20);
    // A flip may leave the data equal (unused bits, another way to say the same), never different.
    if (back) {
      EXPECT_EQ(*back, text) << at;
    } else {
      EXPECT_EQ(back.error().kind, ErrorKind::kCorruption) << at;
    }
  }
  for (size_t at = bytes.size() - 8; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    auto back = Decompress(damaged);
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().message,
              "gzip checksum or length does not match its data at compressed "
              "byte " +
                  std::to_string(bytes.size()));
  }
}

TEST(GzipSource, RefusesGarbageBehindAMember) {
  std::string bytes = Compress("x");
  for (std::string_view garbage : {std::string_view("\0", 1), std::string_view("\n"),
                                   std::string_view("garbage that is long enough"),
                                   std::string_view("\x1f\x8b\x07 not deflate..........", 25)}) {
    for (size_t in_piece : {size_t{1}, size_t{1} << 20}) {
      auto text = Decompress(bytes + std::string(garbage), in_piece);
      ASSERT_FALSE(text);
      EXPECT_EQ(text.error().kind, ErrorKind::kCorruption);
    }
  }
  auto text = Decompress(bytes + "garbage that is long enough");
  EXPECT_EQ(text.error().message, "something that is not gzip data follows at compressed byte " +
                                      std::to_string(bytes.size()));
}

TEST(GzipSource, SaysWhenThereIsNoGzipAtAll) {
  auto text = Decompress("{\"Item\":{\"pk\":{\"S\":\"x\"}}}\n");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, ErrorKind::kCorruption);
  EXPECT_EQ(text.error().message, "not gzip data: no gzip header at byte 0");
}

TEST(GzipSource, RepeatsItsErrorAndThatOfTheSourceBelow) {
  FailingSource below;
  auto gzip = MakeGzipSource(below);
  char byte;
  for (int i = 0; i < 2; ++i) {
    auto count = gzip->Read(&byte, 1);
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().kind, ErrorKind::kIo);
  }
  EXPECT_EQ(below.calls, 1);
}

TEST(GzipSource, ReadsWhatOtherProgramsWrote) {
  std::string folder = "export_layout/AWSDynamoDB/01731672000456-5e6f7a8b/data/";
  std::string text;
  for (const char* name :
       {"amqbs7ytti5dldgtg4hhuphnea.json.gz", "5rba4pm6cqzfxkkm5qhbl66yuu.json.gz",
        "it7d5xt74myi5istivcjhscl5y.json.gz", "5aip7oau7m7a7mpw3epnnjwq2a.json.gz"}) {
    auto part = Decompress(Golden(folder + name), 64);
    ASSERT_TRUE(part) << part.error().message;
    text += *part;
  }
  EXPECT_EQ(text, Golden("dynamodb_json/full.jsonl"));
}

}  // namespace
}  // namespace dray::compression
