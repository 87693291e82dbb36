/* SPDX-License-Identifier: Apache-2.0 */
/* The list of traces by rank: GET .../traces?offset=N.
 *
 *   first question: rank all that matches -> kept in pieces, under a name that is told ("list")
 *   with `list`:    a piece or two of it  -> the lines of these traces, as they are now
 *
 * so that a reader who jumps about sees one list, whatever comes in meanwhile.  Kept are the
 * rankings that were read last, in RANKINGS_BYTES (api.c); one that had to go, or was lost with
 * the server's last run, is made anew, which the answer tells by another name. */
#include "api/ranked.h"

#include "api/span_json.h"
#include "base/alloc.h"
#include "query/ranking.h"
#include "query/trace_table.h"

#include <string.h>

/* PIECE: traces; a piece is within an eighth of what the engine keeps. */
enum { PIECE = 1 << 18, KEY_BYTES = 24 };

typedef struct Head {
    int64_t project_id;
    size_t len;
} Head;

/* What is answered. */
typedef struct Stretch {
    PartKey list;
    size_t total;
    RankedTrace items[LIST_MAX];
    size_t len;
} Stretch;

/* ------------------------------------------------------------------ names */

static void key_bytes(const PartKey *key, uint8_t out[KEY_BYTES])
{
    const uint64_t words[3] = {key->block, key->asked, key->asked_again};

    memcpy(out, words, KEY_BYTES);
}

/* False: not a name of ours. */
static bool key_from_text(Str text, PartKey *out)
{
    uint64_t words[3];
    uint8_t bytes[KEY_BYTES];

    if (hex_decode(text, bytes, sizeof bytes) != ST_OK)
        return false;
    memcpy(words, bytes, sizeof words);
    *out = (PartKey){words[0], words[1], words[2]};
    return true;
}

static PartKey piece_key(const PartKey *list, size_t piece)
{
    return (PartKey){list->block, list->asked + 1 + piece, list->asked_again};
}

/* Equal for equal questions to one state of the store. */
static Status name_list(const Snapshot *snap, const RankedQuestion *asked, const Request *q,
                        PartKey *out)
{
    Str sort = {0};
    Str query = {0};
    Str text = {0};
    Status st = query_to_text(asked->query, q->arena, &query);

    (void)request_query(q, STR("sort"), &sort);
    if (!st)
        st = arena_printf(q->arena, &text, "ranking %lld %lld %lld %zu:%.*s %zu:%.*s %.*s",
                          (long long)caller_of(q)->project_id, (long long)asked->window->from_ns,
                          (long long)asked->window->to_ns, sort.len, STR_ARG(sort),
                          asked->list_params.cursor.len, STR_ARG(asked->list_params.cursor),
                          STR_ARG(query));
    if (!st)
        *out = part_key(snapshot_identity(snap), text);
    return st;
}

/* ------------------------------------------------------------------- kept */

/* Rows from `offset` on of a list of `total`, at most `limit`. */
static size_t stretch_len(size_t total, size_t offset, size_t limit)
{
    if (offset >= total)
        return 0;
    return limit < total - offset ? limit : total - offset;
}

static bool copy_piece(Api *a, const PartKey *list, size_t at, size_t len, RankedTrace *out)
{
    const PartKey key = piece_key(list, at / PIECE);
    RankedTrace *items = engine_take(a->rankings, &key);

    if (!items)
        return false;
    memcpy(out, items + at % PIECE, len * sizeof *out);
    engine_give(a->rankings, &key, items);
    return true;
}

/* False: the list is not kept, or another project's. */
static bool take_kept(Api *a, int64_t project_id, const PartKey *list, size_t offset, size_t limit,
                      Stretch *out)
{
    Head *head = engine_take(a->rankings, list);
    size_t done = 0;
    bool ours;

    if (!head)
        return false;
    ours = head->project_id == project_id;
    out->list = *list;
    out->total = head->len;
    engine_give(a->rankings, list, head);
    out->len = stretch_len(out->total, offset, limit);
    while (ours && done < out->len) {
        const size_t room = PIECE - (offset + done) % PIECE;
        const size_t len = room < out->len - done ? room : out->len - done;

        ours = copy_piece(a, list, offset + done, len, out->items + done);
        done += len;
    }
    return ours;
}

