// SPDX-License-Identifier: Apache-2.0
// body    = *chunk last-chunk trailers CRLF
// chunk   = size [";chunk-signature=" 64 hex] CRLF data CRLF
// last    = "0" [";chunk-signature=" 64 hex] CRLF
// trailers = *(name ":" value CRLF) ["x-amz-trailer-signature:" 64 hex CRLF]
//
// A chunk's signature covers the signature before it and the hash of its data, so the signatures
// are a chain that begins with the request's. Nothing is accepted that clients do not send: no
// other chunk extensions, no bare line feeds, no bytes behind the end.
#include "security/sigv4/aws_chunked_body.h"

#include <algorithm>
#include <cstring>

#include "base/text_encoding.h"

namespace dray::sigv4 {
namespace {

constexpr std::string_view kSignatureExtension = ";chunk-signature=";
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";
constexpr size_t kSignatureDigits = 64;
constexpr size_t kChunkHeaderBytesMax = 16 + kSignatureExtension.size() + kSignatureDigits;
constexpr uint64_t kChunkBytesMax = uint64_t{5} << 30;  // S3's largest single upload
constexpr size_t kTrailerBytesMax = 8 * 1024;           // all of them together

base::Error MalformedChunk(std::string what) {
  return {base::ErrorKind::kInvalidArgument, "aws-chunked body: " + std::move(what),
          reason::kMalformedChunk};
}
base::Error MalformedTrailer() {
  return {base::ErrorKind::kInvalidArgument,
          "The request contained trailing data that was not well-formed or did not conform to our "
          "published schema.",
          reason::kMalformedTrailer};
}
base::Error MissingTrailer(std::string_view name) {
  return {base::ErrorKind::kInvalidArgument,
          "The trailer " + std::string(name) + " was announced but not sent.",
          reason::kMissingTrailer};
}
base::Error Incomplete() {
  return {base::ErrorKind::kInvalidArgument,
          "You did not provide the number of bytes specified by the Content-Length HTTP header",
          reason::kIncompleteBody};
}
base::Error Mismatch() {
  return {base::ErrorKind::kAccessDenied,
          "The request signature we calculated does not match the signature you provided. Check "
          "your AWS Secret Access Key and signing method. Consult the service documentation for "
          "details.",
          reason::kMismatch};
}

// 1 to 16 hex digits; false when `text` is something else.
bool ParseChunkSize(std::string_view text, uint64_t& size) {
  if (text.empty() || text.size() > 16) return false;
  size = 0;
  for (char c : text) {
    unsigned digit = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                     : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10)
                                            : 16;
    if (digit == 16) return false;
    size = size << 4 | digit;
  }
  return true;
}

bool IsTrailerName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}
bool IsTrailerValue(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

}  // namespace

AwsChunkedBody::AwsChunkedBody(base::ByteSource& raw, BodyOptions options)
    : raw_(raw),
      options_(std::move(options)),
      is_signed_(options_.kind != BodyKind::kChunkedUnsignedTrailer),
      has_trailers_(options_.kind != BodyKind::kChunkedSigned),
      previous_signature_(options_.seed_signature) {}

base::Result<size_t> AwsChunkedBody::Read(char* out, size_t capacity) {
  if (state_ == State::kFailed) return error_;
  auto count = ReadOrFail(out, capacity);
  if (!count) {
    state_ = State::kFailed;
    error_ = count.error();
  }
  return count;
}

base::Result<size_t> AwsChunkedBody::ReadOrFail(char* out, size_t capacity) {
  for (;;) {
    switch (state_) {
      case State::kChunkHeader:
        RETURN_IF_ERROR(StartChunk());
        break;
      case State::kChunkData: {
        if (chunk_left_ > 0) return ReadData(out, capacity);
        RETURN_IF_ERROR(EndChunk());
        break;
      }
      case State::kEnded:
      case State::kFailed:  // answered by Read
        return size_t{0};
    }
  }
}

