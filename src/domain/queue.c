/* SPDX-License-Identifier: Apache-2.0 */
/* See queue.h. */
#include "domain/queue.h"

#include "domain/body.h"
#include "domain/dataset.h"
#include "domain/evaluation.h"
#include "domain/internal.h"
#include "domain/judge.h"
#include "domain/row_filter.h"
#include "domain/rule.h"
#include "os/clock.h"
#include "query/print.h"

#include <sodium.h>

static void person_fingerprint(Str name, char hex[2 * crypto_hash_sha256_BYTES + 1])
{
    crypto_hash_sha256_state state;
    uint8_t hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)"person:", 7);
    crypto_hash_sha256_update(&state, (const unsigned char *)name.ptr, name.len);
    crypto_hash_sha256_final(&state, hash);
    hex_encode(hash, sizeof hash, hex);
    hex[2 * sizeof hash] = '\0';
}

static Status register_person(Domain *d, int64_t project_id, Str name, Arena *arena, FieldErr *err)
{
    char hex[2 * crypto_hash_sha256_BYTES + 1];
    JudgeVersionRow row = {0};
    Str body = {0};
    bool created;
    Status st;

    person_fingerprint(name, hex);
    st = arena_printf(arena, &body, "{\"fingerprint\": \"%s\", \"kind\": \"person\"}", hex);
    return st ? st : judge_register(d, project_id, name, body, arena, &row, &created, err);
}

/* *unknown: there is no such judge yet. */
static Status person_field(Domain *d, const Json *body, Arena *arena, QueueRow *row, bool *unknown,
                           FieldErr *err)
{
    JudgeRow judge = {0};
    Status st = body_name(body, "judge", JSON_OPTIONAL, &row->judge, err);

    if (!st && !row->judge.len)
        return field_err_set(err, ST_INVALID, "judge", "judge: is required: the name of a person");
    if (!st)
        st = judge_get(d, row->project_id, row->judge, arena, &judge);
    *unknown = st == ST_NOTFOUND;
    if (*unknown)
        return ST_OK;
    if (!st && !str_eq(judge.kind, STR("person")))
        return field_err_set(err, ST_INVALID, "judge", "judge: \"%.*s\" is no person",
                             STR_ARG(row->judge));
    if (!st)
        row->judge = judge.name;
    return st;
}

/* ------------------------------------------------------------ where it takes from */

/* Of another source nothing may stay. */
static void set_source(QueueRow *row, Str source)
{
    row->source = source;
    row->source_id = 0;
    row->source_version = 0;
    row->split = (Str){0};
    row->dataset = (Str){0};
}

static Status read_dataset(Domain *d, const Json *json, Arena *arena, QueueRow *row, FieldErr *err)
{
    SpaceRow dataset = {0};
    Str name = {0};
    Status st;

    if (json->kind != JSON_KIND_OBJECT)
        return field_err_set(err, ST_INVALID, "dataset",
                             "dataset: must be an object with a name, not %s",
                             json_kind_name(json->kind));
    set_source(row, STR("dataset"));
    st = body_name(json, "name", JSON_REQUIRED, &name, err);
    if (!st)
        st = dataset_get(d, row->project_id, name, arena, &dataset, err);
    if (!st)
        st = body_count(json, "version", 1, &row->source_version, err);
    if (!st)
        st = body_text(json, "split", SAMPLE_MAX_SPLIT, &row->split, NULL, err);
    if (!st && row->source_version > dataset.version)
        return field_err_set(err, ST_INVALID, "version", "version: the newest is %lld",
                             (long long)dataset.version);
    row->source_id = dataset.id;
    row->dataset = dataset.name;
    return st == ST_NOTFOUND ? ST_INVALID : st;
}

static Status read_evaluation(Domain *d, const Json *json, Arena *arena, QueueRow *row,
                              FieldErr *err)
{
    Evaluation e;
    Status st = ST_NOTFOUND;

    if (json->kind == JSON_KIND_INT)
        st = evaluation_get(d, row->project_id, json->as.i, arena, &e);
    if (st == ST_NOTFOUND)
        return field_err_set(err, ST_INVALID, "evaluation",
                             "evaluation: must be the number of one of this project");
    set_source(row, STR("evaluation"));
    row->source_id = json->kind == JSON_KIND_INT ? json->as.i : 0;
    return st;
}

