/* SPDX-License-Identifier: Apache-2.0 */
/* How long and how much of a project's spans is kept. */
#include "api/retention.h"

void retention_write(JsonWriter *w, const RetentionRow *row)
{
    if (row->max_age_ns)
        jw_key_double(w, STR("max_age_days"), (double)row->max_age_ns / (double)DAY_NS);
    else
        jw_key_null(w, STR("max_age_days"));
    if (row->max_bytes)
        jw_key_int(w, STR("max_bytes"), row->max_bytes);
    else
        jw_key_null(w, STR("max_bytes"));
}

static void answer(Response *r, Status st, const RetentionRow *row, const FieldErr *e)
{
    JsonWriter w;

    if (st) {
        reply_error(r, st, e);
        return;
    }
    w = jw_init(&r->body);
    jw_object(&w);
    retention_write(&w, row);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

void api_retention_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    RetentionRow row = {0};
    const Status st = retention_get(a->domain, caller_of(q)->project_id, &row);

    answer(r, st, &row, NULL);
}

void api_retention_patch(void *context, Request *q, Response *r)
{
    Api *a = context;
    RetentionRow row = {0};
    FieldErr e = {0};
    const Status st =
        retention_patch(a->domain, caller_of(q)->project_id, q->body, q->arena, &row, &e);

    answer(r, st, &row, &e);
}