base::Status AwsChunkedBody::Fill() {
  if (from_ == to_) {
    from_ = to_ = 0;
  } else if (from_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + from_, to_ - from_);
    to_ -= from_;
    from_ = 0;
  }
  ASSIGN_OR_RETURN(size_t count, raw_.Read(buffer_.data() + to_, buffer_.size() - to_));
  if (count == 0) return Incomplete();
  to_ += count;
  return base::Ok();
}

// A line without its CRLF; longer than `bytes_max` is malformed.
base::Result<std::string> AwsChunkedBody::TakeLine(size_t bytes_max) {
  for (;;) {
    std::string_view unread(buffer_.data() + from_, to_ - from_);
    size_t end = unread.find("\r\n");
    bool has_line = end != std::string_view::npos;
    // Without a line there may still be its CR at the end.
    if (has_line ? end > bytes_max : unread.size() > bytes_max + 1) {
      return MalformedChunk("a line is too long");
    }
    if (has_line) {
      from_ += end + 2;
      return std::string(unread.substr(0, end));
    }
    RETURN_IF_ERROR(Fill());
  }
}

base::Status AwsChunkedBody::Expect(std::string_view bytes) {
  while (to_ - from_ < bytes.size()) RETURN_IF_ERROR(Fill());
  if (std::string_view(buffer_.data() + from_, bytes.size()) != bytes) {
    return MalformedChunk("a chunk is longer than its size says");
  }
  from_ += bytes.size();
  return base::Ok();
}

base::Status AwsChunkedBody::StartChunk() {
  ASSIGN_OR_RETURN(std::string line, TakeLine(kChunkHeaderBytesMax));
  std::string_view header = line;
  chunk_signature_.clear();
  if (is_signed_) {
    size_t at = header.find(kSignatureExtension);
    if (at == std::string_view::npos) return MalformedChunk("a chunk has no chunk-signature");
    chunk_signature_ = header.substr(at + kSignatureExtension.size());
    header = header.substr(0, at);
    if (chunk_signature_.size() != kSignatureDigits) {
      return MalformedChunk("a chunk-signature has not 64 digits");
    }
  }
  if (!ParseChunkSize(header, chunk_left_)) return MalformedChunk("a chunk size is not a number");
  if (chunk_left_ > kChunkBytesMax) return MalformedChunk("a chunk is larger than 5 GiB");
  if (options_.decoded_length && chunk_left_ > *options_.decoded_length - decoded_bytes_) {
    return Incomplete();
  }
  is_last_chunk_ = chunk_left_ == 0;
  state_ = State::kChunkData;
  return base::Ok();
}

base::Result<size_t> AwsChunkedBody::ReadData(char* out, size_t capacity) {
  size_t wanted = static_cast<size_t>(std::min<uint64_t>(capacity, chunk_left_));
  size_t count = 0;
  if (from_ == to_ && wanted >= buffer_.size()) {  // past the buffer, without a copy
    ASSIGN_OR_RETURN(count, raw_.Read(out, wanted));
    if (count == 0) return Incomplete();
  } else {
    if (from_ == to_) RETURN_IF_ERROR(Fill());
    count = std::min(wanted, to_ - from_);
    std::memcpy(out, buffer_.data() + from_, count);
    from_ += count;
  }
  if (is_signed_) chunk_digest_.Update({out, count});
  chunk_left_ -= count;
  decoded_bytes_ += count;
  return count;
}

base::Status AwsChunkedBody::EndChunk() {
  if (!is_last_chunk_) RETURN_IF_ERROR(Expect("\r\n"));
  if (is_signed_) {
    std::string expected =
        NextSignature("AWS4-HMAC-SHA256-PAYLOAD", {hash::Sha256(""), chunk_digest_.Finish()});
    if (!IsExpected(chunk_signature_, expected)) return Mismatch();
    previous_signature_ = std::move(expected);
  }
  if (is_last_chunk_) return EndBody();
  state_ = State::kChunkHeader;
  return base::Ok();
}

