/* SPDX-License-Identifier: Apache-2.0 */
/* Table `sample_lists`; reads `sample_rows` and `sample_inputs`. */
#include "catalog/sample_list.h"

#include "base/buf.h"
#include "base/vec.h"
#include "catalog/internal.h"
#include "query/text_match.h"

#include <string.h>

enum {
    DIFF_ID_MAX = 1 << 16,
    DIFF_BYTES = 32 << 20, /* of a page, or one sample more */
    SEARCHED_MAX = 1 << 20 /* a text that is looked for */
};

/* ------------------------------------------------------------ lists */

#define LIST_COLUMNS                                                            \
    "SELECT l.id, l.space_id, l.name, l.description, l.created_ns, l.version,"  \
    " l.sample_count, COALESCE(m.created_ns, l.created_ns) FROM sample_lists l" \
    " LEFT JOIN sample_commits m ON m.list_id = l.id AND m.version = l.version "

static SampleListRow read_list_row(Stmt *s, Arena *arena)
{
    return (SampleListRow){.id = sql_get_int(s, 0),
                           .space_id = sql_get_int(s, 1),
                           .name = sql_get_text(s, 2, arena),
                           .description = sql_get_text(s, 3, arena),
                           .created_ns = sql_get_int(s, 4),
                           .version = sql_get_int(s, 5),
                           .count = sql_get_int(s, 6),
                           .updated_ns = sql_get_int(s, 7)};
}

static Status only_list(Stmt *s, Arena *arena, SampleListRow *out)
{
    SampleListRow row = {0};
    Status st;

    if (sql_row(s))
        row = read_list_row(s, arena);
    else if (!s->st)
        s->st = ST_NOTFOUND;
    st = sql_end(s);
    if (!st)
        *out = row;
    return st;
}

Status sample_list_read(Conn *c, int64_t list_id, Arena *arena, SampleListRow *out)
{
    Stmt s = sql_stmt(c, LIST_COLUMNS "WHERE l.id = $1");

    sql_int(&s, 1, list_id);
    return only_list(&s, arena, out);
}

Status case_find(Conn *c, int64_t space_id, Str name, Arena *arena, SampleListRow *out)
{
    Stmt s = sql_stmt(c, LIST_COLUMNS "WHERE l.space_id = $1 AND l.name = $2");

    sql_int(&s, 1, space_id);
    sql_text(&s, 2, name);
    return only_list(&s, arena, out);
}

Status catalog_case_get(Catalog *c, int64_t space_id, Str name, Arena *arena, SampleListRow *out)
{
    Conn *r;
    const Status st = read_begin(c, &r);

    return st ? st : read_end(r, case_find(r, space_id, name, arena, out));
}

Status catalog_list_by_id(Catalog *c, int64_t list_id, Arena *arena, SampleListRow *out)
{
    Conn *r;
    const Status st = read_begin(c, &r);

    return st ? st : read_end(r, sample_list_read(r, list_id, arena, out));
}

Status catalog_case_list(Catalog *c, int64_t space_id, int64_t after, size_t limit, Arena *arena,
                         SampleLists *out)
{
    SampleLists list = {.items = arena_calloc(arena, limit, sizeof *list.items)};
    Conn *r;
    Stmt s;
    Status st = list.items ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    s = sql_stmt(r, LIST_COLUMNS "WHERE l.space_id = $1 AND l.id > $2 ORDER BY l.id LIMIT $3");
    sql_int(&s, 1, space_id);
    sql_int(&s, 2, after);
    sql_uint(&s, 3, limit + 1);
    while (sql_page_row(&s, list.len, limit, &list.more))
        list.items[list.len++] = read_list_row(&s, arena);
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = list;
    return st;
}

static Status check_limit(Conn *c, int64_t space_id)
{
    int64_t there = 0;
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM sample_lists WHERE space_id = $1");
    Status st;

    sql_int(&s, 1, space_id);
    st = sql_one_int(&s, &there);
    return st ? st : there < CASES_MAX ? ST_OK : ST_LIMIT;
}

Status sample_list_insert(Conn *c, int64_t space_id, Str name, Str description, int64_t now_ns,
                          int64_t *out)
{
    int64_t id = 0;
    Stmt s;
    Status st = check_limit(c, space_id);

    if (!st)
        st = sql_next_id(c, STR("sample_lists"), &id);
    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO sample_lists (id, space_id, name, description, created_ns,"
                    " version, sample_count, next_position) VALUES ($1, $2, $3, $4, $5, 0, 0, 1)");
    sql_int(&s, 1, id);
    sql_int(&s, 2, space_id);
    sql_text(&s, 3, name);
    sql_text(&s, 4, description);
    sql_int(&s, 5, now_ns);
    st = sql_run(&s);
    if (!st)
        *out = id;
    return st;
}

