// SPDX-License-Identifier: Apache-2.0
// What descriptions of tables and of backups share.
#pragma once

#include "format/json/json.h"
#include "model/item/key_schema.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

// The members KeySchema and Projection.
void WriteKeys(json::Writer& writer, const item::KeySchema& schema);
void WriteProjection(json::Writer& writer, const table::Projection& projection);

}  // namespace dray::dynamodb
