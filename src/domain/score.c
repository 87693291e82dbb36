/* SPDX-License-Identifier: Apache-2.0 */
/* body -> ScoreIn -> looked up -> rows -> OTLP -> the log, as any spans.
 *
 * When the trace is not stored yet, its score starts when the sender says that the trace does,
 * else now; that it has been scored before keeps its first start, so that both rows are found
 * to be one. */
#include "domain/score_read.h"

#include "base/buf.h"
#include "domain/internal.h"
#include "domain/model.h"
#include "os/clock.h"
#include "otlp/encode.h"
#include "query/judged.h"
#include "query/trace_light.h"

#include <string.h>

enum { SCRATCH_MEMORY = 512 << 20, MAX_ATTRS = 24, TAGS_COPIED = 64 };

/* ------------------------------------------------------------------ look-up */

/* The days to look at: all of time when one score does not say when its trace began. */
static void time_range(const ScoreIn *scores, size_t len, int64_t *first, int64_t *last)
{
    *first = INT64_MAX;
    *last = INT64_MIN;
    for (size_t i = 0; i < len; i++) {
        if (!scores[i].has_start) {
            *first = INT64_MIN;
            *last = INT64_MAX;
            return;
        }
        *first = scores[i].trace_start_ns < *first ? scores[i].trace_start_ns : *first;
        *last = scores[i].trace_start_ns > *last ? scores[i].trace_start_ns : *last;
    }
}

static Status look_up(const Snapshot *snap, const ScoreIn *scores, size_t len, Arena *arena,
                      Judged **out)
{
    Judged *judged = arena_calloc(arena, len + 1, sizeof *judged);
    int64_t first;
    int64_t last;

    if (!judged)
        return ST_NOMEM;
    for (size_t i = 0; i < len; i++) {
        memcpy(judged[i].trace_id, scores[i].trace_id, TRACE_ID_BYTES);
        memcpy(judged[i].span_id, scores[i].span_id, SPAN_ID_BYTES);
        memcpy(judged[i].id, scores[i].id, SPAN_ID_BYTES);
        judged[i].has_span = scores[i].has_span;
    }
    time_range(scores, len, &first, &last);
    *out = judged;
    return query_judged(snap, judged, len, first, last, arena);
}

/* --------------------------------------------------------------------- rows */

typedef struct RowBuild {
    Span *row;
    Attr *attrs;
    size_t len;
    Arena *arena;
} RowBuild;

static void add(RowBuild *b, Str key, Value value)
{
    b->attrs[b->len++] = (Attr){key, value};
}

static void add_text(RowBuild *b, const char *key, Str text)
{
    if (text.len)
        add(b, str_from(key), (Value){VALUE_STR, {.s = text}});
}

static Status add_named(RowBuild *b, const char *prefix, Str name, Value value)
{
    Str key = {0};
    Status st = ST_OK;

    if (value.kind == VALUE_NONE)
        return ST_OK;
    st = arena_printf(b->arena, &key, "%s%.*s", prefix, STR_ARG(name));
    if (!st)
        add(b, key, value);
    return st;
}

/* What the score says. */
static Status add_judgement(RowBuild *b, const ScoreIn *s)
{
    Status st = add_named(b, SCORE_VALUE_PREFIX, s->name, s->value);

    if (!st && s->has_passed)
        st = add_named(b, SCORE_PASSED_PREFIX, s->name, (Value){VALUE_BOOL, {.b = s->passed}});
    add_text(b, SCORE_JUDGE, s->judge);
    add_text(b, SCORE_REASON, s->reason);
    add_text(b, SCORE_ERROR, s->error);
    add_text(b, SCORE_SOURCE, s->source);
    add_text(b, SCORE_BY, s->by);
    add_text(b, SCORE_KIND, s->kind);
    add(b, STR(SCORE_TIME), (Value){VALUE_INT, {.i = s->time_ns}});
    if (s->has_cost)
        add(b, STR(SCORE_COST), (Value){VALUE_DOUBLE, {.d = s->cost}});
    if (s->metadata.kind != VALUE_NONE)
        add(b, STR(SCORE_METADATA), s->metadata);
    if (s->expected.kind != VALUE_NONE)
        add(b, STR(SCORE_EXPECTED), s->expected);
    return st;
}

