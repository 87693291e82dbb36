/* SPDX-License-Identifier: Apache-2.0 */
/* See inference.h. */
#include "domain/inference.h"

#include "blob/blob.h"
#include "catalog/sample_list.h"
#include "codec/json_canonical.h"
#include "codec/json_read.h"
#include "domain/internal.h"
#include "domain/workflow_model.h"
#include "os/clock.h"

enum { NS_PER_MS = 1000000 };
static const size_t body_memory = (size_t)4 << 30;
static const size_t text_memory = (size_t)1 << 30;

static InferenceKey key_of(const EvaluationRow *row)
{
    return (InferenceKey){.version_id = row->version_id, .space = row->target.space};
}

/* ------------------------------------------------------------ reading */

/* Numbers of `from` behind `after` that `done` lacks; at most limit + 1 are written to `out`. */
static size_t missing_after(const int64_t *from, size_t count, const int64_t *done, size_t done_len,
                            int64_t after, size_t limit, int64_t *out, uint64_t *total)
{
    size_t len = 0;
    size_t k = 0;

    *total = 0;
    for (size_t i = 0; i < count; i++) {
        while (k < done_len && done[k] < from[i])
            k++;
        if (k < done_len && done[k] == from[i])
            continue;
        ++*total;
        if (from[i] > after && len <= limit)
            out[len++] = from[i];
    }
    return len;
}

static Status fill_page(Domain *d, const EvaluationRow *row, const TargetCases *cases,
                        const int64_t *numbers, size_t len, size_t limit, bool with_inferences,
                        Arena *arena, SamplePage *out)
{
    const InferenceKey key = key_of(row);
    Status st;

    out->more = len > limit;
    out->len = len > limit ? limit : len;
    out->items = arena_calloc(arena, out->len + 1, sizeof *out->items);
    if (!out->items)
        return ST_NOMEM;
    st = catalog_target_samples(d->catalog, &row->target, cases, numbers, out->len, arena,
                                out->items);
    if (st || !with_inferences)
        return st;
    out->inferences = arena_calloc(arena, out->len + 1, sizeof *out->inferences);
    if (!out->inferences)
        return ST_NOMEM;
    return catalog_inferences_get(d->catalog, &key, numbers, out->len, arena, out->inferences);
}

static Status find_missing(Domain *d, const EvaluationRow *row, const Target *t, bool all,
                           int64_t after, size_t limit, Arena *arena, SamplePage *out)
{
    const InferenceKey key = key_of(row);
    int64_t *numbers = arena_alloc(arena, (limit + 1) * sizeof *numbers);
    int64_t *done = NULL;
    size_t done_len = 0;
    size_t len;
    Arena scratch;
    Status st = numbers ? ST_OK : ST_NOMEM;

    arena_init(&scratch, text_memory);
    if (!st && !all)
        st = catalog_inference_numbers(d->catalog, &key, &scratch, &done, &done_len);
    if (!st) {
        len = missing_after(t->all, t->count, done, done_len, after, limit, numbers, &out->total);
        st = fill_page(d, row, &t->cases, numbers, len, limit, false, arena, out);
    }
    arena_deinit(&scratch);
    return st;
}

Status inference_remaining(Domain *d, const EvaluationRow *row, bool all, int64_t after,
                           size_t limit, Arena *arena, SamplePage *out)
{
    SamplePage page = {0};
    const Target *t;
    Status st = evaluation_target(d, row, &t);

    if (st)
        return st;
    st = find_missing(d, row, t, all, after, limit, arena, &page);
    target_put(d, t);
    if (!st)
        *out = page;
    return st;
}

/* Numbers in both ascending lists, behind `after`; at most limit + 1 are written to `out`. */
static size_t common_after(const int64_t *from, size_t count, const int64_t *done, size_t done_len,
                           int64_t after, size_t limit, int64_t *out, uint64_t *total)
{
    size_t len = 0;
    size_t i = 0;

    *total = 0;
    for (size_t at = 0; at < count; at++) {
        while (i < done_len && done[i] < from[at])
            i++;
        if (i == done_len || done[i] != from[at])
            continue;
        ++*total;
        if (done[i] > after && len <= limit)
            out[len++] = done[i];
    }
    return len;
}

/* Numbers that the wish is for; at most limit + 1 are written to `out`. */
static Status find_numbers(Domain *d, const EvaluationRow *row, const Target *t,
                           const TargetCase *k, const InferenceWish *wish, int64_t *out,
                           size_t *len, uint64_t *total)
{
    const InferenceKey key = key_of(row);
    const int64_t *members = k ? k->numbers : t->all;
    const size_t count = k ? k->count : t->count;
    int64_t *differing = NULL;
    size_t differing_len = 0;
    Arena scratch;
    Status st;

    if (!wish->differing) {
        *len = missing_after(members, count, NULL, 0, wish->after, wish->limit, out, total);
        return ST_OK;
    }
    arena_init(&scratch, text_memory);
    st = catalog_inference_differing(d->catalog, &key, &scratch, &differing, &differing_len);
    if (!st)
        *len = common_after(members, count, differing, differing_len, wish->after, wish->limit, out,
                            total);
    arena_deinit(&scratch);
    return st;
}

