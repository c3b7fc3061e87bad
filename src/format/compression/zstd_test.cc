// SPDX-License-Identifier: Apache-2.0
#include "format/compression/zstd_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <memory>
#include <string>

#include "format/compression/compression.h"
#include "format/compression/test_streams.h"
#include "testing/piecewise_source.h"

namespace dray::compression {
namespace {

using base::ErrorKind;
using base::Result;
using ::testing::AnyOf;
using ::testing::HasSubstr;

struct FrameOptions {
  int level = 3;
  int window_log = 0;  // 0: what the level takes
  bool has_checksum = true;
  bool has_content_size = true;
};

std::string Compress(std::string_view text, FrameOptions options = {}) {
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, options.level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, options.window_log);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, options.has_checksum ? 1 : 0);
  std::string out(ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  ZSTD_inBuffer input{text.data(), text.size(), 0};
  if (!options.has_content_size) {
    // A first piece that is not the last: the size is not known when the header is written.
    ZSTD_inBuffer first{text.data(), text.size() / 2, 0};
    EXPECT_FALSE(ZSTD_isError(ZSTD_compressStream2(context.get(), &output, &first, ZSTD_e_flush)));
    input.pos = first.pos;
  }
  EXPECT_EQ(ZSTD_compressStream2(context.get(), &output, &input, ZSTD_e_end), 0u);
  out.resize(output.pos);
  return out;
}

std::string Skippable(std::string_view content, int number = 0) {
  std::string frame = {static_cast<char>(0x50 + number), 0x2a, 0x4d, 0x18};
  for (int shift = 0; shift < 32; shift += 8) {
    frame += static_cast<char>(content.size() >> shift & 0xff);
  }
  return frame.append(content);
}

Result<std::string> Decompress(std::string_view bytes, size_t in_piece = 1 << 20,
                               size_t out_piece = 1 << 16) {
  testing::PiecewiseSource source(bytes, in_piece);
  auto zstd = MakeZstdSource(source);
  return ReadToEnd(*zstd, out_piece);
}

TEST(ZstdSource, ReadsWithAnySizesOfPieces) {
  const std::string text = Lines(60'000);
  for (bool has_content_size : {true, false}) {
    const std::string bytes = Compress(text, {.has_content_size = has_content_size});
    for (size_t in_piece : {1, 2, 13, 1000}) {
      for (size_t out_piece : {1, 3, 500, 100'000}) {
        auto back = Decompress(bytes, in_piece, out_piece);
        ASSERT_TRUE(back) << in_piece << " " << out_piece << ": " << back.error().message;
        EXPECT_EQ(*back, text);
      }
    }
  }
}

TEST(ZstdSource, ReadsWhatAnyLevelMakes) {
  for (int level : {-5, 1, 3, 19, 22}) {
    for (const std::string& text : {Lines(700'000), Noise(700'000), std::string(5 << 20, 'a')}) {
      auto back = Decompress(Compress(text, {.level = level}));
      ASSERT_TRUE(back) << level << ": " << back.error().message;
      EXPECT_EQ(*back, text) << level;
    }
  }
}

TEST(ZstdSource, ReadsConcatenatedFramesAndPassesOverSkippableOnes) {
  const std::string a = Lines(3000), b = Noise(70'000);
  const std::string bytes = Skippable("") + Compress(a) + Compress("") +
                            Skippable(Noise(600'000), 15) + Compress(b, {.has_checksum = false}) +
                            Skippable("x", 3) + Compress("end") + Skippable("behind", 1);
  for (size_t in_piece : {1, 9, 1 << 20}) {
    for (size_t out_piece : {1, 1 << 16}) {
      auto back = Decompress(bytes, in_piece, out_piece);
      ASSERT_TRUE(back) << back.error().message;
      EXPECT_EQ(*back, a + b + "end");
    }
  }
}

TEST(ZstdSource, TreatsNoBytesAsNothing) {
  auto text = Decompress("");
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "");
  EXPECT_TRUE(Decompress(Skippable("only this")));
}

TEST(ZstdSource, RefusesEveryCut) {
  const std::string first = Compress(Lines(2000)), skipped = Skippable("skipped");
  const std::string bytes = first + skipped + Compress("second frame");
  for (size_t in_piece : {1, 1 << 20}) {
    for (size_t length = 1; length < bytes.size(); ++length) {
      auto text = Decompress(std::string_view(bytes).substr(0, length), in_piece);
      if (length == first.size() || length == first.size() + skipped.size()) {
        EXPECT_TRUE(text);
        continue;
      }
      ASSERT_FALSE(text) << length;
      EXPECT_EQ(text.error().kind, ErrorKind::kCorruption);
      EXPECT_EQ(text.error().message,
                "zstd data is cut off at compressed byte " + std::to_string(length));
    }
  }
}

TEST(ZstdSource, RefusesEveryFlippedByteThatMatters) {
  const std::string text = Lines(2000);
  const std::string bytes = Compress(text);
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
      auto back = Decompress(damaged);
      // A flip may leave the data equal (another way to say the same), never different; and a
      // frame's magic number can become that of a skippable one.
      if (back) {
        EXPECT_THAT(*back, AnyOf(text, "")) << at;
      } else {
        EXPECT_EQ(back.error().kind, ErrorKind::kCorruption) << at;
        EXPECT_EQ(Decompress(damaged, 1).error().message, back.error().message) << at;
      }
    }
  }
  for (size_t at = bytes.size() - 4; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    auto back = Decompress(damaged);
    ASSERT_FALSE(back);
    EXPECT_EQ(
        back.error().message,
        "the zstd frame at compressed byte 0 does not match its checksum at compressed byte " +
            std::to_string(bytes.size() - 4));
  }
}

TEST(ZstdSource, NamesTheBlockThatIsCorrupt) {
  // Blocks of 128 KB that do not compress stand at known places.
  const std::string header_and_first = Compress(Noise(128 << 10), {.has_checksum = false});
  std::string bytes = Compress("before") + Compress(Noise(300'000), {.has_checksum = false});
  const size_t frame = Compress("before").size();
  const size_t second_block = frame + header_and_first.size();
  bytes[second_block] = static_cast<char>(bytes[second_block] | 6);  // type 3: reserved
  for (size_t in_piece : {size_t{1}, size_t{1} << 20}) {
    auto back = Decompress(bytes, in_piece);
    ASSERT_FALSE(back);
    EXPECT_THAT(back.error().message, HasSubstr("corrupt zstd data at or behind compressed byte "));
    const std::string& message = back.error().message;
    const size_t at = std::stoul(message.substr(message.find("byte ") + 5));
    // The header was given behind the first block.
    EXPECT_GT(at, frame);
    EXPECT_LT(at, second_block);
    EXPECT_GT(at + (128 << 10) + 16, second_block);
  }
}

TEST(ZstdSource, RefusesGarbageBehindAFrame) {
  const std::string bytes = Compress("x");
  for (std::string_view garbage :
       {std::string_view("\0", 1), std::string_view("\n"),
        std::string_view("garbage that is long enough"), std::string_view("\x1f\x8b\x08\x00", 4),
        std::string_view("\x28\xb5\x2f\xfc", 4), std::string_view("\x27\xb5\x2f\xfd.....", 9)}) {
    for (size_t in_piece : {size_t{1}, size_t{1} << 20}) {
      auto text = Decompress(bytes + std::string(garbage), in_piece);
      ASSERT_FALSE(text);
      EXPECT_EQ(text.error().kind, ErrorKind::kCorruption);
      EXPECT_EQ(text.error().message,
                "something that is not zstd data follows at compressed byte " +
                    std::to_string(bytes.size()));
    }
  }
}

TEST(ZstdSource, SaysWhenThereIsNoZstdAtAll) {
  auto text = Decompress("{\"Item\":{\"pk\":{\"S\":\"x\"}}}\n");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, ErrorKind::kCorruption);
  EXPECT_EQ(text.error().message, "not zstd data: no zstd frame at byte 0");
}

TEST(ZstdSource, TakesWindowsUpToItsLimitAndRefusesLargerOnes) {
  const std::string text = Lines(50'000);
  auto back =
      Decompress(Compress(text, {.window_log = kZstdWindowLogMax, .has_content_size = false}));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, text);
  const std::string before = Compress("before");
  back = Decompress(
      before + Compress(text, {.window_log = kZstdWindowLogMax + 1, .has_content_size = false}));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().kind, ErrorKind::kCorruption);
  EXPECT_EQ(back.error().message,
            "the zstd frame at compressed byte " + std::to_string(before.size()) +
                " asks for a window of more than 128 MiB: compress it anew with --long=27 or less");
}

TEST(ZstdSource, RefusesFramesThatNeedADictionary) {
  // A frame header by hand: a single segment of one byte, dictionary 7, a raw block.
  const std::string frame("\x28\xb5\x2f\xfd\x21\x07\x01\x09\x00\x00x", 11);
  auto back = Decompress(frame);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().message,
            "the zstd frame at compressed byte 0 was compressed with a dictionary: compress it "
            "anew without");
}

TEST(ZstdSource, RefusesFramesThatHoldLessThanTheySay) {
  // A single segment of 16 bytes, of which there is an empty last block.
  auto back = Decompress(Compress("before") + std::string("\x28\xb5\x2f\xfd\x20\x10\x01\0\0", 9));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().message, "the zstd frame at compressed byte " +
                                      std::to_string(Compress("before").size()) +
                                      " holds 0 bytes and not 16 as it says");
}

TEST(ZstdSource, GivesWhatCameBeforeACorruptBlock) {
  const std::string text = Lines(1 << 20);
  std::string bytes = Compress(text, {.has_checksum = false});
  bytes.resize(bytes.size() * 3 / 4);
  base::StringSource source(bytes);
  auto zstd = MakeZstdSource(source);
  std::string out, buffer(50'000, '\0');
  while (true) {
    auto count = zstd->Read(buffer.data(), buffer.size());
    if (!count) break;
    ASSERT_GT(*count, 0u);
    out.append(buffer, 0, *count);
  }
  EXPECT_GT(out.size(), text.size() / 2);
  EXPECT_EQ(out, text.substr(0, out.size()));
}

TEST(ZstdSource, RepeatsItsErrorAndThatOfTheSourceBelow) {
  FailingSource below;
  auto zstd = MakeZstdSource(below);
  char byte;
  for (int i = 0; i < 2; ++i) {
    auto count = zstd->Read(&byte, 1);
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().kind, ErrorKind::kIo);
  }
  EXPECT_EQ(below.calls, 1);
}

TEST(Compression, IsChosenByTheNamesOfAws) {
  EXPECT_EQ(CompressionFromName("NONE"), Compression::kNone);
  EXPECT_EQ(CompressionFromName("GZIP"), Compression::kGzip);
  EXPECT_EQ(CompressionFromName("ZSTD"), Compression::kZstd);
  EXPECT_EQ(CompressionFromName("zstd"), std::nullopt);
  const std::string bytes = Compress("text");
  base::StringSource source(bytes);
  auto zstd = MakeDecompressingSource(Compression::kZstd, source);
  EXPECT_EQ(*ReadToEnd(*zstd, 10), "text");
  EXPECT_EQ(MakeDecompressingSource(Compression::kNone, source), nullptr);
}

}  // namespace
}  // namespace dray::compression
