// SPDX-License-Identifier: Apache-2.0
#include "transfer/transform/step.h"

#include "base/text_encoding.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "transfer/transform/transform.h"

namespace dray::transform {
namespace {

using base::Result;
using base::Status;
using StepResult = Result<std::unique_ptr<Step>>;

base::Error Invalid(std::string message) {
  return base::Error{base::ErrorKind::kInvalidArgument, std::move(message), {}};
}

template <class What>
std::unique_ptr<Step> MakeStep(What what) {
  auto step = std::make_unique<Step>();
  step->what.emplace<What>(std::move(what));
  return step;
}

// The members of `object` are among `known`.
Status CheckMembers(const json::Object& object, std::initializer_list<std::string_view> known) {
  if (object.HasDuplicates()) return Invalid("a member is given twice");
  for (const auto& [name, value] : object.members) {
    bool is_known = false;
    for (std::string_view one : known) is_known = is_known || one == name;
    if (!is_known) return Invalid("the member " + name + " is not known here");
  }
  return base::Ok();
}

Result<std::string> ReadText(const json::Object& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  if (value == nullptr || value->string() == nullptr) {
    return Invalid("the member " + std::string(name) + " must be a string");
  }
  return *value->string();
}

Status CheckName(const std::string& name) {
  if (!name.empty() && name.size() <= item::kAttributeNameBytesMax) return base::Ok();
  return Invalid("an attribute's name has 1 to 65535 bytes");
}

Result<std::string> ReadName(const json::Object& object, std::string_view member) {
  ASSIGN_OR_RETURN(std::string name, ReadText(object, member));
  RETURN_IF_ERROR(CheckName(name));
  return name;
}

Result<std::set<std::string, std::less<>>> ReadNames(const json::Value& value) {
  if (value.array() == nullptr || value.array()->empty()) {
    return Invalid("a list of one or more attribute names is expected");
  }
  std::set<std::string, std::less<>> names;
  for (const json::Value& element : *value.array()) {
    if (element.string() == nullptr) return Invalid("an attribute's name must be a string");
    RETURN_IF_ERROR(CheckName(*element.string()));
    names.insert(*element.string());
  }
  return names;
}

Result<const json::Object*> AsObject(const json::Value& value) {
  if (value.object() == nullptr) return Invalid("an object is expected");
  return value.object();
}

StepResult ReadRename(const json::Value& value) {
  ASSIGN_OR_RETURN(const json::Object* object, AsObject(value));
  RETURN_IF_ERROR(CheckMembers(*object, {"From", "To"}));
  Rename rename;
  ASSIGN_OR_RETURN(rename.from, ReadName(*object, "From"));
  ASSIGN_OR_RETURN(rename.to, ReadName(*object, "To"));
  if (rename.from == rename.to) return Invalid("From and To are the same name");
  return MakeStep(std::move(rename));
}

StepResult ReadFilter(const json::Value& value) {
  ASSIGN_OR_RETURN(const json::Object* object, AsObject(value));
  RETURN_IF_ERROR(CheckMembers(
      *object, {"Expression", "ExpressionAttributeNames", "ExpressionAttributeValues"}));
  ASSIGN_OR_RETURN(std::string text, ReadText(*object, "Expression"));
  ASSIGN_OR_RETURN(auto tree, expression::Parse(expression::Kind::kFilter, text));
  // Built where it stays: the parameters must not move once they are bound.
  auto step = std::make_unique<Step>();
  Filter& filter = step->what.emplace<Filter>();
  if (const json::Value* names = object->Find("ExpressionAttributeNames")) {
    ASSIGN_OR_RETURN(const json::Object* members, AsObject(*names));
    std::vector<expression::Parameters::Name> list;
    for (const auto& [placeholder, name] : members->members) {
      if (name.string() == nullptr) return Invalid("an attribute's name must be a string");
      list.push_back({placeholder, *name.string()});
    }
    RETURN_IF_ERROR(filter.parameters.SetNames(std::move(list)));
  }
  if (const json::Value* values = object->Find("ExpressionAttributeValues")) {
    std::string attributes;
    json::AppendValue(*values, attributes);
    item::ItemBuilder builder;
    if (Status parsed = dynamodb_json::ParseAttributes(attributes, builder); !parsed) {
      // Without its reason: it is about this member, not about the form of the whole request.
      return Invalid("ExpressionAttributeValues: " + parsed.error().message);
    }
    filter.values = builder.Finish();
    RETURN_IF_ERROR(filter.parameters.SetValues(item::ItemView(filter.values).attributes()));
  }
  ASSIGN_OR_RETURN(filter.condition,
                   expression::BoundCondition::Bind(std::move(tree), filter.parameters));
  RETURN_IF_ERROR(filter.parameters.CheckAllUsed());
  return step;
}

Status CheckMaskKey(std::string_view key) {
  if (key.size() >= kMaskKeyBytesMin && key.size() <= kMaskKeyBytesMax) return base::Ok();
  return Invalid("the Key of a mask has " + std::to_string(kMaskKeyBytesMin) + " to " +
                 std::to_string(kMaskKeyBytesMax) + " bytes");
}

StepResult ReadMask(const json::Value& value, const std::string* secret) {
  ASSIGN_OR_RETURN(const json::Object* object, AsObject(value));
  RETURN_IF_ERROR(CheckMembers(*object, {"Attribute", "Method", "Key", "Text"}));
  Mask mask;
  ASSIGN_OR_RETURN(mask.attribute, ReadName(*object, "Attribute"));
  ASSIGN_OR_RETURN(std::string method, ReadText(*object, "Method"));
  if (method == "HASH") {
    if (object->Find("Text") != nullptr) return Invalid("the method HASH has no Text");
    if (secret != nullptr) {
      mask.key = *secret;
    } else {
      ASSIGN_OR_RETURN(mask.key, ReadText(*object, "Key"));
    }
    RETURN_IF_ERROR(CheckMaskKey(mask.key));
  } else if (method == "TEXT") {
    if (object->Find("Key") != nullptr) return Invalid("the method TEXT has no Key");
    ASSIGN_OR_RETURN(mask.text, ReadText(*object, "Text"));
  } else {
    return Invalid("the Method of a mask is HASH or TEXT");
  }
  return MakeStep(std::move(mask));
}

StepResult ReadMember(std::string_view name, const json::Value& value, const std::string* secret) {
  if (name == "Keep") {
    ASSIGN_OR_RETURN(auto names, ReadNames(value));
    return MakeStep(Keep{std::move(names)});
  }
  if (name == "Drop") {
    ASSIGN_OR_RETURN(auto names, ReadNames(value));
    return MakeStep(Drop{std::move(names)});
  }
  if (name == "Rename") return ReadRename(value);
  if (name == "Filter") return ReadFilter(value);
  if (name == "Mask") return ReadMask(value, secret);
  return Invalid("the only transforms are Keep, Drop, Rename, Filter and Mask");
}

}  // namespace

StepResult ReadStep(const json::Value& element, const std::string* secret) {
  if (element.object() == nullptr || element.object()->members.size() != 1) {
    return Invalid("an object with exactly one of Keep, Drop, Rename, Filter and Mask is expected");
  }
  const auto& [name, value] = element.object()->members.front();
  auto step = ReadMember(name, value, secret);
  if (!step) return base::WithContext(std::move(step).error(), name);
  return step;
}

bool TakesSecret(const json::Value& element) {
  const json::Object* object = element.object();
  const json::Value* mask = object == nullptr ? nullptr : object->Find("Mask");
  if (mask == nullptr || mask->object() == nullptr) return false;
  const json::Value* method = mask->object()->Find("Method");
  return method != nullptr && method->string() != nullptr && *method->string() == "HASH";
}

}  // namespace dray::transform
