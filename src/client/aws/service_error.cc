// SPDX-License-Identifier: Apache-2.0
#include "client/aws/service_error.h"

#include "base/text_encoding.h"
#include "format/xml/xml.h"

namespace dray::aws {

namespace {

// {"__type":"com.amazonaws.dynamodb.v20120810#TableNotFoundException","message":"..."}
bool TakeJson(const std::string& body, ServiceError& error) {
  auto parsed = json::Parse(body);
  if (!parsed || parsed->object() == nullptr) return false;
  const json::Value* type = parsed->object()->Find("__type");
  if (type == nullptr || type->string() == nullptr) return false;
  error.code = type->string()->substr(type->string()->find('#') + 1);
  for (const char* name : {"message", "Message"}) {
    const json::Value* message = parsed->object()->Find(name);
    if (message != nullptr && message->string() != nullptr) error.message = *message->string();
  }
  return true;
}

// <Error><Code>NoSuchKey</Code><Message>...</Message></Error>; IAM and STS wrap it into
// <ErrorResponse>.
bool TakeXml(const std::string& body, ServiceError& error) {
  auto parsed = xml::Parse(body);
  if (!parsed) return false;
  const xml::Element* found = parsed->name == "ErrorResponse" ? parsed->Find("Error") : &*parsed;
  if (!found || found->name != "Error") return false;
  error.code = found->TextOf("Code");
  error.message = found->TextOf("Message");
  return !error.code.empty();
}

}  // namespace

ServiceError ParseServiceError(const http_client::Response& response) {
  if (auto found = FindServiceError(response)) return *std::move(found);
  return {response.status, "HTTP " + std::to_string(response.status), {}};
}

std::optional<ServiceError> FindServiceError(const http_client::Response& response) {
  ServiceError error;
  error.status = response.status;
  if (TakeJson(response.body, error) || TakeXml(response.body, error)) return error;
  return std::nullopt;
}

}  // namespace dray::aws
