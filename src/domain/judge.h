/* SPDX-License-Identifier: Apache-2.0 */
/* Judges: a rubric and passing criteria under a name, versioned `name:vN` as models are.
 *
 * A fingerprint that the judge has is its version, whoever sends it; a new one is the next
 * number.  The code of a version is kept as text; the server never runs it. */
#ifndef VIREO_DOMAIN_JUDGE_H
#define VIREO_DOMAIN_JUDGE_H

#include "catalog/judge.h"
#include "domain/domain.h"
#include "query/query.h"

enum {
    JUDGE_MAX_BODY = 8 << 20,
    JUDGE_MAX_SOURCE = 1 << 20,
    JUDGE_MAX_DEFINITION = 4 << 20,
    JUDGE_MAX_PACKAGES = 1 << 20,
    JUDGE_MAX_METADATA = 1 << 16,
    JUDGE_MAX_TEXT = 1 << 14, /* description */
    JUDGE_MAX_PARAMETERS = 32,
    JUDGE_MAX_ALIASES = 1000
};

/* Register from the JSON body of docs/api.md.  ST_INVALID with the field; ST_LIMIT: a field is
 * too long, or too many judges or versions. */
MUST_CHECK Status judge_register(Domain *d, int64_t project_id, Str name, Str body, Arena *arena,
                                 JudgeVersionRow *out, bool *created, FieldErr *err);
/* {"name", "description", "metadata"}, all optional.  ST_NOTFOUND, ST_INVALID, ST_EXISTS. */
MUST_CHECK Status judge_patch(Domain *d, int64_t project_id, Str name, Str body, Arena *arena,
                              JudgeRow *out, FieldErr *err);
/* By current or former name.  ST_NOTFOUND. */
MUST_CHECK Status judge_get(Domain *d, int64_t project_id, Str name, Arena *arena, JudgeRow *out);
MUST_CHECK Status judge_list(Domain *d, int64_t project_id, Str after, size_t limit, Arena *arena,
                             JudgeList *out);
/* Newest first, those below `before` (0: from the newest), without details. */
MUST_CHECK Status judge_versions(Domain *d, int64_t project_id, Str name, int32_t before,
                                 size_t limit, Arena *arena, JudgeVersionList *out);
/* With details; number 0: the newest. */
MUST_CHECK Status judge_version(Domain *d, int64_t project_id, Str name, int32_t number,
                                Arena *arena, JudgeVersionRow *out);
/* Former names that still lead to a judge, for queries. */
MUST_CHECK Status judge_aliases(Domain *d, int64_t project_id, Arena *arena, ModelAliases *out);

#endif
