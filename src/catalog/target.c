/* SPDX-License-Identifier: Apache-2.0 */
/* Reads `sample_spaces`, `sample_lists`, `sample_rows`, `sample_inputs`, `suites`, `suite_cases`.
 */
#include "catalog/target.h"

#include "catalog/internal.h"

/* ------------------------------------------------------------ which one */

/* The one row of (space, suite, version), whose version must exist. */
static Status read_key(Stmt *s, TargetKey *out)
{
    TargetKey key = {0};
    Status st;

    if (sql_row(s))
        key = (TargetKey){sql_get_int(s, 0), sql_get_int(s, 1), sql_get_int(s, 2)};
    else if (!s->st)
        s->st = ST_NOTFOUND;
    st = sql_end(s);
    if (!st)
        *out = key;
    return st;
}

Status catalog_target_suite(Catalog *c, int64_t project_id, Str workflow, Str suite,
                            int64_t version, TargetKey *out)
{
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT p.id, u.id, CASE WHEN $4 = 0 THEN u.version ELSE $4 END"
                    " FROM sample_spaces p JOIN suites u ON u.space_id = p.id"
                    " WHERE p.project_id = $1 AND p.kind = 'workflow' AND p.name = $2"
                    " AND u.name = $3 AND u.version >= $4");
    sql_int(&s, 1, project_id);
    sql_text(&s, 2, workflow);
    sql_text(&s, 3, suite);
    sql_int(&s, 4, version);
    return read_end(r, read_key(&s, out));
}

Status catalog_target_dataset(Catalog *c, int64_t project_id, Str dataset, int64_t version,
                              TargetKey *out)
{
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT p.id, 0, CASE WHEN $3 = 0 THEN l.version ELSE $3 END"
                    " FROM sample_spaces p JOIN sample_lists l ON l.space_id = p.id"
                    " WHERE p.project_id = $1 AND p.kind = 'dataset' AND p.name = $2"
                    " AND l.name = '' AND l.version >= $3");
    sql_int(&s, 1, project_id);
    sql_text(&s, 2, dataset);
    sql_int(&s, 3, version);
    return read_end(r, read_key(&s, out));
}

Status catalog_target_workflow(Catalog *c, int64_t project_id, Str workflow, int64_t *space)
{
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT id FROM sample_spaces WHERE project_id = $1 AND kind = 'workflow'"
                    " AND name = $2");
    sql_int(&s, 1, project_id);
    sql_text(&s, 2, workflow);
    return read_end(r, sql_one_int(&s, space));
}

/* ------------------------------------------------------------ cases */

static Status count_cases(Conn *c, const TargetKey *key, int64_t *out)
{
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM suite_cases WHERE suite_id = $1 AND version = $2");

    sql_int(&s, 1, key->suite);
    sql_int(&s, 2, key->version);
    return sql_one_int(&s, out);
}

static Status list_cases(Conn *c, const TargetKey *key, Arena *arena, TargetCases *out)
{
    int64_t count = 0;
    Stmt s;
    Status st = count_cases(c, key, &count);

    if (st)
        return st;
    out->items = arena_calloc(arena, (size_t)count, sizeof *out->items);
    if (!out->items)
        return ST_NOMEM;
    s = sql_stmt(c, "SELECT l.name, l.id, k.list_version FROM suite_cases k JOIN sample_lists l"
                    " ON l.id = k.list_id WHERE k.suite_id = $1 AND k.version = $2"
                    " ORDER BY k.position");
    sql_int(&s, 1, key->suite);
    sql_int(&s, 2, key->version);
    while (out->len < (size_t)count && sql_row(&s))
        out->items[out->len++] = (TargetCase){.name = sql_get_text(&s, 0, arena),
                                              .list = sql_get_int(&s, 1),
                                              .list_version = sql_get_int(&s, 2)};
    return sql_end(&s);
}

static Status dataset_case(Conn *c, const TargetKey *key, Arena *arena, TargetCases *out)
{
    Stmt s;

    out->items = arena_calloc(arena, 1, sizeof *out->items);
    if (!out->items)
        return ST_NOMEM;
    s = sql_stmt(c, "SELECT id FROM sample_lists WHERE space_id = $1 AND name = ''");
    sql_int(&s, 1, key->space);
    if (sql_row(&s))
        out->items[out->len++] = (TargetCase){
            .name = STR(TARGET_ALL), .list = sql_get_int(&s, 0), .list_version = key->version};
    return sql_end(&s);
}

#define IN_VERSION " WHERE list_id = $1 AND from_version <= $2 AND to_version > $2"
#define IN_SPLIT   " AND ($3 = '' OR split = $3)"

static void bind_list(Stmt *s, const TargetCase *k, Str split)
{
    sql_int(s, 1, k->list);
    sql_int(s, 2, k->list_version);
    sql_text(s, 3, split);
}

static Status read_numbers(Conn *c, TargetCase *k, Str split, Arena *arena)
{
    int64_t count = 0;
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM sample_rows" IN_VERSION IN_SPLIT);
    Status st;

    bind_list(&s, k, split);
    st = sql_one_int(&s, &count);
    if (st)
        return st;
    k->numbers = arena_alloc(arena, ((size_t)count + 1) * sizeof *k->numbers);
    if (!k->numbers)
        return ST_NOMEM;
    s = sql_stmt(c, "SELECT number FROM sample_rows" IN_VERSION IN_SPLIT " ORDER BY number");
    bind_list(&s, k, split);
    while (k->count < (size_t)count && sql_row(&s))
        k->numbers[k->count++] = sql_get_int(&s, 0);
    return sql_end(&s);
}

