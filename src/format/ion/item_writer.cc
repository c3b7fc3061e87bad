// SPDX-License-Identifier: Apache-2.0
#include "format/codec/keys_first.h"
#include "format/ion/ion.h"
#include "format/ion/ion_text.h"

namespace dray::ion {

namespace {

using base::Status;

constexpr size_t kFlushBytes = 128 * 1024;

class ItemWriter final : public codec::ItemWriter {
 public:
  ItemWriter(const item::KeySchema& keys, base::ByteSink& sink)
      : sink_(sink), keys_first_(keys), text_(buffer_) {}

  Status Write(const item::ItemView& item) override {
    text_.Constant("$ion_1_0 {Item:{");
    bool is_first = true;
    keys_first_.ForEach(item, [&](std::string_view name, const item::ValueView& value) {
      if (!is_first) text_.Byte(',');
      is_first = false;
      text_.Field(name, value);
    });
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
