/* SPDX-License-Identifier: Apache-2.0 */
/* Table `sample_scores`. */
#include "catalog/sample_score.h"

#include "base/vec.h"
#include "catalog/internal.h"

/* ------------------------------------------------------------ writing */

static void bind_key(Stmt *s, int64_t space_id, const SampleScoreRow *row)
{
    sql_int(s, 1, space_id);
    sql_int(s, 2, row->number);
    sql_int(s, 3, row->version_id);
    sql_text(s, 4, row->expectation ? STR("expectation") : STR("feedback"));
    sql_text(s, 5, row->name);
    sql_int(s, 6, row->judge_id);
    sql_int(s, 7, row->judge_number);
    sql_text(s, 8, row->by);
}

/* One more may come: nothing of that key is there. */
static Status check_room(Conn *c, int64_t space_id, const SampleScoreRow *row)
{
    int64_t others = 0;
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM sample_scores WHERE space_id = $1 AND number = $2"
                         " AND version_id = $3 AND NOT (kind = $4 AND name = $5 AND judge_id = $6"
                         " AND judge_number = $7 AND author = $8)");
    Status st;

    bind_key(&s, space_id, row);
    st = sql_one_int(&s, &others);
    return !st && others >= SCORES_A_SAMPLE ? ST_LIMIT : st;
}

/* The id that the score gets, or has. */
static Status put_one(Conn *c, int64_t space_id, const SampleScoreRow *row, int64_t *id)
{
    int64_t next = 0;
    Stmt s;
    Status st = check_room(c, space_id, row);

    if (!st)
        st = sql_next_id(c, STR("sample_scores"), &next);
    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO sample_scores (space_id, number, version_id, kind, name, judge_id,"
                    " judge_number, author, id, answer, source, value, passed, reason, expected,"
                    " created_ns, updated_ns) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
                    " $12, $13, $14, $15, $16, $17) ON CONFLICT (space_id, number, version_id,"
                    " kind, name, judge_id, judge_number, author) DO UPDATE SET"
                    " answer = excluded.answer, source = excluded.source, value = excluded.value,"
                    " passed = excluded.passed, reason = excluded.reason,"
                    " expected = excluded.expected, updated_ns = excluded.updated_ns RETURNING id");
    bind_key(&s, space_id, row);
    sql_int(&s, 9, next);
    sql_text(&s, 10, row->answer);
    sql_text(&s, 11, row->source);
    sql_text(&s, 12, row->value);
    if (row->passed == SAID_NOTHING)
        sql_null(&s, 13);
    else
        sql_int(&s, 13, row->passed);
    sql_text(&s, 14, row->reason);
    sql_text(&s, 15, row->expected);
    sql_int(&s, 16, row->created_ns);
    sql_int(&s, 17, row->updated_ns);
    return sql_one_int(&s, id);
}

Status catalog_sample_scores_put(Catalog *c, int64_t space_id, const SampleScoreRow *rows,
                                 size_t count, int64_t *ids, Status *each)
{
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    for (size_t i = 0; i < count && !st; i++) {
        each[i] = put_one(w, space_id, &rows[i], &ids[i]);
        st = each[i] == ST_LIMIT ? ST_OK : each[i];
    }
    return tx_end(w, st);
}

Status catalog_sample_score_remove(Catalog *c, int64_t space_id, int64_t id)
{
    Conn *w;
    Stmt s;
    const Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "DELETE FROM sample_scores WHERE id = $1 AND space_id = $2");
    sql_int(&s, 1, id);
    sql_int(&s, 2, space_id);
    return tx_end(w, sql_change(w, &s));
}

/* ------------------------------------------------------------ reading */