static Status describe(Conn *c, int64_t list_id, Str description)
{
    Stmt s = sql_stmt(c, "UPDATE sample_lists SET description = $2 WHERE id = $1");

    sql_int(&s, 1, list_id);
    sql_text(&s, 2, description);
    return sql_change(c, &s);
}

Status catalog_case_describe(Catalog *c, int64_t list_id, Str description)
{
    Conn *w;
    const Status st = tx_begin(c, &w);

    return st ? st : tx_end(w, describe(w, list_id, description));
}

static Status remove_list(Conn *c, int64_t list_id)
{
    static const char *const deletes[] = {
        ("DELETE FROM stage_rows WHERE stage_id IN"
         " (SELECT id FROM sample_stages WHERE list_id = $1)"),
        "DELETE FROM sample_stages WHERE list_id = $1",
        "DELETE FROM sample_commits WHERE list_id = $1",
        "DELETE FROM sample_rows WHERE list_id = $1",
        "DELETE FROM sample_lists WHERE id = $1",
    };
    int64_t held = 0;
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM suite_cases WHERE list_id = $1");
    Status st;

    sql_int(&s, 1, list_id);
    st = sql_one_int(&s, &held);
    if (!st && held)
        st = ST_BUSY;
    for (size_t i = 0; i < sizeof deletes / sizeof deletes[0] && !st; i++) {
        s = sql_stmt(c, deletes[i]);
        sql_int(&s, 1, list_id);
        st = sql_run(&s);
    }
    return !st && !sql_changed(c) ? ST_NOTFOUND : st;
}

Status catalog_case_remove(Catalog *c, int64_t list_id)
{
    Conn *w;
    const Status st = tx_begin(c, &w);

    return st ? st : tx_end(w, remove_list(w, list_id));
}

/* ------------------------------------------------------------ samples */

#define SAMPLE_COLUMNS                                                                     \
    "SELECT r.position, r.number, i.sample_id, i.input, r.expected, r.metadata, r.split, " \
    "i.metadata"
#define SPACE_OF_LIST "(SELECT space_id FROM sample_lists WHERE id = $1)"
#define SAMPLE_JOIN                                                           \
    " FROM sample_rows r JOIN sample_inputs i ON i.space_id = " SPACE_OF_LIST \
    " AND i.number = r.number WHERE r.list_id = $1 AND " SQL_IN_VERSION

static SampleRow peek_sample(Stmt *s)
{
    SampleRow row = {.position = sql_get_int(s, 0),
                     .number = sql_get_int(s, 1),
                     .id = sql_peek_text(s, 2),
                     .input = sql_peek_text(s, 3),
                     .expected = sql_peek_text(s, 4),
                     .metadata = sql_peek_text(s, 5),
                     .split = sql_peek_text(s, 6)};

    if (!row.metadata.len)
        row.metadata = sql_peek_text(s, 7);
    return row;
}

/* A scan and what it looks for. */
typedef struct Looking {
    const SampleScan *scan;
    Needle needle;
} Looking;

static bool is_wanted(const Looking *l, const SampleRow *row)
{
    const SampleScan *scan = l->scan;

    if (scan->split && !str_eq(*scan->split, row->split))
        return false;
    if (scan->scored > SCORED_TOLD && row->scored != (scan->scored != SCORED_NONE))
        return false;
    return !scan->text.len || needle_in(&l->needle, row->id) || needle_in(&l->needle, row->input) ||
           needle_in(&l->needle, row->expected) || needle_in(&l->needle, row->metadata);
}

#define SCORED_PASS "COALESCE(x.passed, CASE x.value WHEN 'true' THEN 1 WHEN 'false' THEN 0 END)"

static Stmt scan_all(Conn *c)
{
    return sql_stmt(c, SAMPLE_COLUMNS SAMPLE_JOIN " AND r.position > $3 ORDER BY r.position");
}

/* A column more: is there such a score?  No condition, so that every row is passed, and the scan
 * can be ended at it. */
