/* SPDX-License-Identifier: Apache-2.0 */
/* A heap in an array; the cursor is a place as text. */
#include "query/best_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WANT = 1 << 16 };

/* <0: `a` stands in front of `b`. */
static int compare_places(const Place *a, const Place *b)
{
    if (a->rank != b->rank)
        return a->rank > b->rank ? -1 : 1;
    if (a->start_ns != b->start_ns)
        return a->start_ns > b->start_ns ? -1 : 1;
    return memcmp(a->ids, b->ids, sizeof a->ids);
}

Status place_to_cursor(const Place *p, Arena *arena, Str *out)
{
    char hex[2 * sizeof p->ids];
    uint64_t rank;

    memcpy(&rank, &p->rank, sizeof rank);
    hex_encode(p->ids, sizeof p->ids, hex);
    return arena_printf(arena, out, "%lld.%llu.%.*s", (long long)p->start_ns,
                        (unsigned long long)rank, (int)sizeof hex, hex);
}

Status place_from_cursor(Str cursor, Place *out)
{
    Place p = {0};
    uint64_t rank;
    Str start;
    Str rest;
    Str number;
    Str ids;

    (void)str_cut(cursor, '.', &start, &rest);
    (void)str_cut(rest, '.', &number, &ids);
    if (str_to_i64(start, &p.start_ns) || str_to_u64(number, &rank) ||
        hex_decode(ids, p.ids, sizeof p.ids))
        return ST_INVALID;
    memcpy(&p.rank, &rank, sizeof rank);
    if (isnan(p.rank))
        return ST_INVALID;
    *out = p;
    return ST_OK;
}

static bool worse(const Found *a, const Found *b)
{
    return compare_places(&a->place, &b->place) > 0;
}

static void sift_down(BestList *l, size_t at)
{
    for (;;) {
        size_t worst = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < l->heap.len; child++)
            if (worse(&l->heap.items[child], &l->heap.items[worst]))
                worst = child;
        if (worst == at)
            return;
        const Found other = l->heap.items[at];

        l->heap.items[at] = l->heap.items[worst];
        l->heap.items[worst] = other;
        at = worst;
    }
}

static void sift_up(BestList *l, size_t at)
{
    while (at && worse(&l->heap.items[at], &l->heap.items[(at - 1) / 2])) {
        const Found other = l->heap.items[at];

        l->heap.items[at] = l->heap.items[(at - 1) / 2];
        l->heap.items[(at - 1) / 2] = other;
        at = (at - 1) / 2;
    }
}

Status best_list_init(BestList *l, size_t want, Str cursor)
{
    *l = (BestList){.want = want < MAX_WANT ? want : MAX_WANT, .has_cursor = cursor.len != 0};
    return cursor.len ? place_from_cursor(cursor, &l->behind) : ST_OK;
}

void best_list_deinit(BestList *l)
{
    VEC_FREE(&l->heap);
}

bool best_list_full(const BestList *l)
{
    return l->heap.len == l->want;
}

bool best_list_hopeless(const BestList *l, double rank, int64_t start_ns)
{
    const Place *last = best_list_full(l) ? &l->heap.items[0].place : NULL;

    return last && (rank < last->rank || (rank == last->rank && start_ns < last->start_ns));
}

Status best_list_offer(BestList *l, const Found *f)
{
    Status st;

    if (l->has_cursor && compare_places(&f->place, &l->behind) <= 0)
        return ST_OK;
    if (best_list_full(l)) {
        if (worse(&l->heap.items[0], f)) {
            l->heap.items[0] = *f;
            sift_down(l, 0);
        }
        return ST_OK;
    }
    st = VEC_PUSH(&l->heap, *f, MAX_WANT);
    if (!st)
        sift_up(l, l->heap.len - 1);
    return st;
}

static int by_place(const void *a, const void *b)
{
    return compare_places(&((const Found *)a)->place, &((const Found *)b)->place);
}

void best_list_sort(BestList *l)
{
    if (l->heap.len)
        qsort(l->heap.items, l->heap.len, sizeof *l->heap.items, by_place);
}
