// SPDX-License-Identifier: Apache-2.0
// Bytes as text: hexadecimal, base64, base32, UUID, percent-encoding, UTF-8, ISO-8601. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dray::base {

std::string HexEncode(std::string_view bytes);                // lower case
std::optional<std::string> HexDecode(std::string_view text);  // either case
std::string Base64Encode(std::string_view bytes);             // RFC 4648, padded
void AppendBase64(std::string_view bytes, std::string& out);
// Strict: padded, no white space, no stray bits. nullopt otherwise.
std::optional<std::string> Base64Decode(std::string_view text);
std::string Base32LowerUnpadded(std::string_view bytes);  // RFC 4648 alphabet, lower case
std::string FormatUuid(std::string_view bytes16);         // 8-4-4-4-12

// Percent-encoding as SigV4 and S3 write it: everything but A-Z a-z 0-9 - _ . ~ becomes %XX (upper
// case); '/' is kept when `keep_slash`.
std::string PercentEncode(std::string_view bytes, bool keep_slash);
// nullopt when a % is not followed by two hex digits. '+' is literal.
std::optional<std::string> PercentDecode(std::string_view text);

bool IsValidUtf8(std::string_view bytes);
void AppendUtf8(uint32_t code_point, std::string& out);  // at most 0x10FFFF, no surrogate

// 2024-05-14T11:14:20.608Z (always three decimals), from microseconds since the epoch.
std::string FormatIso8601Millis(int64_t micros);
// 2024-05-14T11:14:20Z
std::string FormatIso8601Seconds(int64_t micros);
// 20240514T111420Z, the form of x-amz-date.
std::string FormatAmzDate(int64_t micros);
// Tue, 14 May 2024 11:14:20 GMT, for Last-Modified and Date headers (RFC 9110).
std::string FormatHttpDate(int64_t micros);
// Accept what the Format functions write (ISO forms with 0 to 6 decimals; amz date); nullopt else.
std::optional<int64_t> ParseIso8601(std::string_view text);
std::optional<int64_t> ParseAmzDate(std::string_view text);
std::optional<int64_t> ParseHttpDate(std::string_view text);

// ASCII only.
std::string ToLower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
std::string_view TrimSpace(std::string_view text);

}  // namespace dray::base