static Status list_case(Domain *d, const EvaluationRow *row, const Target *t,
                        const InferenceWish *wish, Arena *arena, SamplePage *out)
{
    TargetCase *k = target_case(t, wish->scope);
    const TargetCases own = {.items = k, .len = 1}; /* expected may differ from case to case */
    int64_t *numbers = arena_alloc(arena, (wish->limit + 1) * sizeof *numbers);
    size_t len = 0;
    Status st;

    if (!numbers)
        return ST_NOMEM;
    if (wish->scope.len && !k)
        return ST_NOTFOUND;
    st = find_numbers(d, row, t, k, wish, numbers, &len, &out->total);
    return st ? st
              : fill_page(d, row, k ? &own : &t->cases, numbers, len, wish->limit, true, arena,
                          out);
}

Status inference_list(Domain *d, const EvaluationRow *row, const InferenceWish *wish, Arena *arena,
                      SamplePage *out)
{
    SamplePage page = {0};
    const Target *t;
    Status st = evaluation_target(d, row, &t);

    if (st)
        return st;
    st = list_case(d, row, t, wish, arena, &page);
    target_put(d, t);
    if (!st)
        *out = page;
    return st;
}

/* The case's numbers are mem_free()d by the caller. */
static Status find_case(Domain *d, const ModelCase *of, Arena *arena, EvaluationRow *row,
                        TargetCase *out)
{
    WorkflowModelRow model;
    SampleListRow list;
    Status st = workflow_model_get(d, of->project_id, of->workflow, of->model, arena, &model);

    if (!st)
        st = catalog_target_workflow(d->catalog, of->project_id, of->workflow, &row->target.space);
    if (!st)
        st = catalog_case_get(d->catalog, row->target.space, of->scope, arena, &list);
    if (st)
        return st;
    if (of->version < 0 || of->version > list.version)
        return ST_NOTFOUND;
    row->version_id = model.version_id;
    out->name = list.name;
    out->list = list.id;
    out->list_version = of->version ? of->version : list.version;
    return catalog_sample_numbers(d->catalog, out->list, out->list_version, &out->numbers,
                                  &out->count);
}

Status inference_list_case(Domain *d, const ModelCase *of, int64_t after, size_t limit,
                           Arena *arena, SamplePage *out)
{
    EvaluationRow row = {0};
    TargetCase k = {0};
    const TargetCases cases = {.items = &k, .len = 1};
    SamplePage page = {0};
    int64_t *numbers = arena_alloc(arena, (limit + 1) * sizeof *numbers);
    int64_t *done = NULL;
    size_t done_len = 0;
    InferenceKey key;
    size_t len;
    Status st = numbers ? find_case(d, of, arena, &row, &k) : ST_NOMEM;

    key = key_of(&row);
    if (!st)
        st = catalog_inference_numbers(d->catalog, &key, arena, &done, &done_len);
    if (!st) {
        len = common_after(k.numbers, k.count, done, done_len, after, limit, numbers, &page.total);
        st = fill_page(d, &row, &cases, numbers, len, limit, true, arena, &page);
    }
    mem_free(k.numbers);
    if (!st)
        *out = page;
    return st;
}

/* ------------------------------------------------------------ the body */

typedef struct Saving {
    const Target *target;
    Arena *arena;
    FieldErr *err;
    InferenceRow *rows;
    size_t len;
    bool reset;
    int64_t now_ns;
} Saving;

static Status hash_json(const Json *value, Str error, Arena *arena, Str *out)
{
    uint8_t hash[BLOB_HASH_BYTES];
    char hex[2 * BLOB_HASH_BYTES];
    Buf text;
    Status st = ST_OK;

    buf_init(&text, text_memory);
    if (error.len)
        st = buf_printf(&text, "error:%.*s", STR_ARG(error));
    else
        st = json_canonical(value, arena, &text);
    if (!st) {
        blob_hash(buf_str(&text), hash);
        hex_encode(hash, sizeof hash, hex);
        st = arena_copy(arena, (Str){hex, sizeof hex}, out);
    }
    buf_deinit(&text);
    return st;
}

static Status wrong(const Saving *s, size_t at, const char *why)
{
    return field_err_set(s->err, ST_INVALID, "inferences", "inferences[%zu].%s", at, why);
}

static Status read_details(Saving *s, const Json *item, size_t at, InferenceRow *row)
{
    double latency = -1;
    uint8_t trace[16];
    Err why = {0};

    if (json_field_int(item, STR("number"), JSON_REQUIRED, &row->number, &why) ||
        json_field_str(item, STR("error"), JSON_OPTIONAL, &row->error, &why) ||
        json_field_str(item, STR("trace_id"), JSON_OPTIONAL, &row->trace_id, &why) ||
        json_field_double(item, STR("latency_ms"), JSON_OPTIONAL, &latency, &why))
        return wrong(s, at, why.msg);
    if (!numbers_hold(s->target->all, s->target->count, row->number))
        return field_err_set(s->err, ST_INVALID, "inferences",
                             "inferences[%zu].number: %lld is no sample of this evaluation", at,
                             (long long)row->number);
    if (row->trace_id.len && hex_decode(row->trace_id, trace, sizeof trace))
        return wrong(s, at, "trace_id: must be 32 hex digits");
    if (latency > 0 && latency < 1e12)
        row->latency_ns = (int64_t)(latency * NS_PER_MS);
    return ST_OK;
}

