/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: a judge, a query and a share of what matches.  The server only keeps them; a worker that
 * the user starts asks for them, looks for what its judge has not judged yet, and judges it. */
#ifndef VIREO_DOMAIN_RULE_H
#define VIREO_DOMAIN_RULE_H

#include "catalog/rule.h"
#include "domain/domain.h"

/* `body`: {"judge": tag or name, "where": query, "subject": "trace" | "span", "sample": 0..1,
 * "enabled": bool}; only the judge is required.  ST_INVALID or ST_LIMIT with the field. */
MUST_CHECK Status rule_create(Domain *d, int64_t project_id, Str body, Arena *arena, RuleRow *out,
                              FieldErr *err);
/* Members that `body` does not name stay.  ST_NOTFOUND too. */
MUST_CHECK Status rule_update(Domain *d, int64_t project_id, int64_t id, Str body, Arena *arena,
                              RuleRow *out, FieldErr *err);
MUST_CHECK Status rule_list(Domain *d, int64_t project_id, Arena *arena, RuleList *out);
MUST_CHECK Status rule_remove(Domain *d, int64_t project_id, int64_t id);

/* Is it a query?  ST_INVALID with the field and where. */
MUST_CHECK Status where_check(Str text, Arena *arena, FieldErr *err);
/* The tag that a name or a tag means now: of a name the newest version's.  ST_NOTFOUND. */
MUST_CHECK Status judge_tag(Domain *d, int64_t project_id, Str judge, Arena *arena, Str *out);

#endif
