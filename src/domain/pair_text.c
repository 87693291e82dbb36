/* SPDX-License-Identifier: Apache-2.0 */
/* See pair_text.h. */
#include "domain/pair_text.h"

#include "codec/json_read.h"
#include "codec/json_write.h"

#include <math.h>

enum { LINE_FIELDS = 16 };

/* ------------------------------------------------------------ writing */

static void write_number(JsonWriter *w, double v)
{
    if (isnan(v))
        jw_null(w);
    else
        jw_double(w, v);
}

static void write_line(JsonWriter *w, const PairLine *line)
{
    const PairedResult *p = &line->paired;

    jw_array(w);
    jw_str(w, line->scope);
    jw_str(w, line->stratum);
    jw_str(w, line->metric);
    jw_int(w, line->kind);
    write_number(w, line->values[0]);
    write_number(w, line->values[1]);
    jw_uint(w, line->rows[0]);
    jw_uint(w, line->rows[1]);
    jw_int(w, p->test);
    jw_uint(w, p->pairs);
    jw_uint(w, p->up);
    jw_uint(w, p->down);
    write_number(w, p->delta);
    write_number(w, p->low);
    write_number(w, p->high);
    write_number(w, p->p);
    jw_array_end(w);
}

Status pair_text_write(const PairLines *lines, Buf *out)
{
    JsonWriter w = jw_init(out);

    jw_object(&w);
    jw_key(&w, STR("configurations"));
    jw_array(&w);
    for (size_t i = 0; i < 2; i++)
        jw_str(&w, lines->configurations[i]);
    jw_array_end(&w);
    jw_key(&w, STR("lines"));
    jw_array(&w);
    for (size_t i = 0; i < lines->len; i++)
        write_line(&w, &lines->items[i]);
    jw_array_end(&w);
    jw_object_end(&w);
    return jw_done(&w);
}

/* ------------------------------------------------------------ reading */

/* Fields of a line, taken one after the other; `ok` ends when one is not what it must be. */
typedef struct Fields {
    const Json *items;
    size_t at;
    bool ok;
} Fields;

static const Json *next_field(Fields *f)
{
    return &f->items[f->at++];
}

static Str next_text(Fields *f)
{
    const Json *v = next_field(f);

    f->ok &= v->kind == JSON_KIND_STR;
    return f->ok ? v->as.s : (Str){0};
}

static uint64_t next_count(Fields *f)
{
    const Json *v = next_field(f);

    f->ok &= v->kind == JSON_KIND_INT && v->as.i >= 0;
    return f->ok ? (uint64_t)v->as.i : 0;
}

static double next_number(Fields *f)
{
    const Json *v = next_field(f);
    const Json *word = json_get(v, STR("double")); /* the infinities */

    if (v->kind == JSON_KIND_NULL)
        return NAN;
    if (v->kind == JSON_KIND_DOUBLE)
        return v->as.d;
    if (word && word->kind == JSON_KIND_STR && str_eq(word->as.s, STR("Infinity")))
        return INFINITY;
    if (word && word->kind == JSON_KIND_STR && str_eq(word->as.s, STR("-Infinity")))
        return -INFINITY;
    f->ok = false;
    return NAN;
}

static bool read_line(const Json *json, PairLine *out)
{
    Fields f = {.ok = json->kind == JSON_KIND_ARRAY && json->as.array.len == LINE_FIELDS};
    uint64_t kind;
    uint64_t test;

    if (!f.ok)
        return false;
    f.items = json->as.array.items;
    out->scope = next_text(&f);
    out->stratum = next_text(&f);
    out->metric = next_text(&f);
    kind = next_count(&f);
    out->values[0] = next_number(&f);
    out->values[1] = next_number(&f);
    out->rows[0] = next_count(&f);
    out->rows[1] = next_count(&f);
    test = next_count(&f);
    out->paired.pairs = next_count(&f);
    out->paired.up = next_count(&f);
    out->paired.down = next_count(&f);
    out->paired.delta = next_number(&f);
    out->paired.low = next_number(&f);
    out->paired.high = next_number(&f);
    out->paired.p = next_number(&f);
    out->kind = (MetricKind)kind;
    out->paired.test = (PairedTest)test;
    return f.ok && kind <= METRIC_OTHER && test <= PAIRED_NONE;
}

static bool read_configurations(const Json *list, Str out[2])
{
    if (list->as.array.len != 2)
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (list->as.array.items[i].kind != JSON_KIND_STR)
            return false;
        out[i] = list->as.array.items[i].as.s;
    }
    return true;
}

Status pair_text_read(Str text, Arena *arena, PairLines *out)
{
    PairLines lines = {0};
    const Json *json = NULL;
    const Json *names = NULL;
    const Json *list = NULL;
    Status st = json_parse_object(text, arena, &json, NULL);

    if (!st)
        st = json_field_array(json, STR("configurations"), JSON_REQUIRED, &names, NULL);
    if (!st)
        st = json_field_array(json, STR("lines"), JSON_REQUIRED, &list, NULL);
    if (st || !read_configurations(names, lines.configurations))
        return st == ST_NOMEM ? st : ST_CORRUPT;
    lines.items = arena_calloc(arena, list->as.array.len + 1, sizeof *lines.items);
    if (!lines.items)
        return ST_NOMEM;
    for (; lines.len < list->as.array.len; lines.len++)
        if (!read_line(&list->as.array.items[lines.len], &lines.items[lines.len]))
            return ST_CORRUPT;
    *out = lines;
    return ST_OK;
}
