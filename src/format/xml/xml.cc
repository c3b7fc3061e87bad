// SPDX-License-Identifier: Apache-2.0
// pugixml finds the structure; it is lenient where XML is not, so the references in text are
// decoded here, and what it lets pass (a second root, text outside the root, unknown entities) is
// refused.
#include "format/xml/xml.h"

#include <charconv>
#include <pugixml.hpp>

#include "base/text_encoding.h"

namespace dray::xml {

namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// The largest bodies of the S3 API list 10,000 parts or 1,000 keys: about 2 MB.
constexpr size_t kTextBytesMax = size_t{8} << 20;
constexpr int kLevelsMax = 32;

Error Invalid(std::string message) {
  return {ErrorKind::kInvalidArgument, "invalid XML: " + std::move(message)};
}

// `name` is what stands between & and ;.
bool AppendReference(std::string_view name, std::string& out) {
  if (name == "amp") return out += '&', true;
  if (name == "lt") return out += '<', true;
  if (name == "gt") return out += '>', true;
  if (name == "quot") return out += '"', true;
  if (name == "apos") return out += '\'', true;
  if (!name.starts_with('#')) return false;
  name.remove_prefix(1);
  int radix = 10;
  if (name.starts_with('x')) {
    name.remove_prefix(1);
    radix = 16;
  }
  uint32_t code_point = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code_point, radix);
  if (error != std::errc() || end != name.data() + name.size()) return false;
  // XML 1.0 forbids most control characters even so; S3 clients send them in keys all the same.
  bool is_surrogate = code_point >= 0xD800 && code_point < 0xE000;
  if (code_point == 0 || code_point > 0x10FFFF || is_surrogate) return false;
  base::AppendUtf8(code_point, out);
  return true;
}

Status AppendDecoded(std::string_view raw, std::string& out) {
  while (true) {
    size_t at = raw.find('&');
    out += raw.substr(0, at);
    if (at == std::string_view::npos) return base::Ok();
    raw.remove_prefix(at + 1);
    size_t length = raw.find(';');
    if (length == std::string_view::npos || !AppendReference(raw.substr(0, length), out)) {
      return Invalid("unknown reference &" +
                     std::string(raw.substr(0, std::min(length, size_t{20}))));
    }
    raw.remove_prefix(length + 1);
  }
}

// pugixml lets any name pass whose first byte could start one, prefix included.
std::string_view WithoutPrefix(std::string_view name) {
  size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool IsName(std::string_view name) {
  if (name.empty() || name.find(':') != std::string_view::npos) return false;
  char c = name.front();
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

Status FillElement(const pugi::xml_node& node, int level, Element& element) {
  if (level > kLevelsMax) return Invalid("more than " + std::to_string(kLevelsMax) + " levels");
  element.name = WithoutPrefix(node.name());
  if (!IsName(element.name)) return Invalid("an element named '" + std::string(node.name()) + "'");
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    std::string ignored;
    RETURN_IF_ERROR(AppendDecoded(attribute.value(), ignored));
  }
  for (const pugi::xml_node& child : node.children()) {
    switch (child.type()) {
      case pugi::node_element:
        RETURN_IF_ERROR(FillElement(child, level + 1, element.children.emplace_back()));
        break;
      case pugi::node_pcdata:
        RETURN_IF_ERROR(AppendDecoded(child.value(), element.text));
        break;
      case pugi::node_cdata:
        element.text += child.value();
        break;
      default:  // comments and processing instructions are not even kept
        return Invalid("a DOCTYPE or a declaration inside the document");
    }
  }
  return base::Ok();
}

}  // namespace

const Element* Element::Find(std::string_view child_name) const {
  for (const Element& child : children) {
    if (child.name == child_name) return &child;
  }
  return nullptr;
}

std::string_view Element::TextOf(std::string_view child_name) const {
  const Element* child = Find(child_name);
  return child == nullptr ? std::string_view() : child->text;
}

Result<Element> Parse(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return Invalid("longer than " + std::to_string(kTextBytesMax) + " bytes");
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!base::IsValidUtf8(text)) return Invalid("not UTF-8");
  if (text.find('\0') != std::string_view::npos) return Invalid("a NUL character");
  // Fragment: text outside the root is kept, so that it can be refused.
  constexpr unsigned kFlags = pugi::parse_cdata | pugi::parse_eol | pugi::parse_ws_pcdata_single |
                              pugi::parse_doctype | pugi::parse_fragment;
  pugi::xml_document document;
  pugi::xml_parse_result parsed =
      document.load_buffer(text.data(), text.size(), kFlags, pugi::encoding_utf8);
  if (!parsed) {
    return Invalid(std::string(parsed.description()) + " at byte " + std::to_string(parsed.offset));
  }
  Element root;
  bool has_root = false;
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_doctype) return Invalid("a DOCTYPE");
    if (node.type() == pugi::node_pcdata &&
        std::string_view(node.value()).find_first_not_of(" \t\r\n") == std::string_view::npos) {
      continue;
    }
    if (node.type() != pugi::node_element) return Invalid("text outside the root element");
    if (has_root) return Invalid("a second root element");
    has_root = true;
    RETURN_IF_ERROR(FillElement(node, 1, root));
  }
  if (!has_root) return Invalid("no root element");
  return root;
}

}  // namespace dray::xml
