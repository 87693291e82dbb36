/* SPDX-License-Identifier: Apache-2.0 */
/* See evaluation.h. */
#include "domain/evaluation.h"

#include "base/log.h"
#include "catalog/inference.h"
#include "catalog/version.h"
#include "codec/json_read.h"
#include "domain/background.h"
#include "domain/comparison.h"
#include "domain/internal.h"
#include "domain/model.h"
#include "domain/project.h"
#include "domain/result_batch.h"
#include "os/clock.h"

enum { MILLION = 1000000, JUDGES_MAX = 100 };
static const size_t batch_memory = (size_t)4 << 30;

/* ------------------------------------------------------------ the body of a start */

/* What is being read, and where errors go. */
typedef struct Starting {
    Domain *d;
    int64_t project_id;
    Arena *arena;
    FieldErr *err;
    EvaluationRow row;
    ConfigurationList configurations;
} Starting;

static Status text_field(const Json *body, const char *field, JsonNeed need, size_t most, Str *out,
                         FieldErr *err)
{
    Err why = {0};

    if (json_field_str(body, str_from(field), need, out, &why))
        return field_err_set(err, ST_INVALID, field, "%s", why.msg);
    if (out->len > most)
        return field_err_set(err, ST_INVALID, field, "%s: at most %zu bytes, not %zu", field, most,
                             out->len);
    return ST_OK;
}

/* An object, kept as it stands. */
static Status object_field(const Json *body, const char *field, Str *out, FieldErr *err)
{
    const Json *object = NULL;
    Err why = {0};

    if (json_field_object(body, str_from(field), JSON_OPTIONAL, &object, &why))
        return field_err_set(err, ST_INVALID, field, "%s", why.msg);
    if (object && object->raw.len > EVALUATION_MAX_BODY)
        return field_err_set(err, ST_INVALID, field, "%s: at most %d bytes, not %zu", field,
                             (int)EVALUATION_MAX_BODY, object->raw.len);
    if (object)
        *out = object->raw;
    return ST_OK;
}

/* A version: 0 or missing is the newest; "v3" and 3 are the third. */
static Status read_version(const Json *target, const char *field, int64_t *out, FieldErr *err)
{
    const Json *version = json_get(target, STR("version"));
    int32_t number = 0;

    *out = 0;
    if (!version || version->kind == JSON_KIND_NULL)
        return ST_OK;
    if (version->kind == JSON_KIND_INT && version->as.i >= 0) {
        *out = version->as.i;
        return ST_OK;
    }
    if (version->kind != JSON_KIND_STR || version_number(version->as.s, &number))
        return field_err_set(err, ST_INVALID, field, "%s.version: must be a number or vN", field);
    *out = number;
    return ST_OK;
}

static Status no_target(const Starting *s, const char *what, Str name, int64_t version)
{
    if (version)
        return field_err_set(s->err, ST_INVALID, what, "%s: there is no version %lld of \"%.*s\"",
                             what, (long long)version, STR_ARG(utf8_clip(name, 100)));
    return field_err_set(s->err, ST_INVALID, what, "%s: there is no \"%.*s\"", what,
                         STR_ARG(utf8_clip(name, 100)));
}

static Status read_suite(Starting *s, const Json *suite)
{
    Str workflow = {0};
    Str name = {0};
    int64_t version;
    Err why = {0};
    Status st;

    if (json_field_str(suite, STR("workflow"), JSON_REQUIRED, &workflow, &why) ||
        json_field_str(suite, STR("name"), JSON_REQUIRED, &name, &why))
        return field_err_set(s->err, ST_INVALID, "suite", "suite.%s", why.msg);
    st = read_version(suite, "suite", &version, s->err);
    if (st)
        return st;
    st =
        catalog_target_suite(s->d->catalog, s->project_id, workflow, name, version, &s->row.target);
    return st == ST_NOTFOUND ? no_target(s, "suite", name, version) : st;
}

static Status read_dataset(Starting *s, const Json *dataset)
{
    Str name = {0};
    int64_t version;
    Err why = {0};
    Status st;

    if (json_field_str(dataset, STR("name"), JSON_REQUIRED, &name, &why) ||
        json_field_str(dataset, STR("split"), JSON_OPTIONAL, &s->row.split, &why))
        return field_err_set(s->err, ST_INVALID, "dataset", "dataset.%s", why.msg);
    st = read_version(dataset, "dataset", &version, s->err);
    if (st)
        return st;
    st = catalog_target_dataset(s->d->catalog, s->project_id, name, version, &s->row.target);
    return st == ST_NOTFOUND ? no_target(s, "dataset", name, version) : st;
}

