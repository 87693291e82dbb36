/* SPDX-License-Identifier: Apache-2.0 */
/* Edits of a case, in the order in which they were made, to what they come to.
 *
 * For each sample the last edit decides.  One that was removed and added again loses its place, so
 * the order of the additions that count is the order of the new members:
 *
 *     (nothing) --add--> PUT --add--> PUT          the newer ground truth, the same place
 *         |               |
 *       remove          remove --> GONE --add--> PUT, at the end
 */
#include "domain/sample.h"

#include "base/map.h"
#include "base/vec.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Entry {
    SamplePut put; /* its id also when it is gone */
    bool gone;
    size_t order;
} Entry;

typedef struct Edits {
    SampleRules rules;
    bool adds; /* all of them, without saying so */
    Arena *arena;
    Map by_id; /* -> index in entries */
    VEC_OF(Entry) entries;
} Edits;

static Status refuse(const Edits *e, FieldErr *err, size_t index, const char *member,
                     const char *why)
{
    char name[sizeof err->field];

    (void)snprintf(name, sizeof name, "%s[%zu].%s", e->rules.field, index, member);
    return field_err_set(err, ST_INVALID, name, "%s: %s", name, why);
}

static Status entry_of(Edits *e, Str id, Entry **out, bool *added)
{
    uint64_t *at = NULL;
    Entry fresh = {.put = {.id = id}};
    Status st = map_entry(&e->by_id, id, e->entries.len, &at, added);

    if (!st && *added)
        st = VEC_PUSH(&e->entries, fresh, (size_t)SAMPLES_A_REQUEST);
    if (!st)
        *out = &e->entries.items[*at];
    return st;
}

static Status add(Edits *e, const Json *json, size_t index, FieldErr *err)
{
    SamplePut put;
    Entry *entry = NULL;
    bool added = false;
    Status st = sample_read(json, &e->rules, index, e->arena, &put, err);

    if (!st)
        st = entry_of(e, put.id, &entry, &added);
    if (st)
        return st;
    put.to_end = entry->gone || entry->put.to_end;
    if (added || entry->gone)
        entry->order = index;
    entry->put = put;
    entry->gone = false;
    return ST_OK;
}

/* A sample is removed by its input or by its id. */
static Status removed_id(const Edits *e, const Json *json, size_t index, Str *out, FieldErr *err)
{
    const Json *input = json_get(json, STR("input"));
    const Json *id = json_get(json, STR("id"));
    char hash[SAMPLE_HASH_CHARS];
    Status st;

    if (input) {
        st = json_hash(input, hash);
        return st ? st : arena_copy(e->arena, (Str){hash, sizeof hash}, out);
    }
    if (!id || id->kind != JSON_KIND_STR || !id->as.s.len)
        return refuse(e, err, index, "id", "a removal needs an input, or an id as a string");
    return arena_copy(e->arena, id->as.s, out);
}

static Status drop(Edits *e, const Json *json, size_t index, FieldErr *err)
{
    Str id = {0};
    Entry *entry = NULL;
    bool added;
    Status st = removed_id(e, json, index, &id, err);

    if (!st)
        st = entry_of(e, id, &entry, &added);
    if (!st)
        entry->gone = true;
    return st;
}

static Status apply_edit(void *visitor, const Json *json, size_t index, FieldErr *err)
{
    Edits *e = visitor;
    const Json *op = json_get(json, STR("op"));
    const Str name = op && op->kind == JSON_KIND_STR ? op->as.s : (Str){0};

    if (e->adds || str_eq(name, STR("add")))
        return add(e, json, index, err);
    if (str_eq(name, STR("remove")))
        return drop(e, json, index, err);
    return refuse(e, err, index, "op", "must be \"add\" or \"remove\"");
}

static int by_order(const void *a, const void *b)
{
    const Entry *x = a;
    const Entry *y = b;

    return x->order < y->order ? -1 : x->order > y->order;
}

static Status take_out(Edits *e, NetEdits *out)
{
    NetEdits net = {0};

    net.puts.items = arena_calloc(e->arena, e->entries.len + 1, sizeof *net.puts.items);
    net.removes = arena_calloc(e->arena, e->entries.len + 1, sizeof *net.removes);
    if (!net.puts.items || !net.removes)
        return ST_NOMEM;
    if (e->entries.len)
        qsort(e->entries.items, e->entries.len, sizeof *e->entries.items, by_order);
    for (size_t i = 0; i < e->entries.len; i++) {
        if (e->entries.items[i].gone)
            net.removes[net.remove_count++] = e->entries.items[i].put.id;
        else
            net.puts.items[net.puts.len++] = e->entries.items[i].put;
    }
    *out = net;
    return ST_OK;
}

Status edits_read(Str array, const char *field, bool adds, Arena *arena, NetEdits *out,
                  FieldErr *err)
{
    Edits e = {.rules = {.field = field, .workflow = true}, .adds = adds, .arena = arena};
    Status st;

    map_init(&e.by_id, SAMPLES_A_REQUEST);
    st = samples_each(array, field, apply_edit, &e, err);
    if (!st)
        st = take_out(&e, out);
    map_deinit(&e.by_id);
    VEC_FREE(&e.entries);
    return st;
}
