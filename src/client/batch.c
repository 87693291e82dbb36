/* SPDX-License-Identifier: Apache-2.0 */
/* Framing on the sender's thread.
 *
 *   0a len ResourceSpans                    ExportTraceServiceRequest.resource_spans
 *     0a len Resource
 *     12 len ScopeSpans
 *       0a len InstrumentationScope
 *       12 len Span ...                     the chunks as they are, then spans with references
 *
 * A span with references gets one attribute each, vireo.reference.<name>: the
 * blob's hash is only known here. */
#include "client/batch.h"

#include "client/span_area.h"
#include "client/wire.h"
#include "codec/json_scan.h"
#include "codec/json_write.h"
#include "model/span.h"
#include "os/process.h"

#include <sodium.h>
#include <string.h>

enum {
    REQUEST_MAX = PARCEL_BODY_MAX,
    SMALL_MAX = 64 * 1024,
    NAMES_MAX = 64 * 1024 * 1024,
    PARCELS_MAX = 1000000,
    REF_JSON_MAX = 256 * 1024,
    COMPRESS_FROM = 512, /* below that a frame's overhead eats the gain */
    COMPRESS_LEVEL = 1,
    META_DEPTH = 64,
    SCORES_OF_REQUEST = 5000 /* half of what the server takes */
};
enum { TAG_RESOURCE_SPANS = 0x0a, TAG_RESOURCE = 0x0a, TAG_SCOPE_SPANS = 0x12, TAG_SCOPE = 0x0a };
enum { TAG_SCOPE_NAME = 0x0a, TAG_SCOPE_VERSION = 0x12 };

/* --------------------------------------------------------------- resource */

/* Percent-decoded; what is not an escape stays. */
static Status unescape(Str s, Buf *out)
{
    Status st = ST_OK;

    for (size_t i = 0; i < s.len && !st; i++) {
        uint8_t byte = (uint8_t)s.ptr[i];

        if (byte == '%' && hex_decode(str_slice(s, i + 1, i + 3), &byte, 1) == ST_OK)
            i += 2;
        st = buf_append_char(out, (char)byte);
    }
    return st;
}

/* One "key=value" of OTEL_RESOURCE_ATTRIBUTES. */
static Status put_given(Buf *b, Str pair, Buf *scratch)
{
    Str key;
    Str value;
    Status st;

    if (!str_cut(pair, '=', &key, &value) || str_trim(key).len == 0)
        return ST_OK;
    buf_clear(scratch);
    st = unescape(str_trim(value), scratch);
    if (!st && utf8_valid(buf_str(scratch)))
        st = wire_put_str(b, WIRE_RESOURCE_ATTR, str_trim(key), buf_str(scratch));
    return st;
}

static Status put_all_given(Buf *b, Str list)
{
    Status st = ST_OK;
    Buf scratch;

    buf_init(&scratch, SETTINGS_TEXT_MAX);
    while (list.len && !st) {
        Str pair;

        (void)str_cut(list, ',', &pair, &list);
        st = put_given(b, pair, &scratch);
    }
    buf_deinit(&scratch);
    return st;
}

static Status put_resource(Buf *b, const Settings *s)
{
    char host[256];
    Status st = put_all_given(b, str_from(s->resource));

    process_hostname(host, sizeof host);
    if (!st)
        st = wire_put_str(b, WIRE_RESOURCE_ATTR, STR("service.name"), str_from(s->service));
    if (!st)
        st = wire_put_str(b, WIRE_RESOURCE_ATTR, STR("telemetry.sdk.name"), STR("vireo"));
    if (!st)
        st = wire_put_str(b, WIRE_RESOURCE_ATTR, STR("telemetry.sdk.language"),
                          str_from(s->language));
    if (!st)
        st = wire_put_str(b, WIRE_RESOURCE_ATTR, STR("telemetry.sdk.version"),
                          str_from(vireo_version()));
    if (!st)
        st = wire_put_int(b, WIRE_RESOURCE_ATTR, STR("process.pid"), process_id());
    if (!st && utf8_valid(str_from(host)))
        st = wire_put_str(b, WIRE_RESOURCE_ATTR, STR("host.name"), str_from(host));
    return st;
}

