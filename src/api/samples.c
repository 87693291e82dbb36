/* SPDX-License-Identifier: Apache-2.0 */
/* See samples.h. */
#include "api/samples.h"

#include "api/sample_scores.h"
#include "domain/dataset.h"

enum { ANSWER_BYTES = 32 * 1024 * 1024, PAGE_DEFAULT = 50 };

/* ------------------------------------------------------------ writing */

void write_commit_counts(JsonWriter *w, const CommitOut *out)
{
    jw_key_bool(w, STR("created"), out->made);
    jw_key_int(w, STR("added"), out->added);
    jw_key_int(w, STR("changed"), out->changed);
    jw_key_int(w, STR("removed"), out->removed);
    jw_key_int(w, STR("unchanged"), out->unchanged);
}

void write_sample_members(JsonWriter *w, const SampleRow *row)
{
    jw_key_str(w, STR("id"), row->id);
    jw_key_int(w, STR("number"), row->number);
    jw_key_raw(w, STR("input"), row->input);
    write_json(w, STR("expected"), row->expected, "null");
    write_json(w, STR("metadata"), row->metadata, "{}");
    jw_key_str_or_null(w, STR("split"), row->split);
}

void write_sample(JsonWriter *w, const SampleRow *row)
{
    jw_object(w);
    write_sample_members(w, row);
    jw_object_end(w);
}

/* ------------------------------------------------------------ parameters */

bool param_version(const Request *q, Response *r, const char *name, int64_t newest, int64_t *out)
{
    Str text = {0};
    FieldErr e = {0};
    Status st;

    (void)request_query(q, str_from(name), &text);
    st = list_version(text, newest, name, out, &e);
    if (st)
        reply_error(r, st, &e);
    return st == ST_OK;
}

bool param_number(Response *r, Str cursor, int64_t *out)
{
    *out = 0;
    if (!cursor.len || (str_to_i64(cursor, out) == ST_OK && *out >= 0))
        return true;
    problem(r, 400, "cursor", "cursor: use next_cursor of an earlier answer");
    return false;
}

bool params_samples(const Request *q, Response *r, size_t *limit, int64_t *after)
{
    Str cursor = {0};

    (void)request_query(q, STR("cursor"), &cursor);
    return params_count(q, r, STR("limit"), PAGE_DEFAULT, SAMPLES_A_PAGE, limit) &&
           param_number(r, cursor, after);
}

static Status number_cursor(Request *q, int64_t number, Str *out)
{
    return arena_printf(q->arena, out, "%lld", (long long)number);
}

/* ------------------------------------------------------------ samples */

/* Writes a page; the one row more than fits only tells that there is more. */
typedef struct Page {
    JsonWriter w;
    size_t limit;
    size_t len;
    int64_t last;
    bool more;
    PageScores scores;
} Page;

static Status write_row(void *visitor, const SampleRow *row)
{
    Page *p = visitor;

    p->more = p->len == p->limit || (p->len && p->w.out->len > ANSWER_BYTES);
    if (p->more)
        return ST_CLOSED; /* enough */
    p->len++;
    p->last = row->position;
    jw_object(&p->w);
    write_sample_members(&p->w, row);
    page_scores_write(&p->w, &p->scores, row->number);
    jw_object_end(&p->w);
    return p->w.st;
}

static Status note_number(void *visitor, const SampleRow *row)
{
    page_scores_note(visitor, row->number);
    return ST_OK;
}

static Status find_scores(Api *a, const Request *q, const SampleScan *scan, int64_t space_id,
                          size_t limit, PageScores *out)
{
    SampleScan numbers = *scan;
    Status st = page_scores_init(out, q, limit);

    numbers.limit = limit;
    if (!st && out->numbers)
        st = catalog_samples_each(domain_catalog(a->domain), &numbers, note_number, out);
    return st ? st : page_scores_find(a, out, space_id, q->arena);
}

/* False: the answer is an error already. */
static bool read_scan(Api *a, const Request *q, Response *r, const ListRef *list, SampleScan *scan,
                      Str *split)
{
    *scan = (SampleScan){.list_id = list->list_id, .after = scan->after};
    if (!param_version(q, r, "version", list->newest, &scan->version) ||
        !params_scored(a, q, r, scan))
        return false;
    if (request_query(q, STR("split"), split))
        scan->split = split;
    (void)request_query(q, STR("q"), &scan->text);
    return true;
}

void answer_samples(Api *a, Request *q, Response *r, const ListRef *list)
{
    SampleScan scan = {0};
    size_t limit;
    Str split = {0};
    Str next = {0};
    Page page;
    Status st;

    if (!params_samples(q, r, &limit, &scan.after) || !read_scan(a, q, r, list, &scan, &split))
        return;
    page = (Page){.w = list_begin(r), .limit = limit};
    st = find_scores(a, q, &scan, list->space_id, limit, &page.scores);
    if (!st)
        st = catalog_samples_each(domain_catalog(a->domain), &scan, write_row, &page);
    if (st == ST_CLOSED && page.more)
        st = number_cursor(q, page.last, &next);
    if (st)
        reply_error(r, st, NULL);
    else
        list_end(r, &page.w, next);
}

