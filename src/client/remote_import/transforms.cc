// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/transforms.h"

#include <algorithm>

#include "format/json/json.h"

namespace dray::remote_import {

namespace {

using Kind = TransformStep::Kind;

base::Error Wrong(std::string text) {
  return {base::ErrorKind::kInvalidArgument, std::move(text), {}};
}

void WriteNames(std::string_view text, json::Writer& writer) {
  writer.StartArray();
  while (true) {
    const size_t comma = text.find(',');
    writer.String(text.substr(0, comma));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  writer.EndArray();
}

bool IsHash(const TransformStep& step) {
  return step.kind == Kind::kMask && step.text.find('=') == std::string::npos;
}

void WriteMask(const TransformStep& step, std::string_view key, json::Writer& writer) {
  const size_t equals = step.text.find('=');
  writer.StartObject().Name("Attribute").String(std::string_view(step.text).substr(0, equals));
  if (IsHash(step)) {
    writer.Name("Method").String("HASH").Name("Key").String(key);
  } else {
    writer.Name("Method").String("TEXT").Name("Text").String(step.text.substr(equals + 1));
  }
  writer.EndObject();
}

void WriteFilter(const TransformPlan& plan, const TransformStep& step, json::Writer& writer) {
  writer.StartObject().Name("Expression").String(step.text);
  if (!plan.filter_names.empty()) writer.Name("ExpressionAttributeNames").Raw(plan.filter_names);
  if (!plan.filter_values.empty()) {
    writer.Name("ExpressionAttributeValues").Raw(plan.filter_values);
  }
  writer.EndObject();
}

base::Status CheckObject(std::string_view flag, const std::string& text) {
  if (text.empty()) return base::Ok();
  auto parsed = json::Parse(text);
  if (parsed && parsed->object() != nullptr) return base::Ok();
  return Wrong(std::string(flag) + " takes a JSON object, not '" + text + "'");
}

}  // namespace

bool TransformPlan::needs_key() const { return std::any_of(steps.begin(), steps.end(), IsHash); }

base::Status CheckTransforms(const TransformPlan& plan) {
  size_t filters = 0;
  for (const TransformStep& step : plan.steps) {
    const size_t equals = step.text.find('=');
    if (step.text.empty() || equals == 0) return Wrong("a transform names no attribute");
    filters += step.kind == Kind::kFilter ? 1 : 0;
    const bool is_pair = equals != std::string::npos && equals + 1 < step.text.size();
    if (step.kind == Kind::kRename && !is_pair) {
      return Wrong("--rename takes FROM=TO, not '" + step.text + "'");
    }
  }
  if (filters > 1) return Wrong("--filter may be given once: join the conditions with AND");
  if (filters == 0 && !(plan.filter_names.empty() && plan.filter_values.empty())) {
    return Wrong("--filter-names and --filter-values are of --filter");
  }
  RETURN_IF_ERROR(CheckObject("--filter-names", plan.filter_names));
  RETURN_IF_ERROR(CheckObject("--filter-values", plan.filter_values));
  if (plan.needs_key() == !plan.mask_key_file.empty()) return base::Ok();
  return Wrong(plan.needs_key() ? "--mask NAME hashes with a key: give --mask-key-file FILE"
                                : "--mask-key-file is of --mask NAME, which hashes");
}

std::string RenderTransforms(const TransformPlan& plan, std::string_view mask_key) {
  std::string out;
  if (plan.steps.empty()) return out;
  json::Writer writer(out);
  writer.StartArray();
  for (const TransformStep& step : plan.steps) {
    writer.StartObject();
    const size_t equals = step.text.find('=');
    switch (step.kind) {
      case Kind::kKeep:
        WriteNames(step.text, writer.Name("Keep"));
        break;
      case Kind::kDrop:
        WriteNames(step.text, writer.Name("Drop"));
        break;
      case Kind::kRename:
        writer.Name("Rename").StartObject().Name("From").String(step.text.substr(0, equals));
        writer.Name("To").String(step.text.substr(equals + 1)).EndObject();
        break;
      case Kind::kFilter:
        WriteFilter(plan, step, writer.Name("Filter"));
        break;
      case Kind::kMask:
        WriteMask(step, mask_key, writer.Name("Mask"));
        break;
    }
    writer.EndObject();
  }
  writer.EndArray();
  return out;
}

}  // namespace dray::remote_import
