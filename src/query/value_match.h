/* SPDX-License-Identifier: Apache-2.0 */
/* Does one value satisfy one term?  The rules of docs/query-language.md for each type of
 * value, without any column around them. */
#ifndef VIREO_QUERY_VALUE_MATCH_H
#define VIREO_QUERY_VALUE_MATCH_H

#include "query/ast.h"

bool match_text(const Term *t, Str s);
bool match_int(const Term *t, int64_t i);
bool match_double(const Term *t, double d);
bool match_bool(const Term *t, bool b);

#endif
