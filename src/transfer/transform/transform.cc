// SPDX-License-Identifier: Apache-2.0
#include "transfer/transform/transform.h"

#include "format/json/json.h"
#include "transfer/transform/step.h"

namespace dray::transform {
namespace {

base::Error Invalid(std::string message) {
  return base::Error{base::ErrorKind::kInvalidArgument, std::move(message), {}};
}

// A mask without its key, anything else as it is.
void AppendPublic(const json::Value& element, std::string& out) {
  if (!TakesSecret(element)) {
    json::AppendValue(element, out);
    return;
  }
  json::Writer writer(out);
  writer.StartObject().Name("Mask").StartObject();
  for (const auto& [name, value] : element.object()->Find("Mask")->object()->members) {
    if (name == "Key") continue;
    std::string text;
    json::AppendValue(value, text);
    writer.Name(name).Raw(text);
  }
  writer.EndObject().EndObject();
}

// Copies the attributes for which `name_of` gives a name.
template <class NameOf>
base::Status CopyAttributes(const item::ItemView& item, item::ItemBuilder& builder,
                            NameOf name_of) {
  for (auto it = item.attributes().begin(); it.valid(); it.Next()) {
    const std::string_view name = name_of(it.name());
    if (name.empty()) continue;
    RETURN_IF_ERROR(builder.Name(name));
    builder.Copy(it.value());
  }
  return base::Ok();
}

// How each kind of step writes the next item.
struct Rewrite {
  const item::ItemView& item;
  item::ItemBuilder& builder;

  base::Status operator()(const Keep& keep) const {
    return CopyAttributes(item, builder, [&](std::string_view name) {
      return keep.names.contains(name) ? name : std::string_view();
    });
  }
  base::Status operator()(const Drop& drop) const {
    return CopyAttributes(item, builder, [&](std::string_view name) {
      return drop.names.contains(name) ? std::string_view() : name;
    });
  }
  base::Status operator()(const Rename& rename) const {
    if (item.Find(rename.from) && item.Find(rename.to)) {
      return Invalid("The item has both " + rename.from + " and " + rename.to +
                     ", so that the one cannot be renamed to the other");
    }
    return CopyAttributes(item, builder, [&](std::string_view name) {
      return name == rename.from ? std::string_view(rename.to) : name;
    });
  }
  base::Status operator()(const Mask& mask) const {
    for (auto it = item.attributes().begin(); it.valid(); it.Next()) {
      RETURN_IF_ERROR(builder.Name(it.name()));
      if (it.name() == mask.attribute) {
        RETURN_IF_ERROR(AppendMasked(mask, it.value(), builder));
      } else {
        builder.Copy(it.value());
      }
    }
    return base::Ok();
  }
  base::Status operator()(const Filter&) const { return base::Ok(); }  // writes nothing
};

// Which attribute becomes `name` by the step; nullopt and `problem` when none does.
std::optional<std::string> TraceBack(const Step& step, const std::string& name,
                                     std::string& problem) {
  if (const auto* keep = std::get_if<Keep>(&step.what)) {
    if (!keep->names.contains(name)) problem = "Keep leaves it out";
  } else if (const auto* drop = std::get_if<Drop>(&step.what)) {
    if (drop->names.contains(name)) problem = "Drop removes it";
  } else if (const auto* rename = std::get_if<Rename>(&step.what)) {
    if (rename->to == name) return rename->from;
    if (rename->from == name) problem = "Rename gives it another name";
  } else if (const auto* mask = std::get_if<Mask>(&step.what)) {
    if (mask->attribute == name && mask->text) problem = "Mask gives it the same value everywhere";
  }
  return problem.empty() ? std::optional(name) : std::nullopt;
}

}  // namespace

Transforms::~Transforms() = default;

bool Transforms::operator==(const Transforms& other) const {
  return public_json_ == other.public_json_ && secrets_ == other.secrets_;
}

base::Result<std::shared_ptr<const Transforms>> Transforms::Parse(std::string_view json) {
  return Make(json, nullptr);
}

base::Result<std::shared_ptr<const Transforms>> Transforms::Restore(
    std::string_view public_json, std::vector<std::string> secrets) {
  const std::vector<std::string> held = std::move(secrets);
  return Make(public_json, &held);
}

base::Result<std::shared_ptr<const Transforms>> Transforms::Make(
    std::string_view json, const std::vector<std::string>* secrets) {
  ASSIGN_OR_RETURN(json::Value list, json::Parse(json));
  if (list.array() == nullptr || list.array()->empty() || list.array()->size() > kStepsMax) {
    return Invalid("Transforms must be a list of 1 to " + std::to_string(kStepsMax) + " elements");
  }
  std::shared_ptr<Transforms> transforms(new Transforms());
  transforms->public_json_ = "[";
  for (size_t i = 0; i < list.array()->size(); ++i) {
    const json::Value& element = (*list.array())[i];
    const bool takes_secret = TakesSecret(element);
    const std::string* secret = nullptr;
    if (secrets != nullptr && takes_secret) {
      if (transforms->secrets_.size() == secrets->size()) {
        return base::Error{base::ErrorKind::kCorruption, "A mask's key is missing", {}};
      }
      secret = &(*secrets)[transforms->secrets_.size()];
    }
    auto step = ReadStep(element, secret);
    if (!step) {
      return base::WithContext(std::move(step).error(), "Transforms[" + std::to_string(i) + "]");
    }
    if (takes_secret) transforms->secrets_.push_back(std::get<Mask>((*step)->what).key);
    transforms->steps_.push_back(*std::move(step));
    if (i > 0) transforms->public_json_ += ',';
    AppendPublic(element, transforms->public_json_);
  }
  transforms->public_json_ += ']';
  return std::shared_ptr<const Transforms>(std::move(transforms));
}

base::Status Transforms::CheckKeys(const item::KeySchema& schema) const {
  for (const auto* elements : {&schema.hash, &schema.range}) {
    for (const item::KeyElement& element : *elements) {
      std::optional<std::string> name = element.name;
      std::string problem;
      for (size_t i = steps_.size(); i-- > 0;) {
        name = TraceBack(*steps_[i], *name, problem);
        if (name) continue;
        return Invalid("Transforms[" + std::to_string(i) + "]: " + element.name +
                       " is a key attribute of the table, but " + problem);
      }
    }
  }
  return base::Ok();
}

base::Result<std::optional<Transformer::Result>> Transformer::Apply(std::string_view encoded,
                                                                    size_t size_bytes) {
  Result result{encoded, size_bytes};
  size_t next = 0;
  for (const auto& step : transforms_.steps_) {
    const item::ItemView item(result.encoded);
    if (const auto* filter = std::get_if<Filter>(&step->what)) {
      if (!filter->condition->Matches(item)) return std::optional<Result>();
      continue;
    }
    item::ItemBuilder& builder = builders_[next];
    next = 1 - next;
    builder.StartItem();
    RETURN_IF_ERROR(std::visit(Rewrite{item, builder}, step->what));
    result.encoded = builder.Finish();
    result.size_bytes = builder.size_bytes();
    if (result.encoded.empty()) return Invalid("Item size has exceeded the maximum allowed size");
  }
  return std::optional(result);
}

}  // namespace dray::transform
