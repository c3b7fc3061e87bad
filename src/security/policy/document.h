// SPDX-License-Identifier: Apache-2.0
// What stands behind policy::Document. Modules that look into statements (the doctor) include this.
#pragma once

#include "security/policy/policy.h"
#include "security/policy/statement.h"
