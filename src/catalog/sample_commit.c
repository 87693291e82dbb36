/* SPDX-License-Identifier: Apache-2.0 */
/* Tables `sample_rows`, `sample_inputs`, `sample_commits`.
 *
 * Row by row: what is in the list under the id is looked up by index, compared by hash, and
 * ended or left; so a commit costs what it puts, not what the list holds.  Only `replace`
 * scans the list, for what was not put.
 *
 * `touched` has a bit for each place that the commit has looked at.  A second put of an id
 * finds the bit, or a row of this very version, and is refused: duplicates need no table. */
#include "catalog/sample_commit.h"

#include "base/vec.h"
#include "catalog/internal.h"
#include "codec/json_canonical.h"

#include <string.h>

enum {
    POSITIONS_MAX = 1 << 30, /* ever given in a list */
    METADATA_MAX = 1 << 20,
    METADATA_ARENA = 64 << 20,
    MANY_PUTS = 2000 /* worth a larger page cache */
};

typedef struct Commit {
    Conn *c;
    const CommitIn *in;
    int64_t space_id;
    int64_t version; /* that it makes */
    int64_t count;   /* samples before */
    int64_t next_number, next_position;
    int64_t first_number, first_position; /* as they were before */
    int64_t last_position;                /* of the put before, when the order counts */
    int64_t at;                           /* which put this is */
    uint64_t *touched;                    /* by position below first_position */
    bool new_metadata;                    /* of inputs that were there */
    CommitOut out;
    CommitErr *why;
} Commit;

typedef struct Current {
    int64_t number;   /* of the wanted input; 0: not there yet */
    int64_t position; /* of the row under the id; 0: the list has none */
    int64_t row_number;
    int64_t from_version;
    bool same_content;
    bool has_metadata; /* the input has some already */
} Current;

static Status refuse(const Commit *m, CommitRefusal why, int64_t at)
{
    m->why->why = why;
    m->why->at = at;
    return ST_INVALID;
}

/* ------------------------------------------------------------ the list before */

static Status read_list(Commit *m)
{
    Stmt s = sql_stmt(m->c, "SELECT l.space_id, l.version, l.sample_count, l.next_position,"
                            " s.next_number FROM sample_lists l"
                            " JOIN sample_spaces s ON s.id = l.space_id WHERE l.id = $1");

    sql_int(&s, 1, m->in->list_id);
    if (sql_one_row(&s)) {
        m->space_id = sql_get_int(&s, 0);
        m->version = sql_get_int(&s, 1) + 1;
        m->count = sql_get_int(&s, 2);
        m->first_position = m->next_position = sql_get_int(&s, 3);
        m->first_number = m->next_number = sql_get_int(&s, 4);
    }
    return sql_end(&s);
}

static Status start(Commit *m)
{
    Status st = read_list(m);

    if (st)
        return st;
    m->why->version = m->version - 1;
    if (m->in->base_version >= 0 && m->in->base_version != m->version - 1)
        return refuse(m, COMMIT_STALE, 0);
    if (m->version > SAMPLE_VERSIONS_MAX || m->first_position > POSITIONS_MAX)
        return refuse(m, COMMIT_TOO_MANY, 0);
    m->touched = mem_calloc((size_t)m->first_position / 64 + 1, sizeof *m->touched);
    return m->touched ? ST_OK : ST_NOMEM;
}

static bool is_touched(const Commit *m, int64_t position)
{
    return position >= m->first_position || (m->touched[position / 64] >> (position % 64) & 1);
}

static void touch(Commit *m, int64_t position)
{
    if (position < m->first_position)
        m->touched[position / 64] |= UINT64_C(1) << (position % 64);
}

/* ------------------------------------------------------------ one sample */