/* `n` joins the answer as it is now: a score of another one is outdated. */
#define SCORE_COLUMNS                                                                      \
    "SELECT s.id, s.number, s.version_id, s.answer, s.kind, s.name, s.judge_id,"           \
    " s.judge_number, s.source, s.author, s.value, COALESCE(s.passed, -1), s.reason,"      \
    " s.expected, s.created_ns, s.updated_ns, i.sample_id, COALESCE(m.name, ''),"          \
    " COALESCE(v.number, 0), COALESCE(j.name, ''),"                                        \
    " CASE WHEN s.version_id = 0 OR n.number IS NOT NULL THEN 0 ELSE 1 END"                \
    " FROM sample_scores s"                                                                \
    " JOIN sample_inputs i ON i.space_id = s.space_id AND i.number = s.number"             \
    " LEFT JOIN versions v ON v.id = s.version_id LEFT JOIN models m ON m.id = v.model_id" \
    " LEFT JOIN judges j ON j.id = s.judge_id" ANSWER_JOIN
#define ANSWER_JOIN                                                              \
    " LEFT JOIN inferences n ON n.space_id = s.space_id AND n.number = s.number" \
    " AND n.version_id = s.version_id AND n.hash = s.answer "

static SampleScoreRow read_row(Stmt *s, Arena *arena)
{
    return (SampleScoreRow){.id = sql_get_int(s, 0),
                            .number = sql_get_int(s, 1),
                            .version_id = sql_get_int(s, 2),
                            .answer = sql_get_text(s, 3, arena),
                            .expectation = str_eq(sql_peek_text(s, 4), STR("expectation")),
                            .name = sql_get_text(s, 5, arena),
                            .judge_id = sql_get_int(s, 6),
                            .judge_number = (int32_t)sql_get_int(s, 7),
                            .source = sql_get_text(s, 8, arena),
                            .by = sql_get_text(s, 9, arena),
                            .value = sql_get_text(s, 10, arena),
                            .passed = (Said)sql_get_int(s, 11),
                            .reason = sql_get_text(s, 12, arena),
                            .expected = sql_get_text(s, 13, arena),
                            .created_ns = sql_get_int(s, 14),
                            .updated_ns = sql_get_int(s, 15),
                            .sample_id = sql_get_text(s, 16, arena),
                            .model = sql_get_text(s, 17, arena),
                            .model_number = (int32_t)sql_get_int(s, 18),
                            .judge = sql_get_text(s, 19, arena),
                            .outdated = sql_get_int(s, 20) != 0};
}

Status catalog_sample_score_get(Catalog *c, int64_t space_id, int64_t id, Arena *arena,
                                SampleScoreRow *out)
{
    SampleScoreRow row = {0};
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, SCORE_COLUMNS "WHERE s.id = $1 AND s.space_id = $2");
    sql_int(&s, 1, id);
    sql_int(&s, 2, space_id);
    if (sql_one_row(&s))
        row = read_row(&s, arena);
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = row;
    return st;
}

static void bind_wish(Stmt *s, const SampleScoreWish *wish)
{
    sql_int(s, 1, wish->space_id);
    sql_int(s, 2, wish->after);
    sql_int(s, 3, wish->number);
    sql_int(s, 4, wish->version_id);
    sql_int(s, 5, wish->judge_id);
    sql_text(s, 6, wish->kind);
    sql_text(s, 7, wish->by);
    sql_int(s, 8, (int64_t)wish->limit + 1);
    sql_int(s, 9, wish->judge_number);
}

Status catalog_sample_scores_list(Catalog *c, const SampleScoreWish *wish, Arena *arena,
                                  SampleScores *out)
{
    SampleScores list = {.items = arena_calloc(arena, wish->limit + 1, sizeof *list.items)};
    Conn *r;
    Stmt s;
    Status st = list.items ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    s = sql_stmt(r, SCORE_COLUMNS "WHERE s.space_id = $1 AND s.id > $2"
                                  " AND ($3 = 0 OR s.number = $3)"
                                  " AND ($4 = -1 OR s.version_id = $4)"
                                  " AND ($5 = 0 OR s.judge_id = $5)"
                                  " AND ($9 = 0 OR s.judge_number = $9)"
                                  " AND ($6 = '' OR s.kind = $6)"
                                  " AND ($7 = '' OR s.author = $7) ORDER BY s.id LIMIT $8");
    bind_wish(&s, wish);
    while (sql_page_row(&s, list.len, wish->limit, &list.more))
        list.items[list.len++] = read_row(&s, arena);
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = list;
    return st;
}

