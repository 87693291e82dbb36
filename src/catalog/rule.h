/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: which traces or spans a worker judges by itself. */
#ifndef VIREO_CATALOG_RULE_H
#define VIREO_CATALOG_RULE_H

#include "catalog/catalog.h"

enum { RULES_MAX = 200, SAMPLE_ALL_PPM = 1000000 };

typedef struct RuleRow {
    int64_t id;
    int64_t project_id;
    Str judge; /* a tag, or a name for its newest version */
    Str query;
    Str subject;        /* "trace": the roots of those that match; "span": spans that match */
    int64_t sample_ppm; /* of a million traces */
    bool enabled;
    int64_t created_ns;
} RuleRow;

typedef struct RuleList {
    RuleRow *items; /* in the order that they were made */
    size_t len;
} RuleList;

/* ST_LIMIT: RULES_MAX are there. */
MUST_CHECK Status catalog_rule_add(Catalog *c, const RuleRow *row, int64_t *id);
/* Replace what is there under row->id in row->project_id.  ST_NOTFOUND. */
MUST_CHECK Status catalog_rule_put(Catalog *c, const RuleRow *row);
MUST_CHECK Status catalog_rule_get(Catalog *c, int64_t project_id, int64_t id, Arena *arena,
                                   RuleRow *out);
MUST_CHECK Status catalog_rule_list(Catalog *c, int64_t project_id, Arena *arena, RuleList *out);
/* ST_NOTFOUND */
MUST_CHECK Status catalog_rule_remove(Catalog *c, int64_t project_id, int64_t id);

#endif