static Status add_tags(RowBuild *b, const AttrList *tags)
{
    Status st = ST_OK;

    for (size_t i = 0; tags && i < tags->len && i < TAGS_COPIED && !st; i++)
        st = add_named(b, VIREO_ATTR_TAG_PREFIX, tags->items[i].key, tags->items[i].value);
    return st;
}

/* What it has of the span that it judges, so that it can be grouped by that. */
static Status add_judged(RowBuild *b, const ScoreIn *s, const Judged *j)
{
    Str model = s->model;
    Status st = ST_OK;

    if (j->span && j->span->model.len && j->span->model_version > 0)
        st = tag_join(j->span->model, j->span->model_version, b->arena, &model);
    add_text(b, VIREO_ATTR_MODEL_TAG, model);
    if (j->span) {
        add_text(b, "vireo.session", j->span->session);
        add_text(b, "vireo.user", j->span->user);
    }
    return st ? st : add_tags(b, j->tags);
}

static int64_t start_of(const ScoreIn *s, const Judged *j, int64_t now_ns)
{
    if (j->known)
        return j->known_ns;
    if (j->trace_found)
        return j->start_ns;
    return s->has_start ? s->trace_start_ns : now_ns;
}

static void place(Span *row, const ScoreIn *s, const Judged *j, int64_t now_ns)
{
    static const Resource resource;
    static const Scope scope = {.name = {"vireo.scores", 12}};

    memcpy(row->trace_id, s->trace_id, TRACE_ID_BYTES);
    memcpy(row->span_id, s->id, SPAN_ID_BYTES);
    if (s->has_span)
        memcpy(row->parent_id, s->span_id, SPAN_ID_BYTES);
    else if (j->span)
        memcpy(row->parent_id, j->span->span_id, SPAN_ID_BYTES);
    row->name = s->name;
    row->start_ns = row->end_ns = start_of(s, j, now_ns);
    row->status = s->error.len ? SPAN_ERROR : SPAN_UNSET;
    row->status_message = s->error;
    row->resource = &resource;
    row->scope = &scope;
}

static Status make_row(const ScoreIn *s, const Judged *j, int64_t now_ns, Arena *arena, Span *row)
{
    RowBuild b = {
        .row = row,
        .attrs = arena_calloc(arena, MAX_ATTRS + TAGS_COPIED, sizeof *b.attrs),
        .arena = arena,
    };
    Status st = b.attrs ? ST_OK : ST_NOMEM;

    if (st)
        return st;
    place(row, s, j, now_ns);
    add_text(&b, VIREO_ATTR_TYPE, STR(VIREO_TYPE_SCORE));
    st = add_judgement(&b, s);
    if (!st)
        st = add_judged(&b, s, j);
    row->attrs = (AttrList){b.attrs, b.len};
    return st;
}

/* ------------------------------------------------------------------ storing */

static Status store_rows(const ScoreTarget *to, const Span *rows, size_t len, size_t *accepted,
                         FieldErr *err)
{
    IngestRequest request = {.content = CONTENT_PROTOBUF, .project_id = to->project_id};
    IngestResult result = {0};
    Err why = {0};
    Buf body;
    Status st;

    buf_init(&body, INGEST_MAX_BODY);
    st = otlp_encode(OTLP_PROTOBUF, rows, len, &body);
    request.body = buf_str(&body);
    if (!st)
        st = ingest_spans(to->ingest, &request, &result, &why);
    buf_deinit(&body);
    if (st == ST_LIMIT)
        return field_err_set(err, st, "scores", "scores: too large together; send fewer at once");
    if (st)
        return field_err_set(err, st, "", "cannot keep the scores: %s",
                             why.msg[0] ? why.msg : status_text(st));
    *accepted = (size_t)result.accepted;
    return ST_OK;
}

