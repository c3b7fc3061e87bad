// SPDX-License-Identifier: Apache-2.0
#include "transfer/transform/sealed_transforms.h"

#include "base/text_encoding.h"
#include "format/json/json.h"
#include "security/encryption/secret_box.h"

namespace dray::transform {
namespace {

base::Error Damaged(std::string message) {
  return base::Error{base::ErrorKind::kCorruption, std::move(message), {}};
}

std::string BoundTo(std::string_view job, size_t index) {
  return "mask key " + std::to_string(index) + " of " + std::string(job);
}

}  // namespace

std::string Seal(const Transforms& transforms, std::string_view secret_key,
                 std::string_view bound_to) {
  std::string out;
  json::Writer writer(out);
  writer.StartObject().Name("list").Raw(transforms.public_json());
  writer.Name("keys").StartArray();
  for (size_t i = 0; i < transforms.secrets().size(); ++i) {
    writer.String(base::Base64Encode(
        encryption::SealSecret(secret_key, transforms.secrets()[i], BoundTo(bound_to, i))));
  }
  writer.EndArray().EndObject();
  return out;
}

base::Result<std::shared_ptr<const Transforms>> Unseal(std::string_view sealed,
                                                       std::string_view secret_key,
                                                       std::string_view bound_to) {
  auto parsed = json::Parse(sealed);
  const json::Object* object = parsed ? parsed->object() : nullptr;
  const json::Value* list = object == nullptr ? nullptr : object->Find("list");
  const json::Value* keys = object == nullptr ? nullptr : object->Find("keys");
  if (list == nullptr || keys == nullptr || keys->array() == nullptr) {
    return Damaged("The transforms of an import are damaged");
  }
  std::vector<std::string> secrets;
  for (const json::Value& key : *keys->array()) {
    auto box = key.string() == nullptr ? std::nullopt : base::Base64Decode(*key.string());
    auto secret = box ? encryption::OpenSecret(secret_key, *box, BoundTo(bound_to, secrets.size()))
                      : std::nullopt;
    if (!secret) return Damaged("The key of a mask cannot be opened with the server's key");
    secrets.push_back(*std::move(secret));
  }
  std::string text;
  json::AppendValue(*list, text);
  return Transforms::Restore(text, std::move(secrets));
}

}  // namespace dray::transform
