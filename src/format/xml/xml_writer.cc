// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "format/xml/xml.h"

namespace dray::xml {

namespace {

// Control characters become references, \r too: a parser would turn it into \n. XML 1.0 has no way
// to write most of them; S3 writes references all the same, and offers encoding-type=url for that.
void AppendEscaped(std::string_view text, std::string& out) {
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\t':
      case '\n':
        out += c;
        break;
      default:
        if (byte >= 0x20) {
          out += c;
        } else {
          out += "&#";
          out += std::to_string(byte);
          out += ';';
        }
    }
  }
}

}  // namespace

Writer::Writer(std::string& out) : out_(out) {
  out_ += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
}

Writer& Writer::Start(std::string_view name, std::string_view xmlns) {
  if (xmlns.empty()) return StartWith(name, {});
  return StartWith(name, {{"xmlns", xmlns}});
}

Writer& Writer::StartWith(std::string_view name, std::initializer_list<Attribute> attributes) {
  out_ += '<';
  out_ += name;
  for (const auto& [attribute, value] : attributes) {
    out_ += ' ';
    out_ += attribute;
    out_ += "=\"";
    AppendEscaped(value, out_);
    out_ += '"';
  }
  out_ += '>';
  open_.emplace_back(name);
  return *this;
}

Writer& Writer::End() {
  CHECK(!open_.empty());
  out_ += "</";
  out_ += open_.back();
  out_ += '>';
  open_.pop_back();
  return *this;
}

Writer& Writer::Leaf(std::string_view name, std::string_view text) {
  out_ += '<';
  out_ += name;
  out_ += '>';
  AppendEscaped(text, out_);
  out_ += "</";
  out_ += name;
  out_ += '>';
  return *this;
}

}  // namespace dray::xml
