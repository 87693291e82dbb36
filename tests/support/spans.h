/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing spans field for field. */
#ifndef TESTS_SUPPORT_SPANS_H
#define TESTS_SUPPORT_SPANS_H

#include "model/span.h"

#include <string.h>

static inline const char *attrs_difference(AttrList a, AttrList b)
{
    if (a.len != b.len)
        return "number of attributes";
    for (size_t i = 0; i < a.len; i++)
        if (!str_eq(a.items[i].key, b.items[i].key) ||
            !value_eq(a.items[i].value, b.items[i].value))
            return "attribute";
    return NULL;
}

/* Name of the first field that differs, NULL when all raw fields are equal. */
static inline const char *span_difference(const Span *a, const Span *b)
{
    const char *diff = attrs_difference(a->attrs, b->attrs);

    if (diff)
        return diff;
    if (attrs_difference(a->resource->attrs, b->resource->attrs))
        return "resource";
    if (attrs_difference(a->scope->attrs, b->scope->attrs) ||
        !str_eq(a->scope->name, b->scope->name) || !str_eq(a->scope->version, b->scope->version))
        return "scope";
    if (memcmp(a->trace_id, b->trace_id, sizeof a->trace_id) != 0)
        return "trace_id";
    if (memcmp(a->span_id, b->span_id, sizeof a->span_id) != 0)
        return "span_id";
    if (memcmp(a->parent_id, b->parent_id, sizeof a->parent_id) != 0)
        return "parent_id";
    if (!str_eq(a->name, b->name) || !str_eq(a->trace_state, b->trace_state))
        return "name or trace_state";
    if (a->flags != b->flags || a->otel_kind != b->otel_kind)
        return "flags or kind";
    if (a->start_ns != b->start_ns || a->end_ns != b->end_ns)
        return "times";
    if (a->status != b->status || !str_eq(a->status_message, b->status_message))
        return "status";
    if (!str_eq(a->events_json, b->events_json))
        return "events";
    if (!str_eq(a->links_json, b->links_json))
        return "links";
    if (a->dropped_attributes != b->dropped_attributes || a->dropped_events != b->dropped_events ||
        a->dropped_links != b->dropped_links)
        return "dropped counts";
    return NULL;
}

#endif