/* What there is under an id: inputs that ever had it, and the row of one of them. */
static Status find_current(const Commit *m, Str id, Str input_hash, Str content, Current *out)
{
    Current cur = {0};
    Stmt s = sql_stmt(m->c, "SELECT i.number, i.input_hash, COALESCE(r.position, 0),"
                            " COALESCE(r.from_version, 0), COALESCE(r.content, ''),"
                            " CASE WHEN i.metadata = '' THEN 0 ELSE 1 END"
                            " FROM sample_inputs i LEFT JOIN sample_rows r ON r.list_id = $2"
                            " AND r.number = i.number AND r.to_version = " SQL_OPEN
                            " WHERE i.space_id = $1 AND i.sample_id = $3");

    sql_int(&s, 1, m->space_id);
    sql_int(&s, 2, m->in->list_id);
    sql_text(&s, 3, id);
    while (sql_row(&s)) {
        if (str_eq(sql_peek_text(&s, 1), input_hash)) {
            cur.number = sql_get_int(&s, 0);
            cur.has_metadata = sql_get_int(&s, 5) != 0;
        }
        if (sql_get_int(&s, 2)) {
            cur.row_number = sql_get_int(&s, 0);
            cur.position = sql_get_int(&s, 2);
            cur.from_version = sql_get_int(&s, 3);
            cur.same_content = str_eq(sql_peek_text(&s, 4), content);
        }
    }
    *out = cur;
    return sql_end(&s);
}

Status sample_input_insert(Conn *c, int64_t space_id, int64_t number, const SamplePut *p,
                           Str metadata)
{
    Stmt s = sql_stmt(c, "INSERT INTO sample_inputs (space_id, number, sample_id, input_hash,"
                         " input, metadata) VALUES ($1, $2, $3, $4, $5, $6)");

    sql_int(&s, 1, space_id);
    sql_int(&s, 2, number);
    sql_text(&s, 3, p->id);
    sql_text(&s, 4, p->input_hash);
    sql_text(&s, 5, p->input);
    sql_text(&s, 6, metadata);
    return sql_run(&s);
}

static Status set_metadata(Commit *m, int64_t number, Str metadata)
{
    Stmt s = sql_stmt(m->c, "UPDATE sample_inputs SET metadata = $3"
                            " WHERE space_id = $1 AND number = $2");

    sql_int(&s, 1, m->space_id);
    sql_int(&s, 2, number);
    sql_text(&s, 3, metadata);
    m->new_metadata = true;
    return sql_run(&s);
}

static Status read_metadata(const Commit *m, int64_t number, Arena *arena, Str *out)
{
    Stmt s = sql_stmt(m->c, "SELECT metadata FROM sample_inputs"
                            " WHERE space_id = $1 AND number = $2");

    sql_int(&s, 1, m->space_id);
    sql_int(&s, 2, number);
    if (sql_row(&s))
        *out = sql_get_text(&s, 0, arena);
    return sql_end(&s);
}

static Status merge_metadata(Commit *m, int64_t number, Str metadata)
{
    Arena scratch;
    Buf merged;
    Str there = {0};
    const Json *under = NULL;
    const Json *over = NULL;
    Status st;

    arena_init(&scratch, METADATA_ARENA);
    buf_init(&merged, METADATA_MAX);
    st = read_metadata(m, number, &scratch, &there);
    if (!st && !str_eq(there, metadata)) {
        st = json_parse(there, &scratch, &under, NULL);
        if (!st)
            st = json_parse(metadata, &scratch, &over, NULL);
        if (!st)
            st = json_merge(under, over, &scratch, &merged);
        if (!st && !str_eq(there, buf_str(&merged)))
            st = set_metadata(m, number, buf_str(&merged));
    }
    buf_deinit(&merged);
    arena_deinit(&scratch);
    return st == ST_LIMIT ? refuse(m, COMMIT_METADATA, m->at) : st;
}

static Status end_row(const Commit *m, int64_t position)
{
    Stmt s = sql_stmt(m->c, "UPDATE sample_rows SET to_version = $3 WHERE list_id = $1"
                            " AND position = $2 AND to_version = " SQL_OPEN);

    sql_int(&s, 1, m->in->list_id);
    sql_int(&s, 2, position);
    sql_int(&s, 3, m->version);
    return sql_run(&s);
}

