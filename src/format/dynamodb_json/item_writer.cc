// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "format/dynamodb_json/attribute_text.h"
#include "format/dynamodb_json/dynamodb_json.h"

namespace dray::dynamodb_json {

namespace {

using base::Status;

constexpr size_t kFlushBytes = 128 * 1024;

class ItemWriter final : public codec::ItemWriter {
 public:
  ItemWriter(const item::KeySchema& keys, base::ByteSink& sink) : sink_(sink), text_(buffer_) {
    for (const auto* elements : {&keys.hash, &keys.range}) {
      for (const item::KeyElement& element : *elements) key_names_.push_back(element.name);
    }
  }

  Status Write(const item::ItemView& item) override {
    text_.Raw("{\"Item\":{");
    bool is_first = true;
    auto add = [&](std::string_view name, const item::ValueView& value) {
      if (!is_first) text_.Raw(",");
      is_first = false;
      text_.Attribute(name, value);
    };
    auto rest = item.attributes().begin();
    size_t in_place =
        0;  // keys that stand in front already, as in most items that were written here
    for (; in_place < key_names_.size() && rest.valid() && rest.name() == key_names_[in_place];
         ++in_place, rest.Next()) {
      add(rest.name(), rest.value());
    }
    for (size_t i = in_place; i < key_names_.size(); ++i) {
      if (auto value = item.Find(key_names_[i])) add(key_names_[i], *value);
    }
    bool has_keys_behind = in_place < key_names_.size();
    for (; rest.valid(); rest.Next()) {
      if (has_keys_behind && IsKey(rest.name())) continue;
      add(rest.name(), rest.value());
    }
    text_.Raw("}}\n");
    return text_.size() >= kFlushBytes ? Flush() : base::Ok();
  }

  Status Finish() override { return text_.size() == 0 ? base::Ok() : Flush(); }

 private:
  bool IsKey(std::string_view name) const {
    return std::find(key_names_.begin(), key_names_.end(), name) != key_names_.end();
  }

  Status Flush() {
    Status status = sink_.Write(text_.content());
    text_.Clear();
    return status;
  }

  base::ByteSink& sink_;
  std::vector<std::string> key_names_;
  std::string buffer_;
  AttributeText text_;
};

}  // namespace

std::unique_ptr<codec::ItemWriter> MakeItemWriter(const item::KeySchema& keys,
                                                  base::ByteSink& sink) {
  return std::make_unique<ItemWriter>(keys, sink);
}

}  // namespace dray::dynamodb_json