static Status read_cases(Conn *c, const TargetKey *key, Str split, Arena *arena, TargetCases *out)
{
    Status st = key->suite ? list_cases(c, key, arena, out) : dataset_case(c, key, arena, out);

    for (size_t i = 0; i < out->len && !st; i++)
        st = read_numbers(c, &out->items[i], split, arena);
    return st;
}

Status catalog_target_case_names(Catalog *c, const TargetKey *key, Arena *arena, TargetCases *out)
{
    TargetCases cases = {0};
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = read_end(r, key->suite ? list_cases(r, key, arena, &cases)
                                : dataset_case(r, key, arena, &cases));
    if (!st)
        *out = cases;
    return st;
}

Status catalog_target_metadata_revision(Catalog *c, const TargetKey *key, int64_t *out)
{
    int64_t found = 0;
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT metadata_revision FROM sample_spaces WHERE id = $1");
    sql_int(&s, 1, key->space);
    st = read_end(r, sql_one_int(&s, &found));
    if (!st)
        *out = found;
    return st;
}

Status catalog_target_cases(Catalog *c, const TargetKey *key, Str split, Arena *arena,
                            TargetCases *out)
{
    TargetCases cases = {0};
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = read_end(r, read_cases(r, key, split, arena, &cases));
    if (!st)
        *out = cases;
    return st;
}

/* ------------------------------------------------------------ samples */

static void bind_sample(Stmt *s, const TargetKey *key, const TargetCase *k, int64_t number)
{
    sql_int(s, 1, k->list);
    sql_int(s, 2, k->list_version);
    sql_int(s, 3, number);
    sql_int(s, 4, key->space);
}

static Status read_sample(Conn *c, const TargetKey *key, const TargetCase *k, int64_t number,
                          Arena *arena, TargetSample *out)
{
    /* What is told of a sample of a workflow is told of it in all its cases. */
    Stmt s = sql_stmt(c, "SELECT i.sample_id, i.input, r.expected, CASE WHEN p.kind = 'workflow'"
                         " THEN i.metadata ELSE r.metadata END, r.split FROM sample_rows r"
                         " JOIN sample_inputs i ON i.space_id = $4 AND i.number = r.number"
                         " JOIN sample_spaces p ON p.id = i.space_id"
                         " WHERE r.list_id = $1 AND r.number = $3 AND r.from_version <= $2"
                         " AND r.to_version > $2");

    bind_sample(&s, key, k, number);
    if (sql_row(&s))
        *out = (TargetSample){.number = number,
                              .id = sql_get_text(&s, 0, arena),
                              .input = sql_get_text(&s, 1, arena),
                              .expected = sql_get_text(&s, 2, arena),
                              .metadata = sql_get_text(&s, 3, arena),
                              .split = sql_get_text(&s, 4, arena)};
    return sql_end(&s);
}

static Status read_metadata(Conn *c, const TargetKey *key, const TargetCase *k, int64_t number,
                            Arena *arena, TargetSample *out)
{
    Stmt s = sql_stmt(c, "SELECT CASE WHEN p.kind = 'workflow' THEN (SELECT i.metadata FROM"
                         " sample_inputs i WHERE i.space_id = $4 AND i.number = $3)"
                         " ELSE r.metadata END, r.split FROM sample_rows r"
                         " JOIN sample_spaces p ON p.id = $4"
                         " WHERE r.list_id = $1 AND r.number = $3 AND r.from_version <= $2"
                         " AND r.to_version > $2");

    bind_sample(&s, key, k, number);
    if (sql_row(&s))
        *out = (TargetSample){.number = number,
                              .metadata = sql_get_text(&s, 0, arena),
                              .split = sql_get_text(&s, 1, arena)};
    return sql_end(&s);
}

/* The first case that holds the sample; NULL: none does. */
static const TargetCase *case_of(const TargetCases *cases, int64_t number)
{
    for (size_t i = 0; i < cases->len; i++) {
        const TargetCase *k = &cases->items[i];
        size_t low = 0;
        size_t high = k->count;

        while (low < high) {
            const size_t middle = low + (high - low) / 2;

            if (k->numbers[middle] < number)
                low = middle + 1;
            else
                high = middle;
        }
        if (low < k->count && k->numbers[low] == number)
            return k;
    }
    return NULL;
}

typedef Status ReadOne(Conn *c, const TargetKey *key, const TargetCase *k, int64_t number,
                       Arena *arena, TargetSample *out);

static Status read_each(Catalog *c, const TargetKey *key, const TargetCases *cases,
                        const int64_t *numbers, size_t count, ReadOne *read, Arena *arena,
                        TargetSample *out)
{
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    for (size_t i = 0; i < count && !st; i++) {
        const TargetCase *k = case_of(cases, numbers[i]);

        out[i] = (TargetSample){.number = numbers[i]};
        if (k)
            st = read(r, key, k, numbers[i], arena, &out[i]);
    }
    return read_end(r, st);
}

Status catalog_target_samples(Catalog *c, const TargetKey *key, const TargetCases *cases,
                              const int64_t *numbers, size_t count, Arena *arena, TargetSample *out)
{
    return read_each(c, key, cases, numbers, count, read_sample, arena, out);
}

Status catalog_target_metadata(Catalog *c, const TargetKey *key, const TargetCases *cases,
                               const int64_t *numbers, size_t count, Arena *arena,
                               TargetSample *out)
{
    return read_each(c, key, cases, numbers, count, read_metadata, arena, out);
}
