// SPDX-License-Identifier: Apache-2.0
// The expression in three steps: tokens, a recursive descent over the grammar of key_condition.h
// that keeps placeholders, then the placeholders' replacement.
#include <algorithm>
#include <set>
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/key_condition.h"
#include "base/text_encoding.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;

constexpr size_t kExpressionBytesMax = 4096;

base::Error Invalid(std::string_view message) {
  return ValidationError("Invalid KeyConditionExpression: " + std::string(message));
}

struct Token {
  enum class Kind { kIdentifier, kName, kValue, kSymbol, kEnd } kind = Kind::kEnd;
  std::string_view text;
  size_t at = 0;
};

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// AWS shows the token and what stands around it, one token to each side.
base::Error SyntaxError(std::string_view text, const std::vector<Token>& tokens, size_t index) {
  const Token& token = tokens[index];
  if (token.kind == Token::Kind::kEnd) {
    size_t from = index > 1 ? tokens[index - 2].at : 0;
    return Invalid("Syntax error; token: \"<EOF>\", near: \"" + std::string(text.substr(from)) +
                   "\"");
  }
  size_t from = index > 0 ? tokens[index - 1].at : token.at;
  const Token& next = tokens[std::min(index + 1, tokens.size() - 1)];
  size_t to = next.at + next.text.size();
  return Invalid("Syntax error; token: \"" + std::string(token.text) + "\", near: \"" +
                 std::string(text.substr(from, to - from)) + "\"");
}

// Bytes that no token starts with become symbols, which no rule takes.
std::vector<Token> Tokenize(std::string_view text) {
  std::vector<Token> tokens;
  size_t at = 0;
  while (at < text.size()) {
    char c = text[at];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at;
      continue;
    }
    size_t end = at + 1;
    Token::Kind kind = Token::Kind::kSymbol;
    if (IsWordByte(c) || c == '#' || c == ':') {
      while (end < text.size() && IsWordByte(text[end])) ++end;
      kind = c == '#'   ? Token::Kind::kName
             : c == ':' ? Token::Kind::kValue
                        : Token::Kind::kIdentifier;
      bool is_number = c >= '0' && c <= '9';
      if (is_number || (kind != Token::Kind::kIdentifier && end == at + 1)) {
        kind = Token::Kind::kSymbol;
      }
    } else if ((c == '<' || c == '>') && end < text.size() &&
               (text[end] == '=' || (c == '<' && text[end] == '>'))) {
      ++end;
    }
    tokens.push_back({kind, text.substr(at, end - at), at});
    at = end;
  }
  tokens.push_back({Token::Kind::kEnd, {}, text.size()});
  return tokens;
}