base::Status AwsChunkedBody::EndBody() {
  if (options_.decoded_length && decoded_bytes_ != *options_.decoded_length) return Incomplete();
  if (has_trailers_) {
    RETURN_IF_ERROR(ReadTrailers());
  } else {
    RETURN_IF_ERROR(Expect("\r\n"));
  }
  RETURN_IF_ERROR(CheckNothingFollows());
  state_ = State::kEnded;
  return base::Ok();
}

base::Status AwsChunkedBody::ReadTrailers() {
  std::string canonical;  // what the trailer signature covers
  std::string signature;
  size_t bytes_left = kTrailerBytesMax;
  for (;;) {
    auto line = TakeLine(bytes_left);
    if (!line) {
      return line.error().reason == reason::kMalformedChunk ? MalformedTrailer() : line.error();
    }
    if (line->empty()) break;
    bytes_left -= std::min(bytes_left, line->size() + 2);
    size_t colon = line->find(':');
    // The signature is the last of the trailers.
    if (colon == std::string::npos || !signature.empty()) return MalformedTrailer();
    std::string name = base::ToLower(std::string_view(*line).substr(0, colon));
    std::string value(base::TrimSpace(std::string_view(*line).substr(colon + 1)));
    if (!IsTrailerName(name) || !IsTrailerValue(value)) return MalformedTrailer();
    if (name == kTrailerSignature) {
      if (!is_signed_ || value.size() != kSignatureDigits) return MalformedTrailer();
      signature = std::move(value);
      continue;
    }
    for (const auto& [other, ignored] : trailers_) {
      if (other == name) return MalformedTrailer();
    }
    canonical.append(name).append(":").append(value).append("\n");
    trailers_.emplace_back(std::move(name), std::move(value));
  }
  if (is_signed_) RETURN_IF_ERROR(CheckTrailerSignature(signature, canonical));
  return CheckAnnouncedTrailers();
}

base::Status AwsChunkedBody::CheckTrailerSignature(std::string_view signature,
                                                   std::string_view canonical) {
  if (signature.empty()) return MissingTrailer(kTrailerSignature);
  std::string expected = NextSignature("AWS4-HMAC-SHA256-TRAILER", {hash::Sha256(canonical)});
  if (!IsExpected(signature, expected)) return Mismatch();
  return base::Ok();
}

bool AwsChunkedBody::IsExpected(std::string_view signature, std::string_view expected) const {
  return !options_.checks_signatures || hash::ConstantTimeEquals(expected, signature);
}

base::Status AwsChunkedBody::CheckAnnouncedTrailers() const {
  if (!options_.announced_trailers) return base::Ok();
  size_t found = 0;
  for (const std::string& announced : *options_.announced_trailers) {
    std::string name = base::ToLower(base::TrimSpace(announced));
    auto is_it = [&name](const auto& trailer) { return trailer.first == name; };
    if (std::none_of(trailers_.begin(), trailers_.end(), is_it)) return MissingTrailer(name);
    ++found;
  }
  if (found != trailers_.size()) return MalformedTrailer();
  return base::Ok();
}

base::Status AwsChunkedBody::CheckNothingFollows() {
  if (from_ == to_) {
    ASSIGN_OR_RETURN(size_t count, raw_.Read(buffer_.data(), 1));
    if (count == 0) return base::Ok();
  }
  return MalformedChunk("bytes follow the end");
}

std::string AwsChunkedBody::NextSignature(
    std::string_view algorithm, std::initializer_list<std::string_view> payload_hashes) const {
  std::string to_sign(algorithm);
  to_sign.append("\n").append(options_.amz_date);
  to_sign.append("\n").append(options_.scope);
  to_sign.append("\n").append(previous_signature_);
  for (std::string_view hash : payload_hashes) to_sign.append("\n").append(base::HexEncode(hash));
  return Signature(options_.signing_key, to_sign);
}

}  // namespace dray::sigv4