static Status insert_row(const Commit *m, const SamplePut *p, int64_t number, int64_t position)
{
    Stmt s = sql_stmt(m->c, "INSERT INTO sample_rows (list_id, position, from_version, to_version,"
                            " number, content, expected, metadata, split)"
                            " VALUES ($1, $2, $3, " SQL_OPEN ", $4, $5, $6, $7, $8)");

    sql_int(&s, 1, m->in->list_id);
    sql_int(&s, 2, position);
    sql_int(&s, 3, m->version);
    sql_int(&s, 4, number);
    sql_text(&s, 5, (Str){p->content, sizeof p->content});
    sql_text(&s, 6, p->expected);
    sql_text(&s, 7, m->in->shared_metadata ? (Str){0} : p->metadata);
    sql_text(&s, 8, p->split);
    return sql_run(&s);
}

/* Make sure that the input is there, and its metadata when a workflow keeps it. */
static Status put_input(Commit *m, const SamplePut *p, Current *cur)
{
    if (!cur->number) {
        cur->number = m->next_number++;
        return sample_input_insert(m->c, m->space_id, cur->number, p,
                                   m->in->shared_metadata ? p->metadata : (Str){0});
    }
    if (!m->in->shared_metadata || !p->metadata.len)
        return ST_OK;
    return cur->has_metadata ? merge_metadata(m, cur->number, p->metadata)
                             : set_metadata(m, cur->number, p->metadata);
}

static Status put_sample(Commit *m, const SamplePut *p)
{
    const bool ordered = m->in->replace && m->in->ordered;
    Current cur;
    bool moves;
    Status st = find_current(m, p->id, p->input_hash, (Str){p->content, sizeof p->content}, &cur);

    if (st)
        return st;
    if (cur.position && (cur.from_version == m->version || is_touched(m, cur.position)))
        return refuse(m, COMMIT_TWICE, m->at);
    st = put_input(m, p, &cur);
    if (st)
        return st;
    moves = cur.position && (p->to_end || (ordered && cur.position <= m->last_position));
    m->at++;
    if (cur.position && cur.row_number == cur.number && cur.same_content && !moves) {
        m->out.unchanged++;
        m->last_position = cur.position;
        touch(m, cur.position);
        return ST_OK;
    }
    m->out.added += !cur.position;
    m->out.changed += cur.position != 0;
    if (cur.position) {
        touch(m, cur.position);
        st = end_row(m, cur.position);
    }
    m->last_position = cur.position && !moves ? cur.position : m->next_position++;
    return st ? st : insert_row(m, p, cur.number, m->last_position);
}

static Status remove_sample(Commit *m, size_t at)
{
    Current cur;
    Status st = find_current(m, m->in->removes[at], (Str){0}, (Str){0}, &cur);

    if (st || !cur.position)
        return st;
    if (cur.from_version == m->version || is_touched(m, cur.position))
        return refuse(m, COMMIT_BOTH, (int64_t)at);
    touch(m, cur.position);
    m->out.removed++;
    return end_row(m, cur.position);
}

/* ------------------------------------------------------------ all of them */

/* The staged samples; their inputs are there. */
static Status put_staged(Commit *m)
{
    Stmt s = sql_stmt(m->c, "SELECT i.sample_id, i.input_hash, t.content, t.expected, t.metadata,"
                            " t.split FROM stage_rows t JOIN sample_inputs i ON i.space_id = $2"
                            " AND i.number = t.number WHERE t.stage_id = $1 ORDER BY t.position");

    sql_int(&s, 1, m->in->stage_id);
    sql_int(&s, 2, m->space_id);
    while (sql_row(&s)) {
        SamplePut p = {.id = sql_peek_text(&s, 0), .input_hash = sql_peek_text(&s, 1)};
        const Str content = sql_peek_text(&s, 2);
        Status st;

        memcpy(p.content, content.ptr ? content.ptr : "",
               content.len < sizeof p.content ? content.len : sizeof p.content);
        p.expected = sql_peek_text(&s, 3);
        p.metadata = sql_peek_text(&s, 4);
        p.split = sql_peek_text(&s, 5);
        st = s.st ? s.st : put_sample(m, &p);
        if (st)
            s.st = st;
    }
    return sql_end(&s);
}

typedef VEC_OF(int64_t) Positions;

