// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/bytes.h"
#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"
#include "base/text_encoding.h"
#include "base/varint.h"

namespace dray::base {
namespace {

TEST(Result, MacrosPassErrorsUpAndValuesOn) {
  auto half = [](int value) -> Result<int> {
    if (value % 2 != 0) return Error{ErrorKind::kInvalidArgument, "odd"};
    return value / 2;
  };
  auto quarter = [&](int value) -> Result<int> {
    ASSIGN_OR_RETURN(int once, half(value));
    return half(once);
  };
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
  EXPECT_EQ(WithContext(quarter(6).error(), "line 3").message, "line 3: odd");
}

TEST(Base64, RoundTripsAndRefusesWhatIsNotStrict) {
  for (size_t length = 0; length < 70; ++length) {
    std::string bytes = RandomBytes(length);
    EXPECT_EQ(Base64Decode(Base64Encode(bytes)), bytes);
  }
  EXPECT_EQ(Base64Encode("hello"), "aGVsbG8=");
  for (const char* bad : {"a", "aGVsbG8", "aGVsbG9=", "aG VsbG8=", "====", "aGVs\n", "-_-_"}) {
    EXPECT_EQ(Base64Decode(bad), std::nullopt) << bad;
  }
}

TEST(Base32, GivesRfc4648ValuesInLowerCaseWithoutPadding) {
  EXPECT_EQ(Base32LowerUnpadded("foobar"), "mzxw6ytboi");
  EXPECT_EQ(Base32LowerUnpadded(std::string(16, '\0')).size(), 26u);
}

TEST(PercentEncoding, EncodesAsSigV4) {
  EXPECT_EQ(PercentEncode("a b/\xc3\xa9~", false), "a%20b%2F%C3%A9~");
  EXPECT_EQ(PercentEncode("a b/c", true), "a%20b/c");
  EXPECT_EQ(PercentDecode("a%20b%2fc+"), "a b/c+");
  EXPECT_EQ(PercentDecode("%2"), std::nullopt);
  EXPECT_EQ(PercentDecode("%zz"), std::nullopt);
}

TEST(Time, FormatsAndParsesEachForm) {
  int64_t micros = 1715685260608000;
  EXPECT_EQ(FormatIso8601Millis(micros), "2024-05-14T11:14:20.608Z");
  EXPECT_EQ(FormatIso8601Seconds(micros), "2024-05-14T11:14:20Z");
  EXPECT_EQ(FormatAmzDate(micros), "20240514T111420Z");
  EXPECT_EQ(FormatHttpDate(micros), "Tue, 14 May 2024 11:14:20 GMT");
  EXPECT_EQ(ParseIso8601("2024-05-14T11:14:20.608Z"), micros);
  EXPECT_EQ(ParseIso8601("2024-05-14T11:14:20Z"), 1715685260000000);
  EXPECT_EQ(ParseAmzDate("20240514T111420Z"), 1715685260000000);
  EXPECT_EQ(ParseHttpDate("Tue, 14 May 2024 11:14:20 GMT"), 1715685260000000);
  EXPECT_EQ(ParseIso8601("2024-02-31T00:00:00Z"), std::nullopt);
  EXPECT_EQ(ParseIso8601("2024-05-14T11:14:20"), std::nullopt);
  EXPECT_EQ(ParseAmzDate("20240514T111420"), std::nullopt);
  EXPECT_EQ(ParseHttpDate("Tue, 14 Mai 2024 11:14:20 GMT"), std::nullopt);
}

TEST(Varint, RoundTripsAndRefusesCutOrOverlongBytes) {
  for (uint64_t value :
       {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{1} << 40, UINT64_MAX}) {
    std::string bytes;
    AppendVarint(value, bytes);
    std::string_view rest = bytes;
    uint64_t back = 1;
    ASSERT_TRUE(TakeVarint(rest, back));
    EXPECT_EQ(back, value);
    EXPECT_TRUE(rest.empty());
    std::string_view cut = std::string_view(bytes).substr(0, bytes.size() - 1);
    EXPECT_FALSE(TakeVarint(cut, back));
  }
  std::string overlong(11, '\x80');
  std::string_view rest = overlong;
  uint64_t value;
  EXPECT_FALSE(TakeVarint(rest, value));
}

TEST(ReadAll, StopsAtItsLimit) {
  StringSource source("0123456789");
  EXPECT_EQ(ReadAll(source, 9).error().kind, ErrorKind::kLimitExceeded);
  StringSource again("0123456789");
  EXPECT_EQ(*ReadAll(again, 10), "0123456789");
}

class FileSystemTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/dray-base-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
  }
  void TearDown() override { EXPECT_TRUE(PosixFileSystem().RemoveTree(folder_).has_value()); }
  std::string folder_;
};