static Status read_source(Domain *d, const Json *body, Arena *arena, QueueRow *row, FieldErr *err)
{
    const Json *dataset = json_get(body, STR("dataset"));
    const Json *evaluation = json_get(body, STR("evaluation"));
    const bool of_dataset = dataset && dataset->kind != JSON_KIND_NULL;
    const bool of_evaluation = evaluation && evaluation->kind != JSON_KIND_NULL;

    if (of_dataset && of_evaluation)
        return field_err_set(err, ST_INVALID, "evaluation",
                             "evaluation: a queue takes from a dataset or from an evaluation");
    if (of_dataset)
        return read_dataset(d, dataset, arena, row, err);
    if (of_evaluation)
        return read_evaluation(d, evaluation, arena, row, err);
    if (!row->source.len)
        row->source = STR("traces");
    return ST_OK;
}

/* Each source has its own language. */
static Status check_where(const QueueRow *row, Arena *arena, FieldErr *err)
{
    RowConditions conditions;
    Err why = {0};
    Status st;

    if (str_eq(row->source, STR("traces")))
        return where_check(row->query, arena, err);
    if (str_eq(row->source, STR("dataset")))
        return ST_OK;
    st = row_filter_parse(row->query, arena, &conditions, &why);
    return st == ST_INVALID ? field_err_set(err, st, "where", "where: %s", why.msg) : st;
}

static Status read_body(Domain *d, Str text, Arena *arena, QueueRow *row, bool *unknown,
                        FieldErr *err)
{
    const Json *body = NULL;
    Status st = body_parse(text, arena, &body, err);

    if (!st)
        st =
            body_name(body, "name", row->name.len ? JSON_OPTIONAL : JSON_REQUIRED, &row->name, err);
    if (!st)
        st = body_text(body, "where", QUERY_MAX_TEXT / 2, &row->query, NULL, err);
    if (!st)
        st = read_source(d, body, arena, row, err);
    if (!st)
        st = check_where(row, arena, err);
    if (!st)
        st = body_text(body, "instructions", QUEUE_MAX_INSTRUCTIONS, &row->instructions, NULL, err);
    return st ? st : person_field(d, body, arena, row, unknown, err);
}

static Status tell(Status st, const QueueRow *row, FieldErr *err)
{
    if (st == ST_EXISTS)
        return field_err_set(err, st, "name", "name: there is a queue \"%.*s\" already",
                             STR_ARG(row->name));
    if (st == ST_LIMIT)
        return field_err_set(err, ST_INVALID, "name",
                             "name: a project keeps at most %d queues; delete one first",
                             (int)QUEUES_MAX);
    return st;
}

/* The judge is made when the queue is there: one that is refused leaves nothing behind. */
Status queue_create(Domain *d, int64_t project_id, Str body, Arena *arena, QueueRow *out,
                    FieldErr *err)
{
    QueueRow row = {.project_id = project_id, .created_ns = clock_now_ns()};
    bool unknown = false;
    Status st = read_body(d, body, arena, &row, &unknown, err);

    if (!st)
        st = tell(catalog_queue_add(d->catalog, &row, &row.id), &row, err);
    if (!st && unknown) {
        st = register_person(d, project_id, row.judge, arena, err);
        if (st)
            (void)!catalog_queue_remove(d->catalog, project_id, row.id);
    }
    if (!st)
        *out = row;
    return st;
}

Status queue_update(Domain *d, int64_t project_id, int64_t id, Str body, Arena *arena,
                    QueueRow *out, FieldErr *err)
{
    QueueRow before = {0};
    QueueRow row;
    bool unknown = false;
    Status st = catalog_queue_get(d->catalog, project_id, id, arena, &before);

    row = before;
    if (!st)
        st = read_body(d, body, arena, &row, &unknown, err);
    if (!st)
        st = tell(catalog_queue_put(d->catalog, &row), &row, err);
    if (!st && unknown) {
        st = register_person(d, project_id, row.judge, arena, err);
        if (st)
            (void)!catalog_queue_put(d->catalog, &before);
    }
    if (!st)
        *out = row;
    return st;
}

Status queue_get(Domain *d, int64_t project_id, int64_t id, Arena *arena, QueueRow *out)
{
    return catalog_queue_get(d->catalog, project_id, id, arena, out);
}

Status queue_list(Domain *d, int64_t project_id, Arena *arena, QueueList *out)
{
    return catalog_queue_list(d->catalog, project_id, arena, out);
}

Status queue_remove(Domain *d, int64_t project_id, int64_t id)
{
    return catalog_queue_remove(d->catalog, project_id, id);
}

Status queue_query(const QueueRow *row, bool done, Arena *arena, Str *out)
{
    Str judge = {0};
    Status st = print_plain_value(row->judge, arena, &judge);

    if (st)
        return st;
    if (str_trim(row->query).len == 0)
        return arena_printf(arena, out, "%sjudge:%.*s", done ? "" : "-", STR_ARG(judge));
    return arena_printf(arena, out, "(%.*s) %sjudge:%.*s", STR_ARG(row->query), done ? "" : "-",
                        STR_ARG(judge));
}
