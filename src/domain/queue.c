/* SPDX-License-Identifier: Apache-2.0 */
/* See queue.h. */
#include "domain/queue.h"

#include "domain/body.h"
#include "domain/internal.h"
#include "domain/judge.h"
#include "domain/rule.h"
#include "os/clock.h"
#include "query/print.h"

#include <sodium.h>

static Status person_fingerprint(Str name, char hex[2 * crypto_hash_sha256_BYTES + 1])
{
    crypto_hash_sha256_state state;
    uint8_t hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)"person:", 7);
    crypto_hash_sha256_update(&state, (const unsigned char *)name.ptr, name.len);
    crypto_hash_sha256_final(&state, hash);
    hex_encode(hash, sizeof hash, hex);
    hex[2 * sizeof hash] = '\0';
    return ST_OK;
}

static Status register_person(Domain *d, int64_t project_id, Str name, Arena *arena, FieldErr *err)
{
    char hex[2 * crypto_hash_sha256_BYTES + 1];
    JudgeVersionRow row = {0};
    Str body = {0};
    bool created;
    Status st = person_fingerprint(name, hex);

    if (!st)
        st = arena_printf(arena, &body, "{\"fingerprint\": \"%s\", \"kind\": \"person\"}", hex);
    return st ? st : judge_register(d, project_id, name, body, arena, &row, &created, err);
}

static Status person_field(Domain *d, const Json *body, Arena *arena, QueueRow *row, FieldErr *err)
{
    JudgeRow judge = {0};
    Status st = body_name(body, "judge", JSON_OPTIONAL, &row->judge, err);

    if (!st && !row->judge.len)
        return field_err_set(err, ST_INVALID, "judge", "judge: is required: the name of a person");
    if (!st)
        st = judge_get(d, row->project_id, row->judge, arena, &judge);
    if (st == ST_NOTFOUND)
        return register_person(d, row->project_id, row->judge, arena, err);
    if (!st && !str_eq(judge.kind, STR("person")))
        return field_err_set(err, ST_INVALID, "judge", "judge: \"%.*s\" is no person",
                             STR_ARG(row->judge));
    if (!st)
        row->judge = judge.name;
    return st;
}

/* The judge comes last: it may be made. */
static Status read_body(Domain *d, Str text, Arena *arena, QueueRow *row, FieldErr *err)
{
    const Json *body = NULL;
    Status st = body_parse(text, arena, &body, err);

    if (!st)
        st =
            body_name(body, "name", row->name.len ? JSON_OPTIONAL : JSON_REQUIRED, &row->name, err);
    if (!st)
        st = body_text(body, "where", QUERY_MAX_TEXT / 2, &row->query, NULL, err);
    if (!st)
        st = where_check(row->query, arena, err);
    if (!st)
        st = body_text(body, "instructions", QUEUE_MAX_INSTRUCTIONS, &row->instructions, NULL, err);
    return st ? st : person_field(d, body, arena, row, err);
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

Status queue_create(Domain *d, int64_t project_id, Str body, Arena *arena, QueueRow *out,
                    FieldErr *err)
{
    QueueRow row = {.project_id = project_id, .created_ns = clock_now_ns()};
    Status st = read_body(d, body, arena, &row, err);

    if (!st)
        st = tell(catalog_queue_add(d->catalog, &row, &row.id), &row, err);
    if (!st)
        *out = row;
    return st;
}

Status queue_update(Domain *d, int64_t project_id, int64_t id, Str body, Arena *arena,
                    QueueRow *out, FieldErr *err)
{
    QueueRow row = {0};
    Status st = catalog_queue_get(d->catalog, project_id, id, arena, &row);

    if (!st)
        st = read_body(d, body, arena, &row, err);
    if (!st)
        st = tell(catalog_queue_put(d->catalog, &row), &row, err);
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