static Status make_resource(Batch *b, const Settings *s)
{
    Buf inner;
    Status st;

    buf_init(&inner, SMALL_MAX);
    st = put_resource(&inner, s);
    if (!st)
        st = wire_put_bytes(&b->resource, TAG_RESOURCE, buf_str(&inner));
    buf_clear(&inner);
    if (!st)
        st = wire_put_bytes(&inner, TAG_SCOPE_NAME, STR("vireo"));
    if (!st)
        st = wire_put_bytes(&inner, TAG_SCOPE_VERSION, str_from(vireo_version()));
    if (!st)
        st = wire_put_bytes(&b->scope, TAG_SCOPE, buf_str(&inner));
    buf_deinit(&inner);
    return st;
}

/* ------------------------------------------------------------------- life */

Status batch_init(Batch *b, const Settings *s)
{
    Status st;

    *b = (Batch){0};
    buf_init(&b->resource, SMALL_MAX);
    buf_init(&b->scope, SMALL_MAX);
    buf_init(&b->framed_refs, REQUEST_MAX);
    buf_init(&b->plain, REQUEST_MAX);
    buf_init(&b->packed, REQUEST_MAX);
    buf_init(&b->scores, REQUEST_MAX);
    arena_init(&b->names, NAMES_MAX);
    map_init(&b->blobs, PARCELS_MAX);
    st = make_resource(b, s);
    return st ? st : zstd_new(&b->zstd);
}

void batch_deinit(Batch *b)
{
    buf_deinit(&b->resource);
    buf_deinit(&b->scope);
    buf_deinit(&b->framed_refs);
    buf_deinit(&b->plain);
    buf_deinit(&b->packed);
    buf_deinit(&b->scores);
    arena_deinit(&b->names);
    map_deinit(&b->blobs);
    VEC_FREE(&b->parcels);
    zstd_free(b->zstd);
    b->zstd = NULL;
}

/* A request of unusual size does not keep its memory. */
static void shrink(Buf *b)
{
    enum { KEPT = 4 * 1024 * 1024 };

    if (b->cap > KEPT)
        buf_deinit(b);
    buf_clear(b);
}

static void forget_framing(Batch *b)
{
    b->parcels.len = 0;
    b->next = 0;
    b->framed = false;
    shrink(&b->framed_refs);
    shrink(&b->plain);
    shrink(&b->packed);
    shrink(&b->scores);
    map_clear(&b->blobs);
    arena_deinit(&b->names);
    arena_init(&b->names, NAMES_MAX);
}

void batch_start(Batch *b, const Chunk *chunks)
{
    forget_framing(b);
    b->chunks = chunks;
}

void batch_end(Batch *b)
{
    forget_framing(b);
    b->chunks = NULL;
}

/* ------------------------------------------------------------- references */

static void sha256_hex(Str bytes, char out[PARCEL_SHA256_HEX])
{
    uint8_t hash[crypto_hash_sha256_BYTES];

    (void)crypto_hash_sha256(hash, (const uint8_t *)(bytes.ptr ? bytes.ptr : ""), bytes.len);
    hex_encode(hash, sizeof hash, out);
}

/* Put a parcel with these bytes unless they are in the batch already; their hash in
 * *sha256. */
static Status add_blob(Batch *b, Str bytes, Str media_type, Str *sha256)
{
    char hex[PARCEL_SHA256_HEX];
    Parcel p = {.kind = PARCEL_BLOB, .body = bytes};
    uint64_t *place;
    bool added = false;
    Status st;

    sha256_hex(bytes, hex);
    st = arena_printf(&b->names, &p.name, "%.*s %.*s", PARCEL_SHA256_HEX, hex, STR_ARG(media_type));
    if (st)
        return st;
    *sha256 = str_slice(p.name, 0, PARCEL_SHA256_HEX);
    st = map_entry(&b->blobs, *sha256, 0, &place, &added);
    if (!st && added)
        st = VEC_PUSH(&b->parcels, p, PARCELS_MAX);
    return st;
}

