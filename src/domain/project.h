/* SPDX-License-Identifier: Apache-2.0 */
/* Projects: found by name, made on demand, never renamed.
 *
 * A name is 1 to 200 characters of UTF-8 without control characters and without
 * white space at its ends; "Concept Project" is one.  Lookups by name are
 * answered from memory. */
#ifndef VIREO_DOMAIN_PROJECT_H
#define VIREO_DOMAIN_PROJECT_H

#include "catalog/counter.h"
#include "catalog/project.h"
#include "domain/domain.h"

enum { NAME_MAX_CHARS = 200 };
#define DEFAULT_PROJECT "default"

/* The rule for names of projects, models and keys; `field` is named in the error. */
MUST_CHECK Status name_check(Str name, const char *field, FieldErr *err);

/* ST_NOTFOUND, ST_INVALID. */
MUST_CHECK Status project_find(Domain *d, Str name, int64_t *id, FieldErr *err);
/* Find or create.  ST_LIMIT past 10 000 projects. */
MUST_CHECK Status project_ensure(Domain *d, Str name, int64_t *id, bool *created, FieldErr *err);
MUST_CHECK Status project_get(Domain *d, Str name, Arena *arena, ProjectRow *out);
MUST_CHECK Status project_name(Domain *d, int64_t id, Arena *arena, Str *out);
/* By name, those after `after` (empty: from the first). */
MUST_CHECK Status project_list(Domain *d, Str after, size_t limit, Arena *arena, ProjectList *out);
/* Spans received, stored and rejected until now; scores are none. */
MUST_CHECK Status project_counters(Domain *d, int64_t project_id, ProjectCounters *out);

#endif