static Status find_untouched(const Commit *m, Positions *out)
{
    Stmt s = sql_stmt(m->c, "SELECT r.position FROM sample_rows r WHERE r.list_id = $1"
                            " AND r.to_version = " SQL_OPEN " AND r.from_version < $2");

    sql_int(&s, 1, m->in->list_id);
    sql_int(&s, 2, m->version);
    while (sql_row(&s)) {
        const int64_t position = sql_get_int(&s, 0);
        const Status st =
            is_touched(m, position) ? ST_OK : VEC_PUSH(out, position, (size_t)SAMPLES_MAX);

        if (st)
            s.st = st;
    }
    return sql_end(&s);
}

static Status remove_untouched(Commit *m)
{
    Positions gone = {0};
    Status st = find_untouched(m, &gone);

    for (size_t i = 0; i < gone.len && !st; i++)
        st = end_row(m, gone.items[i]);
    m->out.removed += (int64_t)gone.len;
    VEC_FREE(&gone);
    return st;
}

static Status apply(Commit *m)
{
    Status st = m->in->stage_id ? put_staged(m) : ST_OK;

    for (size_t i = 0; i < m->in->put_count && !st; i++)
        st = put_sample(m, &m->in->puts[i]);
    for (size_t i = 0; i < m->in->remove_count && !st; i++)
        st = remove_sample(m, i);
    if (!st && m->in->replace)
        st = remove_untouched(m);
    return st;
}

/* ------------------------------------------------------------ the list afterwards */

static Status note_inputs(const Commit *m)
{
    Stmt s;

    if (m->next_number == m->first_number && !m->new_metadata)
        return ST_OK;
    s = sql_stmt(m->c, "UPDATE sample_spaces SET next_number = $2,"
                       " metadata_revision = metadata_revision + $3 WHERE id = $1");
    sql_int(&s, 1, m->space_id);
    sql_int(&s, 2, m->next_number);
    sql_int(&s, 3, m->new_metadata);
    return sql_run(&s);
}

