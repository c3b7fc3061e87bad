// SPDX-License-Identifier: Apache-2.0
// The decoder of aws-chunked bodies (docs/formats/aws-chunked.md). Internal to this module:
// MakeVerifiedBody makes one.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hash/hash.h"
#include "security/sigv4/sigv4.h"

namespace dray::sigv4 {

class AwsChunkedBody final : public VerifiedBody {
 public:
  AwsChunkedBody(base::ByteSource& raw, BodyOptions options);

  base::Result<size_t> Read(char* out, size_t capacity) override;
  const std::vector<std::pair<std::string, std::string>>& trailers() const override {
    return trailers_;
  }

 private:
  enum class State { kChunkHeader, kChunkData, kEnded, kFailed };

  base::Result<size_t> ReadOrFail(char* out, size_t capacity);
  base::Status Fill();  // reads more into the buffer; an end is an error
  base::Result<std::string> TakeLine(size_t bytes_max);
  base::Status Expect(std::string_view bytes);
  base::Status StartChunk();
  base::Result<size_t> ReadData(char* out, size_t capacity);
  base::Status EndChunk();
  base::Status EndBody();
  base::Status ReadTrailers();
  base::Status CheckTrailerSignature(std::string_view signature, std::string_view canonical);
  base::Status CheckAnnouncedTrailers() const;
  base::Status CheckNothingFollows();
  bool IsExpected(std::string_view signature, std::string_view expected) const;
  // Signs `payload_hashes` (raw digests) as the successor of the previous signature.
  std::string NextSignature(std::string_view algorithm,
                            std::initializer_list<std::string_view> payload_hashes) const;

  base::ByteSource& raw_;
  const BodyOptions options_;
  const bool is_signed_;
  const bool has_trailers_;
  State state_ = State::kChunkHeader;
  base::Error error_;  // of kFailed

  std::array<char, 16 * 1024> buffer_;
  size_t from_ = 0, to_ = 0;  // what is unread in buffer_

  uint64_t chunk_left_ = 0;  // data bytes of the current chunk still to come
  bool is_last_chunk_ = false;
  uint64_t decoded_bytes_ = 0;
  hash::Digest chunk_digest_{hash::Algorithm::kSha256};
  std::string chunk_signature_;     // as sent with the current chunk
  std::string previous_signature_;  // the verified one before it
  std::vector<std::pair<std::string, std::string>> trailers_;
};

}  // namespace dray::sigv4