TEST_F(FileSystemTest, ReplaceFileSetsContentAndModeAndLeavesNoTemporaryFile) {
  FileSystem& files = PosixFileSystem();
  ASSERT_TRUE(ReplaceFile(files, folder_ + "/a", "one", 0600).has_value());
  ASSERT_TRUE(ReplaceFile(files, folder_ + "/a", "two", 0600).has_value());
  EXPECT_EQ(*ReadFile(files, folder_ + "/a"), "two");
  struct stat info {};
  ASSERT_EQ(::stat((folder_ + "/a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(files.ListFolder(folder_)->size(), 1u);
}

TEST_F(FileSystemTest, ErrorsNameThePathAndTheirKind) {
  FileSystem& files = PosixFileSystem();
  Error error = files.OpenFile(folder_ + "/missing", Caching::kCached).error();
  EXPECT_EQ(error.kind, ErrorKind::kNotFound);
  EXPECT_NE(error.message.find(folder_ + "/missing"), std::string::npos);
  Error full = ReplaceFile(files, "/dev/full/x", "x").error();
  EXPECT_EQ(full.kind, ErrorKind::kIo);
  auto device = files.AppendFile("/dev/full", Caching::kCached);
  ASSERT_TRUE(device.has_value());
  Error no_space = (*device)->Append("x").error();
  EXPECT_EQ(no_space.reason, kNoSpace);
}

TEST_F(FileSystemTest, DirectFilesHoldWhatWasWritten) {
  FileSystem& files = PosixFileSystem();
  AlignedBuffer buffer(2 * kDirectBlockBytes);
  {
    auto writer = files.AppendFile(folder_ + "/direct", Caching::kDirect);
    ASSERT_TRUE(writer.has_value());
    for (char fill : {'a', 'b', 'c'}) {
      std::fill_n(buffer.data(), kDirectBlockBytes, fill);
      ASSERT_TRUE((*writer)->Append({buffer.data(), kDirectBlockBytes}).has_value());
    }
    ASSERT_TRUE((*writer)->Sync().has_value());
    ASSERT_TRUE((*writer)->Close().has_value());
  }
  auto reader = files.OpenFile(folder_ + "/direct", Caching::kDirect);
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(*(*reader)->SizeBytes(), 3 * kDirectBlockBytes);
  ASSERT_EQ(*(*reader)->ReadAt(kDirectBlockBytes, buffer.data(), 2 * kDirectBlockBytes),
            2 * kDirectBlockBytes);
  EXPECT_EQ(buffer.data()[0], 'b');
  EXPECT_EQ(buffer.data()[2 * kDirectBlockBytes - 1], 'c');
}

TEST(Utf8, WritesCodePointsAtTheLimitsOfEachLength) {
  std::string out;
  for (uint32_t code_point : {0x24u, 0x7fu, 0x80u, 0x7ffu, 0x800u, 0xffffu, 0x10000u, 0x10ffffu}) {
    AppendUtf8(code_point, out);
  }
  EXPECT_EQ(out, "$\u007f\u0080\u07ff\u0800\uffff\U00010000\U0010ffff");
  EXPECT_TRUE(IsValidUtf8(out));
}

}  // namespace
}  // namespace dray::base
