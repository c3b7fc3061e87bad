// SPDX-License-Identifier: Apache-2.0
#include "format/codec/keys_first.h"
#include "format/dynamodb_json/attribute_text.h"
#include "format/dynamodb_json/dynamodb_json.h"

namespace dray::dynamodb_json {

namespace {

using base::Status;

constexpr size_t kFlushBytes = 128 * 1024;

// Writes the attributes that it is called with, a comma between them.
struct Attributes {
  AttributeText& text;
  bool is_first = true;

  void operator()(std::string_view name, const item::ValueView& value) {
    if (!is_first) text.Byte(',');
    is_first = false;
    text.Attribute(name, value);
  }
};

class ItemWriter final : public codec::ItemWriter {
 public:
  ItemWriter(const item::KeySchema& keys, base::ByteSink& sink)
      : sink_(sink), keys_first_(keys), text_(buffer_) {}

  Status Write(const item::ItemView& item) override {
    text_.Constant("{\"Item\":{");
    keys_first_.ForEach(item, Attributes{text_});
    text_.Constant("}}\n");
    return text_.size() >= kFlushBytes ? Flush() : base::Ok();
  }

  Status WriteChange(const codec::Change& change) override {
    text_.Constant("{\"Metadata\":{\"WriteTimestampMicros\":{\"N\":\"");
    text_.Raw(std::to_string(change.write_time_micros));
    text_.Constant("\"}},\"Keys\":{");
    keys_first_.ForEachKey(*change.keyed, Attributes{text_});
    text_.Byte('}');
    if (change.old_image != nullptr) {
      text_.Constant(",\"OldImage\":{");
      keys_first_.ForEach(*change.old_image, Attributes{text_});
      text_.Byte('}');
    }
    if (change.new_image != nullptr) {
      text_.Constant(",\"NewImage\":{");
      keys_first_.ForEach(*change.new_image, Attributes{text_});
      text_.Byte('}');
    }
    text_.Constant("}\n");
    return text_.size() >= kFlushBytes ? Flush() : base::Ok();
  }

  Status Finish() override { return text_.size() == 0 ? base::Ok() : Flush(); }

 private:
  Status Flush() {
    Status status = sink_.Write(text_.content());
    text_.Clear();
    return status;
  }

  base::ByteSink& sink_;
  const codec::KeysFirst keys_first_;
  std::string buffer_;
  AttributeText text_;
};

}  // namespace

std::unique_ptr<codec::ItemWriter> MakeItemWriter(const item::KeySchema& keys,
                                                  base::ByteSink& sink) {
  return std::make_unique<ItemWriter>(keys, sink);
}

}  // namespace dray::dynamodb_json