static Status read_item(Saving *s, const Json *item, size_t at)
{
    InferenceRow row = {.latency_ns = -1, .created_ns = s->now_ns, .inference = STR("null")};
    const Json *value = json_get(item, STR("inference"));
    Status st;

    if (item->kind != JSON_KIND_OBJECT)
        return field_err_set(s->err, ST_INVALID, "inferences", "inferences[%zu]: must be an object",
                             at);
    st = read_details(s, item, at, &row);
    if (st)
        return st;
    if (!value && !row.error.len)
        return wrong(s, at, "inference: is missing");
    if (value)
        row.inference = value->raw;
    if (row.inference.len > INFERENCE_MAX_BYTES)
        return wrong(s, at, "inference: is too large; keep it as a blob and name that");
    st = hash_json(value, row.error, s->arena, &row.hash);
    s->rows[s->len++] = row;
    return st;
}

static Status read_body(Saving *s, Str text)
{
    const Json *body = NULL;
    const Json *list = NULL;
    Err why = {0};
    Status st = json_parse_object(text, s->arena, &body, &why);

    if (st)
        return st == ST_NOMEM ? st : field_err_set(s->err, st, "", "%s", why.msg);
    st = json_field_array(body, STR("inferences"), JSON_REQUIRED, &list, &why);
    if (!st)
        st = json_field_bool(body, STR("reset"), JSON_OPTIONAL, &s->reset, &why);
    if (st)
        return field_err_set(s->err, st, list ? "reset" : "inferences", "%s", why.msg);
    if (list->as.array.len > INFERENCES_MAX)
        return field_err_set(s->err, ST_LIMIT, "inferences", "inferences: at most %d a request",
                             (int)INFERENCES_MAX);
    s->rows = arena_calloc(s->arena, list->as.array.len + 1, sizeof *s->rows);
    if (!s->rows)
        return ST_NOMEM;
    for (size_t i = 0; i < list->as.array.len && !st; i++)
        st = read_item(s, &list->as.array.items[i], i);
    return st;
}

/* ------------------------------------------------------------ saving */

static Status save(Domain *d, const EvaluationRow *row, Saving *s, InferenceSaved *out)
{
    const InferenceKey key = key_of(row);
    size_t clash = 0;
    Status st =
        catalog_inferences_put(d->catalog, &key, s->rows, s->len, s->reset, &out->added, &clash);

    if (st == ST_EXISTS)
        return field_err_set(s->err, st, "inferences",
                             "inferences[%zu]: sample %lld has another inference of this model "
                             "already; send reset to replace it",
                             clash, (long long)s->rows[clash].number);
    out->unchanged = s->len - out->added;
    return st;
}

/* Reads the body against the target; what `use` does with it is all that differs. */
static Status with_body(Domain *d, const EvaluationRow *row, Str body, Saving *s)
{
    Status st = evaluation_target(d, row, &s->target);

    s->now_ns = clock_now_ns();
    if (!st)
        st = read_body(s, body);
    target_put(d, s->target);
    s->target = NULL;
    return st;
}

Status inference_save(Domain *d, const EvaluationRow *row, Str body, InferenceSaved *out,
                      FieldErr *err)
{
    Arena scratch;
    Saving s = {.arena = &scratch, .err = err};
    Status st;

    arena_init(&scratch, body_memory);
    st = with_body(d, row, body, &s);
    if (!st)
        st = save(d, row, &s, out);
    arena_deinit(&scratch);
    return st;
}

static Status verify(Domain *d, const EvaluationRow *row, const Saving *s, Arena *arena,
                     InferenceVerdict *out)
{
    const InferenceKey key = key_of(row);
    bool *differs = arena_calloc(s->arena, s->len + 1, sizeof *differs);
    int64_t *numbers = arena_alloc(arena, (s->len + 1) * sizeof *numbers);
    Status st;

    if (!differs || !numbers)
        return ST_NOMEM;
    st = catalog_inferences_check(d->catalog, &key, s->rows, s->len, differs);
    if (st)
        return st;
    *out = (InferenceVerdict){.checked = s->len, .differing = numbers};
    for (size_t i = 0; i < s->len; i++)
        if (differs[i])
            out->differing[out->len++] = s->rows[i].number;
    return ST_OK;
}

Status inference_verify(Domain *d, const EvaluationRow *row, Str body, Arena *arena,
                        InferenceVerdict *out, FieldErr *err)
{
    Arena scratch;
    Saving s = {.arena = &scratch, .err = err};
    Status st;

    arena_init(&scratch, body_memory);
    st = with_body(d, row, body, &s);
    if (!st)
        st = verify(d, row, &s, arena, out);
    arena_deinit(&scratch);
    return st;
}