static Str picture_type(Str bytes)
{
    if (str_starts(bytes, STR("\x89PNG")))
        return STR("image/png");
    return str_starts(bytes, STR("\xff\xd8")) ? STR("image/jpeg") : STR("application/octet-stream");
}

/* The attribute's text; docs/formats.md, section References. */
static Status write_ref(const Ref *r, Str sha256, Str thumb_sha256, Buf *out)
{
    JsonWriter w = jw_init(out);
    const bool has_meta = str_starts(r->meta, STR("{")) && json_valid(r->meta, META_DEPTH);

    jw_object(&w);
    jw_key_str(&w, STR("name"), r->name);
    jw_key_str(&w, STR("media_type"), r->media_type);
    jw_key_uint(&w, STR("size"), r->bytes.len);
    jw_key_str(&w, STR("sha256"), sha256);
    jw_key_str_or_null(&w, STR("thumb"), thumb_sha256);
    jw_key_str_or_null(&w, STR("thumb_type"), r->thumb.len ? picture_type(r->thumb) : (Str){0});
    jw_key_raw(&w, STR("meta"), has_meta ? r->meta : STR("{}"));
    jw_object_end(&w);
    return jw_done(&w);
}

static Status add_ref(Batch *b, const Ref *r, Buf *attrs, Buf *json)
{
    char key[SPAN_KEY_BYTES];
    Str sha256;
    Str thumb = {0};
    Status st = add_blob(b, r->bytes, r->media_type, &sha256);

    if (!st && r->thumb.len)
        st = add_blob(b, r->thumb, picture_type(r->thumb), &thumb);
    buf_clear(json);
    if (!st)
        st = write_ref(r, sha256, thumb, json);
    if (!st)
        st = wire_put_str(attrs, WIRE_ATTRIBUTE,
                          span_join_key(VIREO_ATTR_REFERENCE_PREFIX, r->name, key), buf_str(json));
    return st;
}

static Status put_span_with_refs(Batch *b, const Extra *e, Str attrs)
{
    const size_t total = e->body.len + attrs.len;
    char frame[1 + WIRE_VARINT_MAX] = {WIRE_SPANS};
    const char *end = wire_varint(frame + 1, total);
    Status st = buf_append(&b->framed_refs, (Str){frame, (size_t)(end - frame)});

    if (!st)
        st = buf_append(&b->framed_refs, e->body);
    return st ? st : buf_append(&b->framed_refs, attrs);
}

static Status add_span_extra(Batch *b, const Extra *e)
{
    Buf attrs;
    Buf json;
    Status st = ST_OK;

    buf_init(&attrs, REQUEST_MAX);
    buf_init(&json, REF_JSON_MAX);
    for (const Ref *r = e->refs; r && !st; r = r->next)
        st = add_ref(b, r, &attrs, &json);
    if (!st)
        st = put_span_with_refs(b, e, buf_str(&attrs));
    buf_deinit(&attrs);
    buf_deinit(&json);
    return st;
}

static Status add_extra(Batch *b, const Extra *e)
{
    const Parcel model = {.kind = PARCEL_MODEL, .name = e->name, .body = e->body};

    switch (e->kind) {
    case EXTRA_SPAN:
        return add_span_extra(b, e);
    case EXTRA_MODEL:
        return VEC_PUSH(&b->parcels, model, PARCELS_MAX);
    case EXTRA_SCORE:
        break; /* behind the spans: add_scores() */
    }
    return ST_OK;
}

/* ---------------------------------------------------------------- request */

static size_t spans_bytes(const Batch *b)
{
    size_t n = b->framed_refs.len;

    for (const Chunk *c = b->chunks; c; c = c->next)
        n += c->len;
    return n;
}

static uint32_t spans_count(const Batch *b)
{
    uint32_t n = 0;

    for (const Chunk *c = b->chunks; c; c = c->next)
        n += c->spans;
    return n;
}

static Status put_length(Buf *b, unsigned tag, size_t len)
{
    char head[1 + WIRE_VARINT_MAX] = {(char)tag};
    const char *end = wire_varint(head + 1, len);

    return buf_append(b, (Str){head, (size_t)(end - head)});
}

