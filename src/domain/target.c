/* SPDX-License-Identifier: Apache-2.0 */
/* See target.h. */
#include "domain/target.h"

#include "base/alloc.h"
#include "domain/internal.h"

#include <stdlib.h>
#include <string.h>

static const size_t target_memory = (size_t)1 << 30;

void targets_init(Targets *t)
{
    *t = (Targets){0};
    mutex_init(&t->lock);
}

static void free_target(Target *t)
{
    if (!t)
        return;
    arena_deinit(&t->arena);
    mem_free(t);
}

void targets_deinit(Targets *t)
{
    for (size_t i = 0; i < TARGETS_KEPT; i++)
        free_target(t->kept[i]);
    mutex_deinit(&t->lock);
}

/* ------------------------------------------------------------ reading */

static int compare_numbers(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* Of one case its own list, of more all of them together. */
static Status collect_all(Target *t)
{
    size_t total = 0;
    size_t len = 0;

    if (t->cases.len == 1) {
        t->all = t->cases.items[0].numbers;
        t->count = t->cases.items[0].count;
        return ST_OK;
    }
    for (size_t i = 0; i < t->cases.len; i++)
        total += t->cases.items[i].count;
    t->all = arena_alloc(&t->arena, (total + 1) * sizeof *t->all);
    if (!t->all)
        return ST_NOMEM;
    for (size_t i = 0; i < t->cases.len; i++) {
        const TargetCase *k = &t->cases.items[i];

        if (k->count)
            memcpy(t->all + t->count, k->numbers, k->count * sizeof *t->all);
        t->count += k->count;
    }
    qsort(t->all, t->count, sizeof *t->all, compare_numbers);
    for (size_t i = 0; i < t->count; i++)
        if (!len || t->all[len - 1] != t->all[i])
            t->all[len++] = t->all[i];
    t->count = len;
    return ST_OK;
}

static Status read_target(Domain *d, const TargetKey *key, Str split, Target **out)
{
    Target *t = mem_calloc(1, sizeof *t);
    Status st;

    if (!t)
        return ST_NOMEM;
    arena_init(&t->arena, target_memory);
    t->key = *key;
    t->references = 1;
    st = arena_copy(&t->arena, split, &t->split);
    if (!st)
        st = catalog_target_cases(d->catalog, key, split, &t->arena, &t->cases);
    if (!st)
        st = collect_all(t);
    if (st)
        free_target(t);
    else
        *out = t;
    return st;
}

/* ------------------------------------------------------------ keeping */

static Target *find_kept(Targets *ts, const TargetKey *key, Str split)
{
    for (size_t i = 0; i < TARGETS_KEPT; i++) {
        Target *t = ts->kept[i];

        if (t && t->key.space == key->space && t->key.suite == key->suite &&
            t->key.version == key->version && str_eq(t->split, split)) {
            t->references++;
            t->used = ++ts->clock;
            return t;
        }
    }
    return NULL;
}

/* In the place of the one that was not used for longest and that nobody has. */
static Target *keep(Targets *ts, Target *t)
{
    Target *old;
    size_t oldest = TARGETS_KEPT;

    for (size_t i = 0; i < TARGETS_KEPT; i++) {
        if (!ts->kept[i]) {
            oldest = i;
            break;
        }
        if (!ts->kept[i]->references &&
            (oldest == TARGETS_KEPT || ts->kept[i]->used < ts->kept[oldest]->used))
            oldest = i;
    }
    if (oldest == TARGETS_KEPT)
        return NULL; /* all in use: this one is freed when it is put back */
    old = ts->kept[oldest];
    t->used = ++ts->clock;
    ts->kept[oldest] = t;
    return old;
}

Status target_get(Domain *d, const TargetKey *key, Str split, const Target **out)
{
    Targets *ts = &d->targets;
    Target *t;
    Target *old = NULL;
    Status st;

    mutex_lock(&ts->lock);
    t = find_kept(ts, key, split);
    mutex_unlock(&ts->lock);
    if (!t) {
        st = read_target(d, key, split, &t);
        if (st)
            return st;
        mutex_lock(&ts->lock);
        old = keep(ts, t);
        mutex_unlock(&ts->lock);
    }
    free_target(old);
    *out = t;
    return ST_OK;
}

void target_put(Domain *d, const Target *target)
{
    Targets *ts = &d->targets;
    bool kept = false;

    if (!target)
        return;
    mutex_lock(&ts->lock);
    for (size_t i = 0; i < TARGETS_KEPT; i++) {
        if (ts->kept[i] == target) {
            ts->kept[i]->references--;
            kept = true;
        }
    }
    mutex_unlock(&ts->lock);
    if (!kept)
        free_target((Target *)(uintptr_t)target); /* ours alone */
}

TargetCase *target_case(const Target *t, Str name)
{
    for (size_t i = 0; i < t->cases.len; i++)
        if (str_eq(t->cases.items[i].name, name))
            return &t->cases.items[i];
    return NULL;
}

bool numbers_hold(const int64_t *numbers, size_t count, int64_t number)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && numbers[low] == number;
}