static Status make_rows(const Snapshot *snap, const ScoreIn *scores, size_t len, int64_t now_ns,
                        Arena *arena, Span **out)
{
    Span *rows = arena_calloc(arena, len + 1, sizeof *rows);
    Judged *judged = NULL;
    Status st = rows ? look_up(snap, scores, len, arena, &judged) : ST_NOMEM;

    for (size_t i = 0; i < len && !st; i++)
        st = make_row(&scores[i], &judged[i], now_ns, arena, &rows[i]);
    *out = rows;
    return st;
}

/* What is looked up points into the snapshot until it is encoded. */
static Status add_all(const ScoreTarget *to, const ScoreIn *scores, size_t len, int64_t now_ns,
                      Arena *arena, size_t *accepted, FieldErr *err)
{
    Snapshot *snap;
    Span *rows;
    Status st = store_snapshot(to->domain->store, to->project_id, &snap);

    if (st)
        return st;
    st = make_rows(snap, scores, len, now_ns, arena, &rows);
    if (!st && len)
        st = store_rows(to, rows, len, accepted, err);
    snapshot_release(snap);
    return st;
}

static Status keep_refusals(const ScoresResult *from, Arena *arena, ScoresResult *out)
{
    const size_t bytes = from->rejected_count * sizeof *from->rejected;
    ScoreRefusal *copy = arena_alloc(arena, bytes + 1);

    if (!copy)
        return ST_NOMEM;
    if (bytes)
        memcpy(copy, from->rejected, bytes);
    *out = *from;
    out->rejected = copy;
    return ST_OK;
}

Status scores_add(const ScoreTarget *to, Str body, Arena *arena, ScoresResult *out, FieldErr *err)
{
    const int64_t now_ns = clock_now_ns();
    ScoresResult result = {0};
    ScoreIn *scores = NULL;
    size_t len = 0;
    Arena scratch;
    Status st;

    arena_init(&scratch, SCRATCH_MEMORY);
    st = scores_read(body, now_ns, &scratch, &scores, &len, &result, err);
    if (!st)
        st = add_all(to, scores, len, now_ns, &scratch, &result.accepted, err);
    if (!st)
        st = keep_refusals(&result, arena, out);
    arena_deinit(&scratch);
    return st;
}

/* ----------------------------------------------------------------- removing */

static Status find_score(const ScoreTarget *to, const uint8_t *trace_id, const uint8_t *id,
                         Arena *arena, Span *out)
{
    Snapshot *snap;
    Score score;
    Status st = store_snapshot(to->domain->store, to->project_id, &snap);

    if (st)
        return st;
    st = query_span(snap, trace_id, id, arena, out);
    if (!st && !score_of_span(out, &score))
        st = ST_NOTFOUND;
    snapshot_release(snap);
    return st;
}

Status score_remove(const ScoreTarget *to, const uint8_t trace_id[TRACE_ID_BYTES],
                    const uint8_t id[SPAN_ID_BYTES], Arena *arena)
{
    Attr attrs[] = {
        {STR(VIREO_ATTR_TYPE), {VALUE_STR, {.s = STR(VIREO_TYPE_SCORE)}}},
        {STR(SCORE_DELETED), {VALUE_BOOL, {.b = true}}},
    };
    size_t accepted = 0;
    Span row = {0};
    const Status st = find_score(to, trace_id, id, arena, &row);

    if (st)
        return st;
    row.attrs = (AttrList){attrs, sizeof attrs / sizeof *attrs};
    row.status = SPAN_UNSET;
    row.status_message = (Str){0};
    return store_rows(to, &row, 1, &accepted, NULL);
}
