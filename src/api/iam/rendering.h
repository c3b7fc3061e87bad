// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/iam/parameter_rules.h"

namespace dray::iam {

void WriteDate(std::string_view name, int64_t micros, xml::Writer& out);
// Percent-encoded, as IAM gives documents.
void WriteDocument(std::string_view name, std::string_view json, xml::Writer& out);
void WriteTags(const std::map<std::string, std::string>& tags, xml::Writer& out);  // if any
// What stands inside User, Role or member. `in_list`: without tags and boundary, as on AWS.
void WriteIdentity(const Identity& identity, bool in_list, xml::Writer& out);

}  // namespace dray::iam