static Stmt scan_scored(Conn *c, const SampleScan *scan)
{
    const bool by_pass = scan->scored == SCORED_PASSED || scan->scored == SCORED_FAILED;
    Stmt s = sql_stmt(c, SAMPLE_COLUMNS ", CASE WHEN EXISTS (SELECT 1 FROM sample_scores x"
                                        " WHERE x.space_id = i.space_id AND x.number = r.number"
                                        " AND x.version_id = 0 AND x.kind = $4"
                                        " AND ($5 = 0 OR x.judge_id = $5)"
                                        " AND ($7 = 0 OR x.judge_number = $7)"
                                        " AND ($6 = -1 OR " SCORED_PASS " = $6))"
                                        " THEN 1 ELSE 0 END" SAMPLE_JOIN
                                        " AND r.position > $3 ORDER BY r.position");

    sql_text(&s, 4, scan->scored == SCORED_EXPECTATION ? STR("expectation") : STR("feedback"));
    sql_int(&s, 5, scan->judge_id);
    sql_int(&s, 6, by_pass ? scan->scored == SCORED_PASSED : -1);
    sql_int(&s, 7, scan->judge_number);
    return s;
}

static Status scan_rows(Conn *c, const Looking *l, SampleVisit *visit, void *visitor)
{
    const SampleScan *scan = l->scan;
    const bool asks = scan->scored != SCORED_EITHER;
    size_t found = 0;
    Stmt s = asks ? scan_scored(c, scan) : scan_all(c);

    sql_int(&s, 1, scan->list_id);
    sql_int(&s, 2, scan->version);
    sql_int(&s, 3, scan->after);
    while ((!scan->limit || found < scan->limit) && sql_row(&s)) {
        SampleRow row = peek_sample(&s);

        row.scored = asks && sql_get_int(&s, 8);
        if (!s.st)
            s.st = cancel_check(scan->cancel);
        if (s.st || !is_wanted(l, &row))
            continue;
        found++;
        s.st = visit(visitor, &row);
    }
    return sql_end(&s);
}

Status catalog_samples_each(Catalog *c, const SampleScan *scan, SampleVisit *visit, void *visitor)
{
    Looking l = {.scan = scan};
    Arena arena;
    Conn *r;
    Status st;

    arena_init(&arena, SEARCHED_MAX);
    st = needle_make(scan->text, &arena, &l.needle);
    if (!st)
        st = read_begin(c, &r);
    if (!st)
        st = read_end(r, scan_rows(r, &l, visit, visitor));
    arena_deinit(&arena);
    return st;
}

/* Copy what was read without copies. */
static Status keep_sample(const SampleRow *row, Arena *arena, SampleRow *out)
{
    SampleRow copy = *row;
    Str *const texts[] = {&copy.id, &copy.input, &copy.expected, &copy.metadata, &copy.split};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const Status st = arena_copy(arena, *texts[i], texts[i]);

        if (st)
            return st;
    }
    *out = copy;
    return ST_OK;
}

/* The statement's one row, and end. */
static Status only_sample(Stmt *s, Arena *arena, SampleRow *out)
{
    SampleRow row = {0};

    if (sql_row(s)) {
        row = peek_sample(s);
        if (!s->st)
            s->st = keep_sample(&row, arena, out);
    } else if (!s->st) {
        s->st = ST_NOTFOUND;
    }
    return sql_end(s);
}

/* From the id's inputs to the list's rows, as written: the other way round reads the list. */
static Status sample_by_id(Conn *c, int64_t list_id, int64_t version, Str id, Arena *arena,
                           SampleRow *out)
{
    Stmt s = sql_stmt(c, SAMPLE_COLUMNS " FROM sample_inputs i CROSS JOIN sample_rows r"
                                        " WHERE i.space_id = " SPACE_OF_LIST
                                        " AND i.sample_id = $3 AND r.list_id = $1"
                                        " AND r.number = i.number AND " SQL_IN_VERSION);

    sql_int(&s, 1, list_id);
    sql_int(&s, 2, version);
    sql_text(&s, 3, id);
    return only_sample(&s, arena, out);
}

Status sample_visit(Conn *c, int64_t list_id, int64_t version, int64_t number, SampleVisit *visit,
                    void *visitor)
{
    Stmt s = sql_stmt(c, SAMPLE_COLUMNS SAMPLE_JOIN " AND r.number = $3");

    sql_int(&s, 1, list_id);
    sql_int(&s, 2, version);
    sql_int(&s, 3, number);
    if (sql_one_row(&s)) {
        const SampleRow row = peek_sample(&s);

        if (!s.st)
            s.st = visit(visitor, &row);
    }
    return sql_end(&s);
}