// A term before names and values are put in.
struct RawTerm {
  Token attribute;
  KeyOperator op = KeyOperator::kEqual;
  std::vector<Token> operands;
};

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens)
      : text_(text), tokens_(std::move(tokens)) {}

  Result<std::vector<RawTerm>> Parse() {
    RETURN_IF_ERROR(ParseCondition());
    if (Peek().kind != Token::Kind::kEnd) return Unexpected();
    return std::move(terms_);
  }

 private:
  const Token& Peek() const { return tokens_[next_]; }
  Token Take() { return tokens_[next_ + 1 < tokens_.size() ? next_++ : next_]; }
  bool IsKeyword(std::string_view word) const {
    return Peek().kind == Token::Kind::kIdentifier && base::EqualsIgnoreCase(Peek().text, word);
  }
  bool TakeSymbol(std::string_view symbol) {
    if (Peek().kind != Token::Kind::kSymbol || Peek().text != symbol) return false;
    Take();
    return true;
  }
  base::Error Unexpected() const { return SyntaxError(text_, tokens_, next_); }

  Status ParseCondition() {
    RETURN_IF_ERROR(ParseFactor());
    while (IsKeyword("AND")) {
      Take();
      RETURN_IF_ERROR(ParseFactor());
    }
    for (std::string_view word : {"OR", "NOT", "IN"}) {
      if (IsKeyword(word)) {
        return Invalid("Invalid operator used in KeyConditionExpression: " + std::string(word));
      }
    }
    return base::Ok();
  }

  Status ParseFactor() {
    if (IsKeyword("NOT")) {
      return Invalid("Invalid operator used in KeyConditionExpression: NOT");
    }
    if (TakeSymbol("(")) {
      // The same expression in two pairs of parentheses.
      size_t inner_from = next_;
      RETURN_IF_ERROR(CheckDepth());
      RETURN_IF_ERROR(ParseCondition());
      bool is_wrapped = tokens_[inner_from].text == "(" && MatchingEnd(inner_from) + 1 == next_;
      if (!TakeSymbol(")")) return Unexpected();
      --depth_;
      if (is_wrapped) return Invalid("The expression has redundant parentheses;");
      return base::Ok();
    }
    if (Peek().kind == Token::Kind::kIdentifier && tokens_[next_ + 1].text == "(") {
      return ParseFunction();
    }
    return ParseComparison();
  }

  Status CheckDepth() {
    if (++depth_ > 100) return Invalid("The expression has too many nested parentheses");
    return base::Ok();
  }

  // The index of the parenthesis that closes the one at `open`.
  size_t MatchingEnd(size_t open) const {
    int depth = 0;
    for (size_t i = open; i < tokens_.size(); ++i) {
      if (tokens_[i].text == "(") ++depth;
      if (tokens_[i].text == ")" && --depth == 0) return i;
    }
    return tokens_.size();
  }

  Status ParseFunction() {
    std::string name(Take().text);
    Take();  // "("
    if (name != "begins_with") {
      constexpr std::string_view kOthers[] = {"attribute_exists", "attribute_not_exists",
                                              "attribute_type", "contains", "size"};
      if (std::find(std::begin(kOthers), std::end(kOthers), name) == std::end(kOthers)) {
        return Invalid("Invalid function name; function: " + name);
      }
      return Invalid("Invalid operator used in KeyConditionExpression: " + name);
    }
    RawTerm term;
    term.op = KeyOperator::kBeginsWith;
    if (Peek().kind == Token::Kind::kValue) {
      return Invalid(
          "Invalid condition in KeyConditionExpression: begins_with operator must have the key "
          "attribute as its first operand");
    }
    RETURN_IF_ERROR(ParseAttribute(term.attribute));
    if (!TakeSymbol(",")) return Unexpected();
    RETURN_IF_ERROR(ParseValue(term));
    if (!TakeSymbol(")")) return Unexpected();
    terms_.push_back(std::move(term));
    return base::Ok();
  }

  Status ParseComparison() {
    RawTerm term;
    bool is_reversed = Peek().kind == Token::Kind::kValue;
    if (is_reversed) {
      RETURN_IF_ERROR(ParseValue(term));
    } else {
      RETURN_IF_ERROR(ParseAttribute(term.attribute));
    }
    if (IsKeyword("BETWEEN")) {
      Take();
      if (is_reversed) {
        return Invalid(
            "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key "
            "attribute as its first operand");
      }
      term.op = KeyOperator::kBetween;
      RETURN_IF_ERROR(ParseValue(term));
      if (!IsKeyword("AND")) return Unexpected();
      Take();
      RETURN_IF_ERROR(ParseValue(term));
      terms_.push_back(std::move(term));
      return base::Ok();
    }
    if (IsKeyword("IN")) {
      return Invalid("Invalid operator used in KeyConditionExpression: IN");
    }
    RETURN_IF_ERROR(ParseOperator(term.op));
    if (is_reversed) {
      if (Peek().kind == Token::Kind::kValue) {
        return Invalid("Invalid condition in KeyConditionExpression: No key attribute specified");
      }
      RETURN_IF_ERROR(ParseAttribute(term.attribute));
      term.op = Mirrored(term.op);
    } else {
      RETURN_IF_ERROR(ParseValue(term));
    }
    terms_.push_back(std::move(term));
    return base::Ok();
  }

  Status ParseOperator(KeyOperator& op) {
    struct Row {
      std::string_view text;
      KeyOperator op;
    };
    constexpr Row kRows[] = {{"=", KeyOperator::kEqual},
                             {"<", KeyOperator::kLess},
                             {"<=", KeyOperator::kLessOrEqual},
                             {">", KeyOperator::kGreater},
                             {">=", KeyOperator::kGreaterOrEqual}};
    if (TakeSymbol("<>")) {
      return Invalid("Invalid operator used in KeyConditionExpression: <>");
    }
    for (const Row& row : kRows) {
      if (!TakeSymbol(row.text)) continue;
      op = row.op;
      return base::Ok();
    }
    return Unexpected();
  }

  static KeyOperator Mirrored(KeyOperator op) {
    switch (op) {
      case KeyOperator::kLess:
        return KeyOperator::kGreater;
      case KeyOperator::kLessOrEqual:
        return KeyOperator::kGreaterOrEqual;
      case KeyOperator::kGreater:
        return KeyOperator::kLess;
      case KeyOperator::kGreaterOrEqual:
        return KeyOperator::kLessOrEqual;
      default:
        return op;
    }
  }

  Status ParseAttribute(Token& attribute) {
    if (Peek().kind == Token::Kind::kIdentifier) {
      if (IsReservedWord(Peek().text)) {
        return Invalid("Attribute name is a reserved keyword; reserved keyword: " +
                       std::string(Peek().text));
      }
    } else if (Peek().kind != Token::Kind::kName) {
      return Unexpected();
    }
    attribute = Take();
    if (Peek().text == "." || Peek().text == "[") {
      return Invalid("KeyConditionExpressions cannot have conditions on nested attributes");
    }
    return base::Ok();
  }

  Status ParseValue(RawTerm& term) {
    if (Peek().kind == Token::Kind::kName || Peek().kind == Token::Kind::kIdentifier) {
      return Invalid(
          "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
          "condition");
    }
    if (Peek().kind != Token::Kind::kValue) return Unexpected();
    term.operands.push_back(Take());
    return base::Ok();
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t next_ = 0;
  int depth_ = 0;
  std::vector<RawTerm> terms_;
};

