// SPDX-License-Identifier: Apache-2.0
#include "format/codec/keys_first.h"
#include "format/ion/ion.h"
#include "format/ion/ion_text.h"

namespace dray::ion {

namespace {

using base::Status;

constexpr size_t kFlushBytes = 128 * 1024;

// Writes the attributes that it is called with as fields, a comma between them.
struct Fields {
  IonText& text;
  bool is_first = true;

  void operator()(std::string_view name, const item::ValueView& value) {
    if (!is_first) text.Byte(',');
    is_first = false;
    text.Field(name, value);
  }
};

class ItemWriter final : public codec::ItemWriter {
 public:
  ItemWriter(const item::KeySchema& keys, base::ByteSink& sink)
      : sink_(sink), keys_first_(keys), text_(buffer_) {}

  Status Write(const item::ItemView& item) override {
    text_.Constant("$ion_1_0 {Item:{");
    keys_first_.ForEach(item, Fields{text_});
    text_.Constant("}}\n");
    return text_.size() >= kFlushBytes ? Flush() : base::Ok();
  }

  // Unlike JSON, Ion has a struct around the record, and the keys in front of the metadata.
  Status WriteChange(const codec::Change& change) override {
    text_.Constant("$ion_1_0 {Record:{Keys:{");
    keys_first_.ForEachKey(*change.keyed, Fields{text_});
    text_.Constant("},Metadata:{WriteTimestampMicros:");
    text_.Raw(std::to_string(change.write_time_micros));
    text_.Constant(".}");
    if (change.old_image != nullptr) {
      text_.Constant(",OldImage:{");
      keys_first_.ForEach(*change.old_image, Fields{text_});
      text_.Byte('}');
    }
    if (change.new_image != nullptr) {
      text_.Constant(",NewImage:{");
      keys_first_.ForEach(*change.new_image, Fields{text_});
      text_.Byte('}');
    }
    text_.Constant("}}\n");
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
  IonText text_;
};

}  // namespace

std::unique_ptr<codec::ItemWriter> MakeItemWriter(const item::KeySchema& keys,
                                                  base::ByteSink& sink) {
  return std::make_unique<ItemWriter>(keys, sink);
}

}  // namespace dray::ion