typedef struct Keeping {
    Arena *arena;
    SampleRow *out;
} Keeping;

static Status keep_visited(void *visitor, const SampleRow *row)
{
    const Keeping *k = visitor;

    return keep_sample(row, k->arena, k->out);
}

Status catalog_sample_get(Catalog *c, int64_t list_id, int64_t version, Str id, int64_t number,
                          Arena *arena, SampleRow *out)
{
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    if (id.len)
        st = sample_by_id(r, list_id, version, id, arena, out);
    else
        st = sample_visit(r, list_id, version, number, keep_visited, &(Keeping){arena, out});
    return read_end(r, st);
}

Status catalog_input_find(Catalog *c, int64_t space_id, Str id, int64_t *number)
{
    Conn *r;
    Stmt s;
    const Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT number FROM sample_inputs WHERE space_id = $1 AND sample_id = $2"
                    " ORDER BY number DESC LIMIT 1");
    sql_int(&s, 1, space_id);
    sql_text(&s, 2, id);
    return read_end(r, sql_one_int(&s, number));
}

Status catalog_input_get(Catalog *c, int64_t space_id, int64_t number, Arena *arena, SampleRow *out)
{
    Conn *r;
    Stmt s;
    const Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT 0, number, sample_id, input, '', metadata, '', '' FROM sample_inputs"
                    " WHERE space_id = $1 AND number = $2");
    sql_int(&s, 1, space_id);
    sql_int(&s, 2, number);
    return read_end(r, only_sample(&s, arena, out));
}

/* ------------------------------------------------------------ numbers, splits */

typedef VEC_OF(int64_t) Numbers;

static Status read_numbers(Conn *c, int64_t list_id, int64_t version, Numbers *out)
{
    Stmt s = sql_stmt(c, "SELECT r.number FROM sample_rows r WHERE r.list_id = $1"
                         " AND " SQL_IN_VERSION " ORDER BY r.number");

    sql_int(&s, 1, list_id);
    sql_int(&s, 2, version);
    while (sql_row(&s)) {
        const Status st = VEC_PUSH(out, sql_get_int(&s, 0), (size_t)SAMPLES_MAX);

        if (st)
            s.st = st;
    }
    return sql_end(&s);
}

Status catalog_sample_numbers(Catalog *c, int64_t list_id, int64_t version, int64_t **out,
                              size_t *len)
{
    Numbers numbers = {0};
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = read_end(r, read_numbers(r, list_id, version, &numbers));
    if (st) {
        VEC_FREE(&numbers);
        return st;
    }
    *out = numbers.items;
    *len = numbers.len;
    return ST_OK;
}

static Status read_splits(Conn *c, int64_t list_id, int64_t version, Arena *arena,
                          SplitCount *splits, size_t *len)
{
    Stmt s = sql_stmt(c, "SELECT r.split, COUNT(*) FROM sample_rows r WHERE r.list_id = $1"
                         " AND " SQL_IN_VERSION " GROUP BY r.split ORDER BY r.split");

    sql_int(&s, 1, list_id);
    sql_int(&s, 2, version);
    while (*len < SPLITS_MAX && sql_row(&s))
        splits[(*len)++] = (SplitCount){sql_get_text(&s, 0, arena), sql_get_int(&s, 1)};
    return sql_end(&s);
}

Status catalog_sample_splits(Catalog *c, int64_t list_id, int64_t version, Arena *arena,
                             SplitCount **out, size_t *len)
{
    SplitCount *splits = arena_calloc(arena, SPLITS_MAX, sizeof *splits);
    size_t found = 0;
    Conn *r;
    Status st = splits ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    st = read_end(r, read_splits(r, list_id, version, arena, splits, &found));
    if (!st) {
        *out = splits;
        *len = found;
    }
    return st;
}

/* ------------------------------------------------------------ differences */

/* What the pass over all rows that differ has of the id it is at. */
typedef struct Side {
    bool there;
    int64_t number;
    char content[64];
    size_t content_len;
} Side;

typedef struct DiffPass {
    Buf id; /* empty: none yet */
    Side before, after;
    Str behind; /* tell only ids behind it */
    size_t limit;
    Arena *arena;
    DiffCounts counts;
    SampleDiff *items;
    size_t len;
    bool more;
} DiffPass;

