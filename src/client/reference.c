/* SPDX-License-Identifier: Apache-2.0 */
/* References: bytes that a span keeps whole.  Making one copies the bytes, once,
 * and touches no span, so that a caller with a lock of its own (an interpreter's)
 * can let go of it meanwhile; attaching one is O(1). */
#include "base/alloc.h"
#include "client/client.h"
#include "client/span_area.h"
#include "client/text.h"
#include "client/wire.h"
#include "vireo/vireo.h"

#include <string.h>

enum { MEDIA_TYPE_MAX = 127, META_MAX = 64 * 1024 };

/* It becomes a request header. */
static Str clean_media_type(const char *text)
{
    const Str s = str_from(text);

    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
            return STR("application/octet-stream");
    return s.len && s.len <= MEDIA_TYPE_MAX ? s : STR("application/octet-stream");
}

static Str keep(char **at, Str s)
{
    const Str kept = {*at, s.len};

    if (s.len)
        memcpy(*at, s.ptr, s.len);
    *at += s.len;
    return kept;
}

/* Copy what `given` points to; it is counted by the caller. */
static Ref *ref_new(const Ref *given)
{
    Ref *r = mem_alloc(given->footprint);
    char *at;

    if (!r)
        return NULL;
    at = (char *)(r + 1);
    *r = *given;
    r->next = NULL;
    r->name = keep(&at, given->name);
    r->media_type = keep(&at, given->media_type);
    r->meta = keep(&at, given->meta);
    r->bytes = keep(&at, given->bytes);
    r->thumb = keep(&at, given->thumb);
    return r;
}

static Status hold(vireo_client *c, size_t bytes)
{
    Status st;

    mutex_lock(&c->lock);
    st = queue_hold(&c->queue, bytes);
    mutex_unlock(&c->lock);
    return st;
}

static void release(vireo_client *c, size_t bytes)
{
    mutex_lock(&c->lock);
    queue_release(&c->queue, bytes);
    mutex_unlock(&c->lock);
}

static size_t footprint(const Ref *r)
{
    return sizeof *r + r->name.len + r->media_type.len + r->meta.len + r->bytes.len + r->thumb.len;
}

/* Copy within the limits of reference and queue.  ST_LIMIT, ST_NOMEM. */
static Status copy_held(vireo_client *c, Ref *given, Ref **out)
{
    Status st;

    if (given->bytes.len > SETTINGS_REFERENCE_MAX || given->thumb.len > SETTINGS_REFERENCE_MAX)
        return ST_LIMIT;
    given->footprint = footprint(given);
    st = hold(c, given->footprint);
    if (st)
        return st;
    *out = ref_new(given);
    if (*out)
        return ST_OK;
    release(c, given->footprint);
    return ST_NOMEM;
}

/* What stands for a reference that is not kept: its name and length. */
static Ref *left_out(const Ref *given)
{
    Ref r = {.name = given->name,
             .cut = given->cut,
             .left_out = true,
             .left_out_bytes = given->bytes.len};

    r.footprint = footprint(&r);
    return ref_new(&r);
}

vireo_reference *vireo_reference_new(vireo_client *c, const char *name, const char *media_type,
                                     const void *bytes, size_t len, const char *meta_json,
                                     const void *thumb, size_t thumb_len)
{
    Text t;
    Ref *r = NULL;
    Ref given = {.media_type = clean_media_type(media_type), .meta = str_from(meta_json)};

    if (!c || !name)
        return NULL;
    text_clean(str_from(name), SPAN_KEY_MAX, &t);
    given.name = t.s;
    given.cut = t.cut;
    given.bytes = bytes ? (Str){bytes, len} : (Str){0};
    given.thumb = thumb ? (Str){thumb, thumb_len} : (Str){0};
    if (given.meta.len > META_MAX)
        given.meta = (Str){0};
    if (copy_held(c, &given, &r))
        r = left_out(&given);
    text_done(&t);
    return r;
}

void vireo_reference_free(vireo_client *c, vireo_reference *r)
{
    if (!c || !r)
        return;
    if (!r->left_out)
        release(c, r->footprint);
    queue_free_refs(r);
}

static void attach(vireo_span *s, Ref *r)
{
    *s->refs_end = r;
    s->refs_end = &r->next;
    s->held += r->footprint;
}

static void mark_dropped(vireo_span *s, const Ref *r)
{
    char key[SPAN_KEY_BYTES];

    span_count_dropped(s, wire_put_int(&s->area, WIRE_ATTRIBUTE,
                                       span_join_key("vireo.dropped.", r->name, key),
                                       (int64_t)r->left_out_bytes));
}

void vireo_span_attach(vireo_span *s, vireo_reference *r)
{
    if (!s)
        return;
    s->cut += r && r->cut;
    if (r && !r->left_out) {
        attach(s, r);
        return;
    }
    s->dropped_refs++;
    if (r)
        mark_dropped(s, r);
    queue_free_refs(r);
}

void vireo_span_log(vireo_span *s, const char *name, const char *media_type, const void *bytes,
                    size_t len, const char *meta_json, const void *thumb, size_t thumb_len)
{
    if (s && name)
        vireo_span_attach(s, vireo_reference_new(s->client, name, media_type, bytes, len, meta_json,
                                                 thumb, thumb_len));
}
