// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_set>

#include "base/text_encoding.h"
#include "format/csv/csv.h"
#include "format/csv/shown_text.h"

namespace dray::csv {

namespace {

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}

}  // namespace

base::Result<std::shared_ptr<const Layout>> Layout::Make(const std::vector<std::string>& names,
                                                         const Dialect& dialect) {
  const std::string where = dialect.header_list.empty() ? "the header" : "HeaderList";
  if (names.empty()) return Invalid(where + " names no column");
  auto layout = std::make_shared<Layout>();
  layout->columns_.reserve(names.size());
  std::unordered_set<std::string_view> seen;
  for (const std::string& name : names) {
    const std::string place = "column " + std::to_string(layout->columns_.size() + 1);
    if (name.empty()) return Invalid(place + " of " + where + " has no name");
    if (name.size() > item::kAttributeNameBytesMax) {
      return Invalid(place + " of " + where + " has a name of more than " +
                     std::to_string(item::kAttributeNameBytesMax) + " bytes");
    }
    if (!base::IsValidUtf8(name)) {
      return Invalid("the name of " + place + " of " + where + " is not UTF-8 text");
    }
    if (!seen.insert(name).second) {
      return Invalid(where + " names the column \"" + Shown(name) + "\" twice, again as " + place);
    }
    auto key = std::find_if(dialect.keys.begin(), dialect.keys.end(),
                            [&](const item::KeyElement& element) { return element.name == name; });
    layout->columns_.push_back(
        {item::EncodedName(name), key == dialect.keys.end() ? item::Type::kString : key->type});
  }
  return std::shared_ptr<const Layout>(std::move(layout));
}

}  // namespace dray::csv