static Status read_sample(Conn *c, int64_t space_id, int64_t version_id, int64_t number,
                          Arena *arena, SampleScores *out)
{
    VEC_OF(SampleScoreRow) rows = {0};
    Stmt s = sql_stmt(c, SCORE_COLUMNS "WHERE s.space_id = $1 AND s.number = $2"
                                       " AND (s.version_id = 0 OR s.version_id = $3 AND"
                                       " n.number IS NOT NULL) ORDER BY s.id");
    Status st;

    sql_int(&s, 1, space_id);
    sql_int(&s, 2, number);
    sql_int(&s, 3, version_id);
    while (sql_row(&s)) {
        st = VEC_PUSH(&rows, read_row(&s, arena), (size_t)2 * SCORES_A_SAMPLE);
        if (st)
            s.st = st;
    }
    st = sql_end(&s);
    *out = (SampleScores){.items = arena_calloc(arena, rows.len + 1, sizeof *out->items)};
    if (!st && !out->items)
        st = ST_NOMEM;
    for (; !st && out->len < rows.len; out->len++)
        out->items[out->len] = rows.items[out->len];
    VEC_FREE(&rows);
    return st;
}

static Status read_samples(Conn *c, int64_t space_id, int64_t version_id, const int64_t *numbers,
                           size_t count, Arena *arena, SampleScores *out)
{
    int64_t some = 0;
    Stmt s = sql_stmt(c, "SELECT EXISTS (SELECT 1 FROM sample_scores WHERE space_id = $1)");
    Status st;

    sql_int(&s, 1, space_id);
    st = sql_one_int(&s, &some);
    for (size_t i = 0; i < count && some && !st; i++)
        st = read_sample(c, space_id, version_id, numbers[i], arena, &out[i]);
    return st;
}

Status catalog_sample_scores_of(Catalog *c, int64_t space_id, int64_t version_id,
                                const int64_t *numbers, size_t count, Arena *arena,
                                SampleScores *out)
{
    Conn *r;
    const Status st = read_begin(c, &r);

    for (size_t i = 0; i < count; i++)
        out[i] = (SampleScores){0};
    return st ? st : read_end(r, read_samples(r, space_id, version_id, numbers, count, arena, out));
}

typedef VEC_OF(int64_t) Numbers;

static Status read_judged(Conn *c, int64_t space_id, int64_t version_id, int64_t judge_id,
                          Numbers *out)
{
    Stmt s = sql_stmt(c, "SELECT DISTINCT s.number FROM sample_scores s" ANSWER_JOIN
                         "WHERE s.space_id = $1 AND s.version_id = $2 AND s.judge_id = $3"
                         " AND s.kind = 'feedback' AND ($2 = 0 OR n.number IS NOT NULL)"
                         " ORDER BY s.number");

    sql_int(&s, 1, space_id);
    sql_int(&s, 2, version_id);
    sql_int(&s, 3, judge_id);
    while (sql_row(&s)) {
        const Status st = VEC_PUSH(out, sql_get_int(&s, 0), (size_t)SAMPLES_MAX);

        if (st)
            s.st = st;
    }
    return sql_end(&s);
}

Status catalog_sample_scores_judged(Catalog *c, int64_t space_id, int64_t version_id,
                                    int64_t judge_id, int64_t **out, size_t *len)
{
    Numbers numbers = {0};
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = read_end(r, read_judged(r, space_id, version_id, judge_id, &numbers));
    if (st) {
        VEC_FREE(&numbers);
        return st;
    }
    *out = numbers.items;
    *len = numbers.len;
    return ST_OK;
}
