/* SPDX-License-Identifier: Apache-2.0 */
/* previews_read: pages of long texts are decompressed for a few of them, which is most of what
 * a list costs; so it is done side by side, in pieces of a few neighbouring lines and one
 * column. */
#include "query/previews.h"

#include "store/snapshot.h"

#include <stdlib.h>

enum { PIECE_LINES = 8, PIECE_MEMORY = 64 << 20 };

static const char *const column_names[] = {"input_preview", "output_preview"};

enum { COLUMNS = sizeof column_names / sizeof *column_names };

/* Lines [from, to), all of one block, and one column. */
typedef struct Piece {
    size_t from;
    size_t to;
    size_t column;
    Arena arena; /* a piece is one thread's */
    Vector texts;
} Piece;

typedef struct Reading {
    const Snapshot *snap;
    const PreviewLine *lines;
    Piece *pieces;
    size_t len;
} Reading;

static int by_place(const void *a, const void *b)
{
    const PreviewLine *x = a;
    const PreviewLine *y = b;

    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static Status cut(Reading *r, size_t count, Arena *arena)
{
    r->pieces = arena_calloc(arena, COLUMNS * count + 1, sizeof *r->pieces);
    if (!r->pieces)
        return ST_NOMEM;
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && to - from < PIECE_LINES; to++)
            if (r->lines[to].block != r->lines[from].block)
                break;
        for (size_t c = 0; c < COLUMNS; c++) {
            Piece *p = &r->pieces[r->len++];

            *p = (Piece){.from = from, .to = to, .column = c};
            arena_init(&p->arena, PIECE_MEMORY);
        }
    }
    return ST_OK;
}

static Status read_piece(void *context, size_t index)
{
    const Reading *r = context;
    Piece *p = &r->pieces[index];
    size_t rows[PIECE_LINES];

    for (size_t i = p->from; i < p->to; i++)
        rows[i - p->from] = r->lines[i].row;
    return snapshot_pick(r->snap, r->lines[p->from].block, str_from(column_names[p->column]), rows,
                         p->to - p->from, &p->arena, &p->texts);
}

static Status keep_piece(const Reading *r, const Piece *p, Arena *arena)
{
    Status st = ST_OK;

    for (size_t i = p->from; i < p->to && !st; i++) {
        Span *span = r->lines[i].span;
        Str *to = p->column == 0 ? &span->input : &span->output;

        if (!vector_is_null(&p->texts, i - p->from))
            st = arena_copy(arena, vector_str(&p->texts, i - p->from), to);
    }
    return st;
}

Status previews_read(const Snapshot *snap, PreviewLine *lines, size_t count, QueryEngine *engine,
                     Arena *arena)
{
    Reading r = {.snap = snap, .lines = lines};
    Status st;

    if (count)
        qsort(lines, count, sizeof *lines, by_place);
    st = cut(&r, count, arena);
    if (!st)
        st = engine_each(engine, r.len, read_piece, &r);
    for (size_t i = 0; i < r.len; i++) {
        if (!st)
            st = keep_piece(&r, &r.pieces[i], arena);
        arena_deinit(&r.pieces[i].arena);
    }
    return st;
}
