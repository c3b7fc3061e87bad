// SPDX-License-Identifier: Apache-2.0
// XML of the S3 API: a writer that escapes, and a parser (pugixml inside) for request bodies: no
// DTD, no entities but the five predefined ones and character references, limits on size and depth.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dray::xml {

struct Element {
  std::string name;  // without its namespace prefix
  std::string text;  // character data, concatenated
  std::vector<Element> children;
  const Element* Find(std::string_view child_name) const;      // the first, or nullptr
  std::string_view TextOf(std::string_view child_name) const;  // "" when absent
};

// kInvalidArgument for anything that is not one well-formed element, holds a DOCTYPE or goes deeper
// than 32 levels.
base::Result<Element> Parse(std::string_view text);

class Writer {
 public:
  explicit Writer(std::string& out);  // writes the XML declaration
  Writer& Start(std::string_view name, std::string_view xmlns = {});
  using Attribute = std::pair<std::string_view, std::string_view>;
  Writer& StartWith(std::string_view name, std::initializer_list<Attribute> attributes);
  Writer& End();
  Writer& Leaf(std::string_view name, std::string_view text);

 private:
  std::string& out_;
  std::vector<std::string> open_;
};

}  // namespace dray::xml