static Status read_target(Starting *s, const Json *body)
{
    const Json *suite = NULL;
    const Json *dataset = NULL;
    Err why = {0};

    if (json_field_object(body, STR("suite"), JSON_OPTIONAL, &suite, &why) ||
        json_field_object(body, STR("dataset"), JSON_OPTIONAL, &dataset, &why))
        return field_err_set(s->err, ST_INVALID, "suite", "%s", why.msg);
    if (!suite == !dataset)
        return field_err_set(s->err, ST_INVALID, "suite", "give either suite or dataset");
    return suite ? read_suite(s, suite) : read_dataset(s, dataset);
}

static Status read_model(Starting *s, const Json *body)
{
    Str tag = {0};
    Str name;
    int32_t number;
    VersionRef ref;
    Status st = text_field(body, "model", JSON_REQUIRED, 4096, &tag, s->err);

    if (st)
        return st;
    if (tag_split(tag, &name, &number))
        return field_err_set(s->err, ST_INVALID, "model",
                             "model: must be the tag of a version, such as digits:v2");
    st = catalog_version_ref(s->d->catalog, s->project_id, name, number, s->arena, &ref);
    if (st == ST_NOTFOUND)
        return field_err_set(s->err, ST_INVALID, "model", "model: there is no version \"%.*s\"",
                             STR_ARG(utf8_clip(tag, 150)));
    s->row.version_id = ref.id;
    return st;
}

static Status read_judges(Starting *s, const Json *body)
{
    const Json *judges = NULL;
    Err why = {0};

    if (json_field_array(body, STR("judges"), JSON_OPTIONAL, &judges, &why))
        return field_err_set(s->err, ST_INVALID, "judges", "%s", why.msg);
    if (!judges)
        return ST_OK;
    if (judges->as.array.len > JUDGES_MAX || judges->raw.len > EVALUATION_MAX_BODY)
        return field_err_set(s->err, ST_INVALID, "judges", "judges: at most %d", (int)JUDGES_MAX);
    for (size_t i = 0; i < judges->as.array.len; i++)
        if (judges->as.array.items[i].kind != JSON_KIND_STR)
            return field_err_set(s->err, ST_INVALID, "judges", "judges[%zu]: must be a tag", i);
    s->row.judges = judges->raw;
    return ST_OK;
}

static Status read_configuration(Starting *s, const Json *item, size_t at, ConfigurationRow *out)
{
    const Json *body;
    Err why = {0};

    if (item->kind != JSON_KIND_OBJECT ||
        json_field_str(item, STR("display_name"), JSON_REQUIRED, &out->name, &why))
        return field_err_set(s->err, ST_INVALID, "configurations", "configurations[%zu].%s", at,
                             why.msg[0] ? why.msg : "display_name: is missing");
    if (!out->name.len || out->name.len > EVALUATION_MAX_TEXT)
        return field_err_set(s->err, ST_INVALID, "configurations",
                             "configurations[%zu].display_name: must have 1 to %d bytes", at,
                             (int)EVALUATION_MAX_TEXT);
    body = json_get(item, STR("configuration"));
    out->body = body ? body->raw : STR("null");
    if (out->body.len > EVALUATION_MAX_BODY)
        return field_err_set(s->err, ST_INVALID, "configurations",
                             "configurations[%zu].configuration: at most %d bytes", at,
                             (int)EVALUATION_MAX_BODY);
    return ST_OK;
}

static Status read_configurations(Starting *s, const Json *body)
{
    const Json *list = NULL;
    Err why = {0};
    Status st = ST_OK;

    if (json_field_array(body, STR("configurations"), JSON_OPTIONAL, &list, &why))
        return field_err_set(s->err, ST_INVALID, "configurations", "%s", why.msg);
    if (!list)
        return ST_OK;
    if (list->as.array.len > CONFIGURATIONS_MAX)
        return field_err_set(s->err, ST_INVALID, "configurations", "configurations: at most %d",
                             (int)CONFIGURATIONS_MAX);
    s->configurations.items =
        arena_calloc(s->arena, list->as.array.len + 1, sizeof *s->configurations.items);
    if (!s->configurations.items)
        return ST_NOMEM;
    for (size_t i = 0; i < list->as.array.len && !st; i++)
        st = read_configuration(s, &list->as.array.items[i], i,
                                &s->configurations.items[s->configurations.len++]);
    return st;
}

