/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs: bytes that users logged.
 *
 * They are served so that a browser never runs them as part of this site: only
 * pictures of formats without scripts are shown in place, all else is a
 * download, and the sandboxing policy that every answer has forbids the rest. */
#include "api/reply.h"
#include "base/alloc.h"
#include "domain/reference.h"

typedef struct Held {
    Blobs *blobs;
    Blob blob;
} Held;

static void release_held(void *held)
{
    Held *h = held;

    blob_release(h->blobs, &h->blob);
    mem_free(h);
}

void blobs_put(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    bool created = false;
    const Str sha256 = request_param(q, STR("sha256"));
    const Str given = request_header(q, STR("content-type"));
    const Str type = given.len ? given : STR("application/octet-stream");
    JsonWriter w = jw_init(&r->body);
    const Status st =
        reference_put(a->domain, caller_of(q)->project_id, sha256, type, q->body, &created, &e);

    if (st) {
        reply_error(r, st, &e);
        return;
    }
    jw_object(&w);
    jw_key_str(&w, STR("sha256"), sha256);
    jw_key_uint(&w, STR("size"), q->body.len);
    jw_key_bool(&w, STR("created"), created);
    jw_object_end(&w);
    reply_json(r, created ? 201 : 200, &w);
}

static bool is_safe_picture(Str type)
{
    static const char *const types[] = {"image/png", "image/jpeg", "image/gif", "image/webp",
                                        "image/bmp"};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (str_eq_nocase(type, str_from(types[i])))
            return true;
    }
    return false;
}

static void add_headers(const Request *q, Response *r, const BlobRow *row)
{
    Str disposition;

    response_header(r, STR("Cache-Control"), STR("private, max-age=31536000, immutable"));
    if (is_safe_picture(row->media_type))
        return;
    if (arena_printf(q->arena, &disposition, "attachment; filename=\"%.*s\"",
                     STR_ARG(str_slice(row->sha256, 0, 16))) != ST_OK)
        disposition = STR("attachment");
    response_header(r, STR("Content-Disposition"), disposition);
}

/* The answer keeps the blob until it is sent. */
static bool hand_on(Api *a, Response *r, Blob *blob)
{
    Held *held = mem_alloc(sizeof *held);

    if (!held)
        return false;
    *held = (Held){domain_blobs(a->domain), *blob};
    r->kind = BODY_SHARED;
    r->shared = (SharedBytes){blob->bytes, release_held, held};
    return true;
}

void blobs_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    BlobRow row = {0};
    Blob blob = {0};
    Str etag;
    Status st = reference_get(a->domain, caller_of(q)->project_id, request_param(q, STR("sha256")),
                              q->arena, &row, &blob, &e);

    if (st) {
        reply_error(r, st, &e);
        return;
    }
    st = arena_printf(q->arena, &etag, "\"%.*s\"", STR_ARG(row.sha256));
    if (!st && response_etag(q, r, etag)) {
        blob_release(domain_blobs(a->domain), &blob);
        return;
    }
    if (st || !hand_on(a, r, &blob)) {
        blob_release(domain_blobs(a->domain), &blob);
        problem(r, 503, NULL, "out of memory");
        return;
    }
    response_type(r, 200, row.media_type);
    add_headers(q, r, &row);
}
