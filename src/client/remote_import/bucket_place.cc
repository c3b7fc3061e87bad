// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/place.h"
#include "client/remote_jobs/bucket_reader.h"

namespace dray::remote_import {

namespace {

// More than an import takes (50,000), with the rest of an export around them.
constexpr size_t kObjectsMax = 100'000;

class BucketPlace final : public Place {
 public:
  BucketPlace(remote_jobs::Session& session, const std::string& name, const std::string& owner)
      : bucket_(session.bucket_client(), session.bucket_endpoint(), name, owner),
        reader_(session, name) {}

  base::Result<std::vector<Entry>> List(const std::string& prefix) override {
    auto entries = bucket_.List(prefix, kObjectsMax);
    if (!entries) {
      base::Error error = std::move(entries).error();
      if (error.kind == base::ErrorKind::kLimitExceeded) {
        error.kind = base::ErrorKind::kInvalidArgument;
        error.message += ": name an export, or a prefix with fewer";
      }
      return error;
    }
    for (const Entry& entry : *entries) etags_[entry.key] = entry.etag;
    return entries;
  }
  base::Result<Opened> Open(const std::string& key) override { return reader_.Open(key); }
  // As it was listed.
  base::Result<std::optional<std::string>> EtagOf(const std::string& key) override {
    auto found = etags_.find(key);
    if (found != etags_.end()) return std::optional<std::string>(found->second);
    return base::Error{base::ErrorKind::kNotFound, key, {}};
  }
  std::string Name(const std::string& key) const override { return bucket_.Url(key); }

 private:
  Bucket bucket_;
  remote_jobs::BucketReader reader_;
  std::map<std::string, std::string> etags_;
};

}  // namespace

base::Result<std::unique_ptr<Place>> OpenBucket(remote_jobs::Session& session,
                                                const std::string& bucket,
                                                const std::string& bucket_owner) {
  RETURN_IF_ERROR(session.LocateBucket(bucket));
  std::unique_ptr<Place> place = std::make_unique<BucketPlace>(session, bucket, bucket_owner);
  return place;
}

}  // namespace dray::remote_import
