// SPDX-License-Identifier: Apache-2.0
#include "storage/objects/local_disk/body_keys.h"

#include <optional>
#include <utility>

#include "base/random.h"
#include "storage/objects/local_disk/local_disk.h"
#include "storage/objects/local_disk/records.h"

namespace dray::objects {
namespace {

constexpr std::string_view kCheckText = "dray objects key";

base::Error WrongKey(std::string_view what) {
  return base::Error{
      base::ErrorKind::kCorruption,
      std::string(what) +
          ": put the file keys/objects.key of this data folder back (from its backup) and start "
          "again; without it the bodies of its objects cannot be decrypted"};
}

}  // namespace

base::Result<std::string> LoadObjectsKey(kv::Engine& engine, base::FileSystem& files,
                                         const std::string& path) {
  ASSIGN_OR_RETURN(auto check, engine.Get(kv::kSystemPartition, kKeyCheckKey));
  if (!check) return encryption::LoadOrCreateKey(files, path);
  auto key = encryption::LoadKey(files, path);
  if (!key && key.error().kind == base::ErrorKind::kNotFound) {
    return WrongKey(path + " is missing, the key that object bodies are encrypted with");
  }
  return key;
}

base::Result<BodyKeys> BodyKeys::Open(kv::Engine& engine, std::string store_key) {
  if (store_key.size() != encryption::kKeyBytes) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "the key of the object bodies has 32 bytes"};
  }
  const std::string key(kKeyCheckKey);
  ASSIGN_OR_RETURN(auto record, engine.Get(kv::kSystemPartition, key));
  if (!record) {
    kv::Batch batch;
    batch.puts.emplace_back(key,
                            EncodeKeyCheck(encryption::SealSecret(store_key, kCheckText, key)));
    RETURN_IF_ERROR(engine.Commit(kv::kSystemPartition, batch));
    return BodyKeys(std::move(store_key));
  }
  ASSIGN_OR_RETURN(std::string box, DecodeKeyCheck(*record));
  if (encryption::OpenSecret(store_key, box, key) != kCheckText) {
    return WrongKey(
        "the key in keys/objects.key is not the one that the object bodies were encrypted with");
  }
  return BodyKeys(std::move(store_key));
}

BodyKeys::BodyKey BodyKeys::Make(std::string_view object) const {
  BodyKey made;
  made.key = base::RandomBytes(encryption::kKeyBytes);
  made.wrapped = encryption::SealSecret(store_key_, made.key, object);
  return made;
}

base::Result<std::string> BodyKeys::Unwrap(std::string_view wrapped,
                                           std::string_view object) const {
  std::optional<std::string> key = encryption::OpenSecret(store_key_, wrapped, object);
  if (key) return *std::move(key);
  return base::Error{base::ErrorKind::kCorruption,
                     "the key of an object's body cannot be decrypted: its record is damaged or "
                     "was moved"};
}

}  // namespace dray::objects
