// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/tags.h"

#include <algorithm>
#include <cstdint>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr size_t kKeyCharactersMax = 128;
constexpr size_t kValueCharactersMax = 256;

// Blocks of Unicode without letters, digits and spaces: punctuation, symbols, private use, emoji.
// AWS takes letters of every script. A rare symbol inside a block of letters passes here.
struct Block {
  uint32_t first, last;
};
constexpr Block kSymbolBlocks[] = {
    {0x80, 0x9F},     {0xA1, 0xA9},     {0xAB, 0xB1},     {0xB4, 0xB4},       {0xB6, 0xB8},
    {0xBB, 0xBB},     {0xBF, 0xBF},     {0xD7, 0xD7},     {0xF7, 0xF7},       {0x200B, 0x2027},
    {0x202A, 0x202E}, {0x2030, 0x205E}, {0x2060, 0x206F}, {0x20A0, 0x20FF},   {0x2190, 0x245F},
    {0x2500, 0x2775}, {0x2794, 0x2BFF}, {0x2E00, 0x2E2E}, {0x3001, 0x3004},   {0x3008, 0x3020},
    {0xD800, 0xF8FF}, {0xFE00, 0xFE6F}, {0xFFF0, 0xFFFF}, {0x1F000, 0x1FAFF}, {0xE0000, 0x10FFFF},
};

bool IsTagCharacter(uint32_t code_point) {
  if (code_point < 0x80) {
    char c = static_cast<char>(code_point);
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view(" +-=._:/@").find(c) != std::string_view::npos;
  }
  return std::none_of(std::begin(kSymbolBlocks), std::end(kSymbolBlocks), [&](const Block& block) {
    return code_point >= block.first && code_point <= block.last;
  });
}

// Valid UTF-8, as JSON is.
bool IsTagText(std::string_view text, size_t characters_max) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) {
    auto lead = static_cast<unsigned char>(text[at]);
    size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t code_point = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length && at + i < text.size(); ++i) {
      code_point = code_point << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
    }
    if (!IsTagCharacter(code_point)) return false;
    at += length;
  }
  return count <= characters_max;
}

bool HasReservedPrefix(std::string_view key) {
  constexpr std::string_view kPrefix = "aws:";
  return key.size() >= kPrefix.size() &&
         std::equal(kPrefix.begin(), kPrefix.end(), key.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
}

}  // namespace

Status CheckTagKey(std::string_view key) {
  if (key.empty() || !IsTagText(key, kKeyCharactersMax)) {
    return ValidationError("The Tag Key provided is invalid, Key: " + std::string(key));
  }
  if (HasReservedPrefix(key)) {
    return ValidationError("Tag Key cannot be prefixed with aws:, Key: " + std::string(key));
  }
  return base::Ok();
}

Error TooManyTags() {
  return ValidationError("Number of Tags exceed the current limit for the provided ResourceArn");
}

Result<TagList> ReadTags(const JsonView& list) {
  TagList tags;
  Status read = list.ForEachElement([&](JsonView tag) -> Status {
    std::optional<std::string> key = OptionalString(tag, "Key");
    std::optional<std::string> value = OptionalString(tag, "Value");
    if (!key) return ValidationError("The Tag Key provided is invalid, Key: null");
    RETURN_IF_ERROR(CheckTagKey(*key));
    if (!value || !IsTagText(*value, kValueCharactersMax)) {
      return ValidationError("The Tag Value provided is invalid, Value: " + value.value_or("null"));
    }
    for (const auto& other : tags) {
      if (other.first == *key) {
        return ValidationError("Duplicate Tag Keys provided as input: Duplicate Tag Key found " +
                               *key);
      }
    }
    tags.emplace_back(*std::move(key), *std::move(value));
    return base::Ok();
  });
  if (!read) return read.error();
  if (tags.size() > kTagsMax) return TooManyTags();
  return tags;
}

Result<TableName> ParseTaggedArn(const Input& input) {
  return ParseResourceArn(StringOr(input.body, "ResourceArn", ""), input.region,
                          "Invalid TableArn: Invalid ResourceArn provided as input ");
}

Result<TaggedTable> OpenTagged(const Resource& resource, std::string_view region) {
  if (resource.found.ref == nullptr) {
    return Error{
        ErrorKind::kNotFound,
        "Requested resource not found: ResourceArn: " + resource.Arn(region) + " not found",
        reason::kResourceNotFound};
  }
  return TaggedTable{resource.found.ref, *resource.found.descriptor};
}

}  // namespace dray::dynamodb