static Status note_version(const Commit *m)
{
    Stmt s = sql_stmt(m->c, "UPDATE sample_lists SET version = $2, sample_count = $3,"
                            " next_position = $4 WHERE id = $1");
    Status st;

    sql_int(&s, 1, m->in->list_id);
    sql_int(&s, 2, m->version);
    sql_int(&s, 3, m->out.count);
    sql_int(&s, 4, m->next_position);
    st = sql_run(&s);
    if (st)
        return st;
    s = sql_stmt(m->c, "INSERT INTO sample_commits (list_id, version, created_ns, author, message,"
                       " added, changed, removed, sample_count)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    sql_int(&s, 1, m->in->list_id);
    sql_int(&s, 2, m->version);
    sql_int(&s, 3, m->in->now_ns);
    sql_text(&s, 4, m->in->author);
    sql_text(&s, 5, m->in->message);
    sql_int(&s, 6, m->out.added);
    sql_int(&s, 7, m->out.changed);
    sql_int(&s, 8, m->out.removed);
    sql_int(&s, 9, m->out.count);
    return sql_run(&s);
}

static Status finish(Commit *m)
{
    CommitOut *out = &m->out;
    Status st;

    out->made = out->added || out->changed || out->removed;
    out->version = out->made ? m->version : m->version - 1;
    out->count = m->count + out->added - out->removed;
    if (out->count > SAMPLES_MAX)
        return refuse(m, COMMIT_TOO_MANY, 0);
    st = note_inputs(m);
    return !st && out->made ? note_version(m) : st;
}

static Status check_stage(const Commit *m, int64_t *samples)
{
    Stmt s =
        sql_stmt(m->c, "SELECT sample_count FROM sample_stages WHERE id = $1 AND list_id = $2");
    Status st;

    sql_int(&s, 1, m->in->stage_id);
    sql_int(&s, 2, m->in->list_id);
    st = sql_one_int(&s, samples);
    return st == ST_NOTFOUND ? refuse(m, COMMIT_NO_STAGE, 0) : st;
}

static Status run(Commit *m)
{
    int64_t staged = 0;
    bool many;
    Status st = start(m);

    if (!st && m->in->stage_id)
        st = check_stage(m, &staged);
    many = staged > MANY_PUTS || m->in->put_count > MANY_PUTS;
    if (!st && many)
        st = conn_exec(m->c, "PRAGMA cache_size = -32768");
    if (!st)
        st = apply(m);
    if (!st)
        st = finish(m);
    if (!st && m->in->stage_id)
        st = sample_stage_drop(m->c, m->in->stage_id);
    if (many)
        (void)!conn_exec(m->c, "PRAGMA cache_size = -1024");
    return st;
}

static Status set_description(Conn *c, const CommitIn *in)
{
    Stmt s;

    if (!in->description)
        return ST_OK;
    s = sql_stmt(c, "UPDATE sample_lists SET description = $2 WHERE id = $1");
    sql_int(&s, 1, in->list_id);
    sql_text(&s, 2, *in->description);
    return sql_run(&s);
}

Status sample_commit(Conn *c, const CommitIn *in, CommitOut *out, CommitErr *why)
{
    Commit m = {.c = c, .in = in, .why = why};
    Status st = run(&m);

    if (!st)
        st = set_description(c, in);
    if (!st)
        *out = m.out;
    mem_free(m.touched);
    return st;
}

Status catalog_samples_commit(Catalog *c, const CommitIn *in, CommitOut *out, CommitErr *why)
{
    CommitOut made = {0};
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    st = tx_end(w, sample_commit(w, in, &made, why));
    if (!st)
        *out = made;
    return st;
}

/* ------------------------------------------------------------ several cases */

static Status put_case(Conn *c, int64_t space_id, const CaseIn *in, bool only_new, Arena *arena,
                       CaseOut *out, CommitErr *why)
{
    CommitIn commit = in->commit;
    int64_t id = 0;
    Status st = case_find(c, space_id, in->name, arena, &out->row);

    out->fate = CASE_LOADED;
    if (!st && only_new)
        return ST_EXISTS;
    if (st == ST_NOTFOUND) {
        out->fate = CASE_CREATED;
        st = sample_list_insert(c, space_id, in->name, (Str){0}, commit.now_ns, &id);
        if (!st)
            st = sample_list_read(c, id, arena, &out->row);
    }
    if (st || (out->row.version && !commit.replace))
        return st;
    commit.list_id = out->row.id;
    st = sample_commit(c, &commit, &out->commit, why);
    if (!st && out->fate == CASE_LOADED && out->commit.made)
        out->fate = CASE_EDITED;
    return st ? st : sample_list_read(c, out->row.id, arena, &out->row);
}

Status catalog_cases_put(Catalog *c, int64_t space_id, const CaseIn *cases, size_t count,
                         bool only_new, Arena *arena, CaseOut *out, size_t *at, CommitErr *why)
{
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    for (size_t i = 0; i < count && !st; i++) {
        *at = i;
        st = put_case(w, space_id, &cases[i], only_new, arena, &out[i], why);
    }
    return tx_end(w, st);
}

/* ------------------------------------------------------------ history */

static Status read_commits(Conn *c, int64_t list_id, int64_t before, size_t limit, Arena *arena,
                           SampleCommits *list)
{
    Stmt s = sql_stmt(c, "SELECT version, created_ns, author, message, added, changed, removed,"
                         " sample_count FROM sample_commits WHERE list_id = $1"
                         " AND ($2 = 0 OR version < $2) ORDER BY version DESC LIMIT $3");

    sql_int(&s, 1, list_id);
    sql_int(&s, 2, before);
    sql_uint(&s, 3, limit + 1);
    while (sql_page_row(&s, list->len, limit, &list->more))
        list->items[list->len++] = (SampleCommitRow){.version = sql_get_int(&s, 0),
                                                     .created_ns = sql_get_int(&s, 1),
                                                     .author = sql_get_text(&s, 2, arena),
                                                     .message = sql_get_text(&s, 3, arena),
                                                     .added = sql_get_int(&s, 4),
                                                     .changed = sql_get_int(&s, 5),
                                                     .removed = sql_get_int(&s, 6),
                                                     .count = sql_get_int(&s, 7)};
    return sql_end(&s);
}

Status catalog_sample_commits(Catalog *c, int64_t list_id, int64_t before, size_t limit,
                              Arena *arena, SampleCommits *out)
{
    SampleCommits list = {.items = arena_calloc(arena, limit, sizeof *list.items)};
    Conn *r;
    Status st = list.items ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    st = read_end(r, read_commits(r, list_id, before, limit, arena, &list));
    if (!st)
        *out = list;
    return st;
}