void answer_sample(Api *a, Request *q, Response *r, const ListRef *list)
{
    SampleScores scores = {0};
    SampleRow row = {0};
    int64_t version;
    JsonWriter w;
    Status st;

    if (!param_version(q, r, "version", list->newest, &version))
        return;
    st = catalog_sample_get(domain_catalog(a->domain), list->list_id, version,
                            request_param(q, STR("id")), 0, q->arena, &row);
    if (st == ST_NOTFOUND) {
        problem(r, 404, "id", "there is no such sample in version %lld", (long long)version);
        return;
    }
    if (!st)
        st = catalog_sample_scores_of(domain_catalog(a->domain), list->space_id, 0, &row.number, 1,
                                      q->arena, &scores);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = jw_init(&r->body);
    jw_object(&w);
    write_sample_members(&w, &row);
    write_sample_scores(&w, &scores);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

/* ------------------------------------------------------------ commits */

static void write_commit(JsonWriter *w, const SampleCommitRow *row)
{
    jw_object(w);
    jw_key_int(w, STR("version"), row->version);
    jw_key_time(w, STR("created_at"), row->created_ns);
    jw_key_str(w, STR("by"), row->author);
    jw_key_str(w, STR("message"), row->message);
    jw_key_int(w, STR("added"), row->added);
    jw_key_int(w, STR("changed"), row->changed);
    jw_key_int(w, STR("removed"), row->removed);
    jw_key_int(w, STR("samples"), row->count);
    jw_object_end(w);
}

void answer_commits(Api *a, Request *q, Response *r, int64_t list_id)
{
    ListParams params;
    SampleCommits list = {0};
    int64_t before;
    Str next = {0};
    JsonWriter w;
    Status st;

    if (!params_list(q, r, &params) || !param_number(r, params.cursor, &before))
        return;
    st = catalog_sample_commits(domain_catalog(a->domain), list_id, before, params.limit, q->arena,
                                &list);
    if (!st && list.more)
        st = number_cursor(q, list.items[list.len - 1].version, &next);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++)
        write_commit(&w, &list.items[i]);
    list_end(r, &w, next);
}

/* ------------------------------------------------------------ differences */

static void write_side(JsonWriter *w, Str key, bool there, const SampleRow *row)
{
    jw_key(w, key);
    if (there)
        write_sample(w, row);
    else
        jw_null(w);
}

static Str change_of(const SampleDiff *d)
{
    if (!d->before)
        return STR("added");
    return d->after ? STR("changed") : STR("removed");
}

static void write_difference(JsonWriter *w, const SampleDiff *d)
{
    jw_object(w);
    jw_key_str(w, STR("id"), d->id);
    jw_key_str(w, STR("change"), change_of(d));
    jw_key_bool(w, STR("moved"), d->before && d->after && !d->input_differs && !d->rest_differs);
    write_side(w, STR("from"), d->before, &d->from);
    write_side(w, STR("to"), d->after, &d->to);
    jw_object_end(w);
}

static void write_diff(Response *r, const SampleDiff *items, size_t len, bool more,
                       const DiffCounts *counts, int64_t from, int64_t to)
{
    JsonWriter w = list_begin(r);

    for (size_t i = 0; i < len; i++)
        write_difference(&w, &items[i]);
    jw_array_end(&w);
    jw_key_int(&w, STR("from"), from);
    jw_key_int(&w, STR("to"), to);
    jw_key_int(&w, STR("added"), counts->added);
    jw_key_int(&w, STR("changed"), counts->changed);
    jw_key_int(&w, STR("removed"), counts->removed);
    jw_key_str_or_null(&w, STR("next_cursor"), more ? items[len - 1].id : (Str){0});
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

void answer_diff(Api *a, Request *q, Response *r, int64_t list_id, int64_t newest)
{
    ListParams params;
    DiffCounts counts = {0};
    SampleDiff *items = NULL;
    size_t len = 0;
    bool more = false;
    int64_t from, to;
    Status st;

    if (!params_list(q, r, &params) || !param_version(q, r, "from", newest, &from) ||
        !param_version(q, r, "to", newest, &to))
        return;
    if (!request_query(q, STR("from"), &(Str){0}))
        from = to ? to - 1 : 0;
    st = catalog_samples_diff(domain_catalog(a->domain), list_id, from, to, params.cursor,
                              params.limit, q->arena, &counts, &items, &len, &more);
    if (st)
        reply_error(r, st, NULL);
    else
        write_diff(r, items, len, more, &counts, from, to);
}