static Side read_side(Stmt *s)
{
    const Str content = sql_peek_text(s, 2);
    Side side = {.there = true, .number = sql_get_int(s, 1)};

    side.content_len = content.len < sizeof side.content ? content.len : sizeof side.content;
    memcpy(side.content, content.ptr ? content.ptr : "", side.content_len);
    return side;
}

static bool same_content(const Side *a, const Side *b)
{
    return str_eq((Str){a->content, a->content_len}, (Str){b->content, b->content_len});
}

static Status tell_id(DiffPass *p)
{
    const bool both = p->before.there && p->after.there;
    SampleDiff *d = &p->items[p->len];

    p->more = p->len == p->limit;
    if (p->more)
        return ST_OK;
    *d = (SampleDiff){.before = p->before.there,
                      .after = p->after.there,
                      .input_differs = both && p->before.number != p->after.number,
                      .rest_differs = both && !same_content(&p->before, &p->after)};
    p->len++;
    return arena_copy(p->arena, buf_str(&p->id), &d->id);
}

/* All rows of the id that the pass was at are known. */
static Status finish_id(DiffPass *p)
{
    Status st = ST_OK;

    if (!p->before.there && !p->after.there)
        return ST_OK;
    p->counts.added += !p->before.there;
    p->counts.removed += !p->after.there;
    p->counts.changed += p->before.there && p->after.there;
    if (str_cmp(buf_str(&p->id), p->behind) > 0)
        st = tell_id(p);
    p->before = p->after = (Side){0};
    return st;
}

static Status take_row(DiffPass *p, Stmt *s)
{
    const Str id = sql_peek_text(s, 0);
    Status st = s->st;

    if (!st && !str_eq(id, buf_str(&p->id))) {
        st = finish_id(p);
        buf_clear(&p->id);
        if (!st)
            st = buf_append(&p->id, id);
    }
    if (st)
        return st;
    if (sql_get_int(s, 3))
        p->before = read_side(s);
    else
        p->after = read_side(s);
    return s->st;
}

static Status find_differences(Conn *c, int64_t list_id, int64_t from, int64_t to, DiffPass *p)
{
    Stmt s = sql_stmt(c, "SELECT i.sample_id, r.number, r.content,"
                         " CASE WHEN " SQL_IN_VERSION " THEN 1 ELSE 0 END"
                         " FROM sample_rows r JOIN sample_inputs i ON i.space_id = " SPACE_OF_LIST
                         " AND i.number = r.number WHERE r.list_id = $1"
                         " AND (" SQL_IN_VERSION ") <> (r.from_version <= $3 AND r.to_version > $3)"
                         " ORDER BY i.sample_id");

    sql_int(&s, 1, list_id);
    sql_int(&s, 2, from);
    sql_int(&s, 3, to);
    while (sql_row(&s)) {
        const Status st = take_row(p, &s);

        if (st)
            s.st = st;
    }
    if (!s.st)
        s.st = finish_id(p);
    return sql_end(&s);
}

static Status read_differences(Conn *c, int64_t list_id, int64_t from, int64_t to, DiffPass *p)
{
    Status st = find_differences(c, list_id, from, to, p);

    for (size_t i = 0; i < p->len && !st; i++) {
        SampleDiff *d = &p->items[i];

        if (d->before)
            st = sample_by_id(c, list_id, from, d->id, p->arena, &d->from);
        if (!st && d->after)
            st = sample_by_id(c, list_id, to, d->id, p->arena, &d->to);
        if (p->arena->used > DIFF_BYTES && i + 1 < p->len) {
            p->len = i + 1;
            p->more = true;
        }
    }
    return st;
}

Status catalog_samples_diff(Catalog *c, int64_t list_id, int64_t from, int64_t to, Str after,
                            size_t limit, Arena *arena, DiffCounts *counts, SampleDiff **out,
                            size_t *len, bool *more)
{
    DiffPass p = {.behind = after, .limit = limit, .arena = arena};
    Conn *r;
    Status st;

    /* One more than is told: where the next would go. */
    p.items = arena_calloc(arena, limit + 1, sizeof *p.items);
    st = p.items ? read_begin(c, &r) : ST_NOMEM;
    if (st)
        return st;
    buf_init(&p.id, DIFF_ID_MAX);
    st = read_end(r, read_differences(r, list_id, from, to, &p));
    buf_deinit(&p.id);
    if (!st) {
        *counts = p.counts;
        *out = p.items;
        *len = p.len;
        *more = p.more;
    }
    return st;
}