static Status read_start(Starting *s, Str text)
{
    const Json *body = NULL;
    Err why = {0};
    Status st = json_parse_object(text, s->arena, &body, &why);

    if (st)
        return field_err_set(s->err, st, "", "%s", why.msg);
    st = read_target(s, body);
    if (!st)
        st = read_model(s, body);
    if (!st)
        st = text_field(body, "evaluator", JSON_OPTIONAL, EVALUATION_MAX_TEXT, &s->row.evaluator,
                        s->err);
    if (!st)
        st = read_judges(s, body);
    if (!st)
        st = object_field(body, "metadata", &s->row.metadata, s->err);
    return st ? st : read_configurations(s, body);
}

Status evaluation_start(Domain *d, int64_t project_id, Str body, Arena *arena, Evaluation *out,
                        bool *created, FieldErr *err)
{
    Starting s = {.d = d,
                  .project_id = project_id,
                  .arena = arena,
                  .err = err,
                  .row = {.project_id = project_id,
                          .status = STR("running"),
                          .judges = STR("[]"),
                          .metadata = STR("{}"),
                          .created_ns = clock_now_ns()}};
    int64_t id = 0;
    Status st = read_start(&s, body);

    if (!st)
        st = catalog_evaluation_put(d->catalog, &s.row, &s.configurations, &id, created);
    if (st == ST_LIMIT)
        return field_err_set(err, st, "",
                             "too many evaluations in the project, or configurations in one (%d)",
                             (int)CONFIGURATIONS_MAX);
    return st ? st : evaluation_get(d, project_id, id, arena, out);
}

/* ------------------------------------------------------------ reading */

Status evaluation_get(Domain *d, int64_t project_id, int64_t id, Arena *arena, Evaluation *out)
{
    Evaluation e = {0};
    Status st = catalog_evaluation_get(d->catalog, project_id, id, arena, &e.row);

    if (!st)
        st = catalog_evaluation_configurations(d->catalog, id, arena, &e.configurations);
    if (!st)
        *out = e;
    return st;
}

Status evaluation_list(Domain *d, int64_t project_id, const EvaluationFilter *filter, size_t limit,
                       Arena *arena, EvaluationList *out)
{
    return catalog_evaluation_list(d->catalog, project_id, filter, limit, arena, out);
}

Status evaluation_target(Domain *d, const EvaluationRow *row, const Target **out)
{
    return target_get(d, &row->target, row->split, out);
}

Status evaluation_progress(Domain *d, const EvaluationRow *row, Arena *arena,
                           EvaluationProgress *out)
{
    const InferenceKey key = {.version_id = row->version_id, .space = row->target.space};
    int64_t *done = NULL;
    size_t len = 0;
    size_t k = 0;
    const Target *t;
    Arena scratch;
    InferenceChecks checks = {0};
    Status st = evaluation_target(d, row, &t);

    if (st)
        return st;
    arena_init(&scratch, batch_memory);
    st = catalog_inference_numbers(d->catalog, &key, &scratch, &done, &len);
    if (!st)
        st = catalog_inference_checks(d->catalog, &key, &checks);
    if (!st)
        st = arena_printf(arena, &out->digest, "%lld-%lld", (long long)checks.inferences,
                          (long long)checks.newest_ns);
    out->checked = (uint64_t)checks.checked;
    out->differing = (uint64_t)checks.differing;
    out->samples = t->count;
    out->remaining = 0;
    for (size_t i = 0; i < t->count && !st; i++) {
        while (k < len && done[k] < t->all[i])
            k++;
        out->remaining += !(k < len && done[k] == t->all[i]);
    }
    arena_deinit(&scratch);
    target_put(d, t);
    return st;
}

/* ------------------------------------------------------------ changing */

bool evaluation_status_is_known(Str s)
{
    return str_eq(s, STR("running")) || str_eq(s, STR("complete")) || str_eq(s, STR("failed"));
}

static Status read_patch(const Json *body, EvaluationRow *row, FieldErr *err)
{
    double progress = (double)row->done / MILLION;
    const Str before = row->status;
    Err why = {0};
    Status st = text_field(body, "status", JSON_OPTIONAL, 20, &row->status, err);

    if (!st && !evaluation_status_is_known(row->status))
        st =
            field_err_set(err, ST_INVALID, "status", "status: must be running, complete or failed");
    if (!st)
        st = text_field(body, "message", JSON_OPTIONAL, EVALUATION_MAX_MESSAGE, &row->message, err);
    if (!st && json_field_double(body, STR("progress"), JSON_OPTIONAL, &progress, &why))
        st = field_err_set(err, ST_INVALID, "progress", "%s", why.msg);
    if (!st && !(progress >= 0 && progress <= 1))
        st = field_err_set(err, ST_INVALID, "progress", "progress: must be from 0 to 1");
    if (st)
        return st;
    if (str_eq(row->status, STR("complete")) && !str_eq(before, row->status))
        progress = 1;
    row->done = (int64_t)(progress * MILLION);
    return object_field(body, "metadata", &row->metadata, err);
}