static Status put_request(Batch *b)
{
    const size_t scope_spans = b->scope.len + spans_bytes(b);
    const size_t resource_spans = b->resource.len + wire_bytes_len(scope_spans);
    Status st = buf_reserve(&b->plain, wire_bytes_len(resource_spans));

    if (!st)
        st = put_length(&b->plain, TAG_RESOURCE_SPANS, resource_spans);
    if (!st)
        st = buf_append(&b->plain, buf_str(&b->resource));
    if (!st)
        st = put_length(&b->plain, TAG_SCOPE_SPANS, scope_spans);
    if (!st)
        st = buf_append(&b->plain, buf_str(&b->scope));
    for (const Chunk *c = b->chunks; c && !st; c = c->next)
        st = buf_append(&b->plain, (Str){c->data, c->len});
    return st ? st : buf_append(&b->plain, buf_str(&b->framed_refs));
}

static Status add_request(Batch *b)
{
    Parcel p = {.kind = PARCEL_SPANS, .count = spans_count(b)};
    Status st = put_request(b);

    if (!st && b->plain.len >= COMPRESS_FROM)
        st = zstd_compress(b->zstd, COMPRESS_LEVEL, buf_str(&b->plain), &b->packed);
    if (st)
        return st;
    p.zstd = b->packed.len > 0 && b->packed.len < b->plain.len;
    p.body = buf_str(p.zstd ? &b->packed : &b->plain);
    return VEC_PUSH(&b->parcels, p, PARCELS_MAX);
}

/* ----------------------------------------------------------------- scores */

static const Str scores_head = {"{\"scores\":[", 11};
static const Str scores_tail = {"]}", 2};

/* Room for all, so that no parcel's body moves while others are written. */
static Status reserve_scores(Batch *b)
{
    size_t room = 0;

    for (const Chunk *c = b->chunks; c; c = c->next)
        for (const Extra *e = c->extras; e; e = e->next)
            if (e->kind == EXTRA_SCORE)
                room += e->body.len + scores_head.len + scores_tail.len;
    return buf_reserve(&b->scores, room);
}

/* Append to the request that ends the buffer; *p is what it holds so far. */
static Status put_score(Batch *b, Parcel *p, Str score)
{
    const size_t before = b->scores.len;
    Status st = buf_append(&b->scores, p->count ? STR(",") : scores_head);

    if (!st)
        st = buf_append(&b->scores, score);
    if (st)
        return st;
    if (p->count == 0)
        p->body.ptr = b->scores.data + before;
    p->body.len += b->scores.len - before;
    p->count++;
    return ST_OK;
}

static Status end_scores(Batch *b, Parcel *p)
{
    Status st = buf_append(&b->scores, scores_tail);

    p->body.len += scores_tail.len;
    if (!st)
        st = VEC_PUSH(&b->parcels, *p, PARCELS_MAX);
    *p = (Parcel){.kind = PARCEL_SCORES};
    return st;
}

static Status add_scores(Batch *b)
{
    Parcel p = {.kind = PARCEL_SCORES};
    Status st = reserve_scores(b);

    for (const Chunk *c = b->chunks; c && !st; c = c->next)
        for (const Extra *e = c->extras; e && !st; e = e->next) {
            if (e->kind != EXTRA_SCORE)
                continue;
            st = put_score(b, &p, e->body);
            if (!st && p.count == SCORES_OF_REQUEST)
                st = end_scores(b, &p);
        }
    return st || p.count == 0 ? st : end_scores(b, &p);
}

Status batch_frame(Batch *b)
{
    Status st = ST_OK;

    if (b->framed)
        return ST_OK;
    forget_framing(b);
    for (const Chunk *c = b->chunks; c && !st; c = c->next)
        for (const Extra *e = c->extras; e && !st; e = e->next)
            st = add_extra(b, e);
    if (!st && spans_count(b) > 0)
        st = add_request(b);
    if (!st)
        st = add_scores(b);
    b->framed = st == ST_OK;
    return st;
}
