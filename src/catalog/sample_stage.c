/* SPDX-License-Identifier: Apache-2.0 */
/* Tables `sample_stages` and `stage_rows`: samples on their way to a commit.
 *
 * Inputs are numbered here already, so the commit has only rows to write.  A number whose stage is
 * never committed stays without a member; it harms nobody. */
#include "catalog/sample_commit.h"

#include "catalog/internal.h"

#include <string.h>

/* ------------------------------------------------------------ stages */

Status sample_stage_drop(Conn *c, int64_t stage_id)
{
    Stmt s = sql_stmt(c, "DELETE FROM stage_rows WHERE stage_id = $1");
    Status st;

    sql_int(&s, 1, stage_id);
    st = sql_run(&s);
    if (st)
        return st;
    s = sql_stmt(c, "DELETE FROM sample_stages WHERE id = $1");
    sql_int(&s, 1, stage_id);
    return sql_run(&s);
}

/* Stages that nobody came back to. */
static Status drop_old(Conn *c, int64_t list_id, int64_t now_ns)
{
    const int64_t oldest_ns = now_ns - STAGE_HOURS * INT64_C(3600000000000);
    int64_t id = 0;
    Status st = ST_OK;

    while (!st) {
        Stmt s = sql_stmt(c, "SELECT id FROM sample_stages WHERE list_id = $1 AND created_ns < $2"
                             " LIMIT 1");

        sql_int(&s, 1, list_id);
        sql_int(&s, 2, oldest_ns);
        st = sql_one_int(&s, &id);
        if (!st)
            st = sample_stage_drop(c, id);
    }
    return st == ST_NOTFOUND ? ST_OK : st;
}

static Status insert_stage(Conn *c, int64_t list_id, int64_t now_ns, int64_t *id)
{
    int64_t open = 0;
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM sample_stages WHERE list_id = $1");
    Status st;

    sql_int(&s, 1, list_id);
    st = sql_one_int(&s, &open);
    if (!st && open >= STAGES_MAX)
        st = ST_LIMIT;
    if (!st)
        st = sql_next_id(c, STR("sample_stages"), id);
    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO sample_stages (id, list_id, created_ns, sample_count)"
                    " VALUES ($1, $2, $3, 0)");
    sql_int(&s, 1, *id);
    sql_int(&s, 2, list_id);
    sql_int(&s, 3, now_ns);
    return sql_run(&s);
}

Status catalog_stage_add(Catalog *c, int64_t list_id, int64_t now_ns, int64_t *stage_id)
{
    int64_t id = 0;
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    st = drop_old(w, list_id, now_ns);
    if (!st)
        st = insert_stage(w, list_id, now_ns, &id);
    st = tx_end(w, st);
    if (!st)
        *stage_id = id;
    return st;
}

Status catalog_stage_remove(Catalog *c, int64_t list_id, int64_t stage_id)
{
    int64_t samples = 0;
    Conn *w;
    Stmt s;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "SELECT sample_count FROM sample_stages WHERE id = $1 AND list_id = $2");
    sql_int(&s, 1, stage_id);
    sql_int(&s, 2, list_id);
    st = sql_one_int(&s, &samples);
    if (!st)
        st = sample_stage_drop(w, stage_id);
    return tx_end(w, st);
}

/* ------------------------------------------------------------ putting into one */

typedef struct Stage {
    int64_t id;
    int64_t space_id;
    int64_t count;
    int64_t next_number;
} Stage;

static Status read_stage(Conn *c, int64_t list_id, int64_t stage_id, Stage *out)
{
    Stmt s = sql_stmt(c, "SELECT t.id, l.space_id, t.sample_count, p.next_number"
                         " FROM sample_stages t JOIN sample_lists l ON l.id = t.list_id"
                         " JOIN sample_spaces p ON p.id = l.space_id"
                         " WHERE t.id = $1 AND t.list_id = $2");

    sql_int(&s, 1, stage_id);
    sql_int(&s, 2, list_id);
    if (sql_one_row(&s))
        *out =
            (Stage){sql_get_int(&s, 0), sql_get_int(&s, 1), sql_get_int(&s, 2), sql_get_int(&s, 3)};
    return sql_end(&s);
}

/* The number of the input, given on the spot to a new one. */
static Status number_input(Conn *c, Stage *stage, const SamplePut *p, int64_t *number)
{
    Stmt s = sql_stmt(c, "SELECT number FROM sample_inputs WHERE space_id = $1 AND sample_id = $2"
                         " AND input_hash = $3");
    Status st;

    sql_int(&s, 1, stage->space_id);
    sql_text(&s, 2, p->id);
    sql_text(&s, 3, p->input_hash);
    st = sql_one_int(&s, number);
    if (st != ST_NOTFOUND)
        return st;
    *number = stage->next_number++;
    return sample_input_insert(c, stage->space_id, *number, p, (Str){0});
}

static Status insert_staged(Conn *c, const Stage *stage, const SamplePut *p, int64_t number)
{
    Stmt s = sql_stmt(c, "INSERT INTO stage_rows (stage_id, position, number, content, expected,"
                         " metadata, split) VALUES ($1, $2, $3, $4, $5, $6, $7)");

    sql_int(&s, 1, stage->id);
    sql_int(&s, 2, stage->count);
    sql_int(&s, 3, number);
    sql_text(&s, 4, (Str){p->content, sizeof p->content});
    sql_text(&s, 5, p->expected);
    sql_text(&s, 6, p->metadata);
    sql_text(&s, 7, p->split);
    return sql_run(&s);
}

static Status note_stage(Conn *c, const Stage *stage)
{
    Stmt s = sql_stmt(c, "UPDATE sample_stages SET sample_count = $2 WHERE id = $1");
    Status st;

    sql_int(&s, 1, stage->id);
    sql_int(&s, 2, stage->count);
    st = sql_run(&s);
    if (st)
        return st;
    s = sql_stmt(c, "UPDATE sample_spaces SET next_number = $2 WHERE id = $1");
    sql_int(&s, 1, stage->space_id);
    sql_int(&s, 2, stage->next_number);
    return sql_run(&s);
}

static Status put_all(Conn *c, Stage *stage, const SamplePut *puts, size_t count)
{
    Status st = ST_OK;

    if (count > (size_t)(SAMPLES_MAX - stage->count))
        return ST_LIMIT;
    for (size_t i = 0; i < count && !st; i++) {
        int64_t number = 0;

        st = number_input(c, stage, &puts[i], &number);
        if (!st)
            st = insert_staged(c, stage, &puts[i], number);
        stage->count++;
    }
    return st ? st : note_stage(c, stage);
}

Status catalog_stage_put(Catalog *c, int64_t list_id, int64_t stage_id, const SamplePut *puts,
                         size_t count, int64_t *total)
{
    Stage stage = {0};
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    st = read_stage(w, list_id, stage_id, &stage);
    if (!st)
        st = conn_exec(w, "PRAGMA cache_size = -32768");
    if (!st)
        st = put_all(w, &stage, puts, count);
    (void)!conn_exec(w, "PRAGMA cache_size = -1024");
    st = tx_end(w, st);
    if (!st)
        *total = stage.count;
    return st;
}
