// SPDX-License-Identifier: Apache-2.0
// What CreateTable, UpdateTable, ImportTable's TableCreationParameters and restores look like.
#pragma once

#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

extern const Shape kCreateTableShape;
extern const Shape kTableCreationParametersShape;
extern const Shape kUpdateTableShape;
extern const Shape kRestoreTableToPointInTimeShape;
extern const Shape kRestoreTableFromBackupShape;
extern const Shape kTagShape;  // its rules are in tags.h

}  // namespace dray::dynamodb