Status evaluation_patch(Domain *d, int64_t project_id, int64_t id, Str body, Arena *arena,
                        Evaluation *out, FieldErr *err)
{
    const Json *json = NULL;
    Evaluation e;
    Err why = {0};
    Status st = evaluation_get(d, project_id, id, arena, &e);

    if (st)
        return st;
    st = json_parse_object(body, arena, &json, &why);
    if (st)
        return field_err_set(err, st, "", "%s", why.msg);
    st = read_patch(json, &e.row, err);
    if (st)
        return st;
    e.row.updated_ns = clock_now_ns();
    st = catalog_evaluation_update(d->catalog, &e.row);
    if (st)
        return st;
    if (str_eq(e.row.status, STR("complete")))
        comparison_prepare(d, &e.row);
    *out = e;
    return ST_OK;
}

Status evaluation_remove(Domain *d, int64_t project_id, int64_t id)
{
    Status st = catalog_evaluation_remove(d->catalog, project_id, id);

    if (!st && results_remove(d->results, project_id, id))
        log_warn("result files of a deleted evaluation are removed at the next start",
                 " evaluation=%lld", (long long)id);
    return st;
}

/* ------------------------------------------------------------ rows */

static bool has_configuration(const Evaluation *e, Str name)
{
    if (!name.len)
        return true;
    for (size_t i = 0; i < e->configurations.len; i++)
        if (str_eq(e->configurations.items[i].name, name))
            return true;
    return false;
}

static Status check_batch(const Evaluation *e, const Target *t, const ResultBatch *b, FieldErr *err)
{
    const TargetCase *k = target_case(t, b->scope);
    const int64_t *members = k ? k->numbers : t->all;
    const size_t count = k ? k->count : t->count;
    size_t next = 0; /* where the next one is when they come in order */

    if (!has_configuration(e, b->configuration))
        return field_err_set(err, ST_INVALID, "configuration",
                             "configuration: the evaluation has no \"%.*s\"",
                             STR_ARG(utf8_clip(b->configuration, 100)));
    if (b->scope.len && !k)
        return field_err_set(err, ST_INVALID, "case", "case: there is no \"%.*s\" in the target",
                             STR_ARG(utf8_clip(b->scope, 100)));
    for (size_t i = 0; i < b->rows; i++) {
        if (next < count && members[next] == b->numbers[i])
            next++;
        else if (!numbers_hold(members, count, b->numbers[i]))
            return field_err_set(err, ST_INVALID, "numbers",
                                 "numbers[%zu]: %lld is no sample of this %s", i,
                                 (long long)b->numbers[i], b->scope.len ? "case" : "evaluation");
    }
    return ST_OK;
}

static Status add_batch(Domain *d, const Evaluation *e, const Target *t, Str body, size_t *rows,
                        FieldErr *err)
{
    ResultBatch batch;
    size_t parts = 0;
    Arena scratch;
    Status st;

    arena_init(&scratch, batch_memory);
    st = result_batch_parse(body, &scratch, &batch, err);
    if (!st && str_eq(batch.scope, STR(TARGET_ALL)) && !e->row.target.suite)
        batch.scope = (Str){0}; /* a dataset's one case is all of it */
    if (!st)
        st = check_batch(e, t, &batch, err);
    if (!st) {
        st = results_add(d->results, e->row.project_id, e->row.id, &batch, &parts);
        if (st == ST_LIMIT)
            st = field_err_set(err, st, "",
                               "an evaluation has %d files of rows already: send more rows in "
                               "one request",
                               (int)PARTS_MAX);
    }
    if (!st && parts % MERGE_EVERY == 0)
        results_tidy_later(d, e->row.id);
    if (!st)
        *rows = batch.rows;
    arena_deinit(&scratch);
    return st;
}

Status evaluation_add_results(Domain *d, const Evaluation *e, Str body, size_t *rows, FieldErr *err)
{
    const Target *t;
    Status st = evaluation_target(d, &e->row, &t);

    if (st)
        return st;
    st = add_batch(d, e, t, body, rows, err);
    target_put(d, t);
    return st;
}