/* False: not kept. */
static bool keep_part(Api *a, const PartKey *key, const void *content, size_t bytes)
{
    void *copy = mem_alloc(bytes + 1);

    if (!copy)
        return false;
    memcpy(copy, content, bytes);
    if (engine_put(a->rankings, key, copy, bytes, mem_free)) {
        engine_give(a->rankings, key, copy);
        return true;
    }
    mem_free(copy);
    return false;
}

/* The head last: who finds it finds the pieces, until they go. */
static void keep(Api *a, const PartKey *list, const Head *head, const Ranking *r)
{
    for (size_t at = 0; at < r->len; at += PIECE) {
        const PartKey key = piece_key(list, at / PIECE);

        (void)keep_part(a, &key, r->items + at, stretch_len(r->len, at, PIECE) * sizeof *r->items);
    }
    (void)keep_part(a, list, head, sizeof *head);
}

/* ----------------------------------------------------------------- answer */

static Status make(Api *a, const Request *q, const Snapshot *snap, const RankedQuestion *asked,
                   Stretch *out)
{
    Ranking r = {0};
    Head head = {.project_id = caller_of(q)->project_id};
    Status st = name_list(snap, asked, q, &out->list);

    if (st ||
        take_kept(a, head.project_id, &out->list, asked->offset, asked->list_params.limit, out))
        return st;
    st = query_ranking(snap, asked->query, asked->window, asked->order, asked->list_params.cursor,
                       a->engine, q->arena, &r);
    if (st)
        return st;
    head.len = r.len;
    out->total = r.len;
    out->len = stretch_len(r.len, asked->offset, asked->list_params.limit);
    if (out->len)
        memcpy(out->items, r.items + asked->offset, out->len * sizeof *r.items);
    keep(a, &out->list, &head, &r);
    ranking_free(&r);
    return ST_OK;
}

/* Traces that were deleted since the list was made are told by their ranks. */
static void write_gone(JsonWriter *w, const Stretch *s, size_t offset, const TraceSummary *lines)
{
    jw_key(w, STR("gone"));
    jw_array(w);
    for (size_t i = 0; i < s->len; i++)
        if (!lines[i].root)
            jw_uint(w, offset + i);
    jw_array_end(w);
}

static void write_stretch(Response *r, const Stretch *s, size_t offset, const TraceSummary *lines,
                          Arena *arena)
{
    JsonWriter w = list_begin(r);
    uint8_t list[KEY_BYTES];

    for (size_t i = 0; i < s->len; i++)
        if (lines[i].root)
            summary_write(&w, &lines[i], arena);
    jw_array_end(&w);
    jw_key_null(&w, STR("next_cursor"));
    key_bytes(&s->list, list);
    jw_key_hex(&w, STR("list"), list, sizeof list);
    jw_key_uint(&w, STR("offset"), offset);
    jw_key_uint(&w, STR("total"), s->total);
    write_gone(&w, s, offset, lines);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

Status ranked_answer(Api *a, const Request *q, Response *r, const Snapshot *snap,
                     const RankedQuestion *asked)
{
    Stretch *s = arena_calloc(q->arena, 1, sizeof *s);
    TraceSummary *lines = arena_calloc(q->arena, asked->list_params.limit + 1, sizeof *lines);
    Status st = ST_OK;

    if (!s || !lines)
        return ST_NOMEM;
    if (!asked->has_list || !take_kept(a, caller_of(q)->project_id, &asked->list, asked->offset,
                                       asked->list_params.limit, s))
        st = make(a, q, snap, asked, s);
    if (!st)
        st =
            query_ranked(snap, s->items, s->len, a->engine, asked->window->cancel, q->arena, lines);
    if (!st)
        write_stretch(r, s, asked->offset, lines, q->arena);
    return st;
}

bool ranked_params(const Request *q, Response *r, RankedQuestion *out)
{
    Str text;
    uint64_t offset = 0;

    out->asked = false;
    if (request_query(q, STR("offset"), &text)) {
        out->asked = true;
        if (str_to_u64(text, &offset) != ST_OK || offset > TRACE_TABLE_MAX) {
            problem(r, 400, "offset", "offset: must be a whole number from 0 to %d",
                    (int)TRACE_TABLE_MAX);
            return false;
        }
    }
    out->offset = (size_t)offset;
    out->has_list = request_query(q, STR("list"), &text);
    if (!out->has_list)
        return true;
    out->asked = true;
    if (key_from_text(text, &out->list))
        return true;
    problem(r, 400, "list", "list: use list of an earlier answer");
    return false;
}