// ExpressionAttributeNames or -Values: each entry has to be used.
class Placeholders {
 public:
  Placeholders(std::string_view member, const std::optional<JsonView>& entries)
      : member_(member), entries_(entries) {}

  Status CheckKeys(char sigil) const {
    if (!entries_) return base::Ok();
    if (entries_->size() == 0) return ValidationError(member_ + " must not be empty");
    return entries_->ForEachMember([&](std::string_view name, JsonView) -> Status {
      bool is_valid = name.size() > 1 && name[0] == sigil &&
                      std::all_of(name.begin() + 1, name.end(), IsWordByte);
      if (is_valid) return base::Ok();
      return ValidationError(member_ + " contains invalid key: Syntax error; key: \"" +
                             std::string(name) + "\"");
    });
  }

  std::optional<JsonView> Use(std::string_view name) {
    used_.insert(std::string(name));
    return entries_ ? entries_->Find(name) : std::nullopt;
  }

  Status CheckAllUsed() const {
    if (!entries_) return base::Ok();
    std::string unused;
    RETURN_IF_ERROR(entries_->ForEachMember([&](std::string_view name, JsonView) {
      if (used_.contains(std::string(name))) return base::Ok();
      unused += unused.empty() ? "{" : ", ";
      unused += name;
      return base::Ok();
    }));
    if (unused.empty()) return base::Ok();
    return ValidationError("Value provided in " + member_ +
                           " unused in expressions: keys: " + unused + "}");
  }

 private:
  std::string member_;
  const std::optional<JsonView>& entries_;
  std::set<std::string> used_;
};

}  // namespace

Result<std::vector<KeyTerm>> ParseKeyConditionExpression(std::string_view text,
                                                         const std::optional<JsonView>& names,
                                                         const std::optional<JsonView>& values) {
  Placeholders name_entries("ExpressionAttributeNames", names);
  Placeholders value_entries("ExpressionAttributeValues", values);
  RETURN_IF_ERROR(name_entries.CheckKeys('#'));
  RETURN_IF_ERROR(value_entries.CheckKeys(':'));
  if (base::TrimSpace(text).empty()) return Invalid("The expression can not be empty;");
  if (text.size() > kExpressionBytesMax) {
    return Invalid("Expression size has exceeded the maximum allowed size; expression size: " +
                   std::to_string(text.size()));
  }
  ASSIGN_OR_RETURN(std::vector<RawTerm> raw_terms, Parser(text, Tokenize(text)).Parse());

  std::vector<KeyTerm> terms;
  for (const RawTerm& raw : raw_terms) {
    KeyTerm term;
    term.op = raw.op;
    term.attribute = raw.attribute.text;
    if (raw.attribute.kind == Token::Kind::kName) {
      std::optional<JsonView> name = name_entries.Use(raw.attribute.text);
      if (!name) {
        return Invalid(
            "An expression attribute name used in the document path is not defined; attribute "
            "name: " +
            std::string(raw.attribute.text));
      }
      if (name->kind() != JsonView::Kind::kString) {
        return SerializationError("Unexpected field type");
      }
      term.attribute = name->string();
    }
    for (const Token& operand : raw.operands) {
      std::optional<JsonView> value = value_entries.Use(operand.text);
      if (!value) {
        return Invalid(
            "An expression attribute value used in expression is not defined; attribute value: " +
            std::string(operand.text));
      }
      ASSIGN_OR_RETURN(EncodedItem encoded, ReadValue(*value));
      term.operands.push_back(std::move(encoded));
    }
    terms.push_back(std::move(term));
  }
  RETURN_IF_ERROR(name_entries.CheckAllUsed());
  RETURN_IF_ERROR(value_entries.CheckAllUsed());
  return terms;
}

}  // namespace dray::dynamodb
