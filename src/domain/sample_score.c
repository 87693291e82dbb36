/* SPDX-License-Identifier: Apache-2.0 */
/* See sample_score.h. */
#include "domain/sample_score.h"

#include "catalog/inference.h"
#include "codec/json_write.h"
#include "domain/body.h"
#include "domain/dataset.h"
#include "domain/internal.h"
#include "domain/judge.h"
#include "domain/model.h"
#include "domain/score_read.h"
#include "domain/workflow.h"
#include "os/clock.h"

static Status refuse(FieldErr *err, const char *field, const char *why)
{
    return field_err_set(err, ST_INVALID, field, "%s: %s", field, why);
}

/* ------------------------------------------------------------ what is named */

Status sample_number(Domain *d, const SpaceRow *space, Str id, Arena *arena, int64_t *out,
                     FieldErr *err)
{
    SampleRow row = {0};
    Status st = ST_NOTFOUND;

    if (space->list_id)
        st = catalog_sample_get(d->catalog, space->list_id, space->version, id, 0, arena, &row);
    if (st == ST_NOTFOUND && id.len)
        st = catalog_input_find(d->catalog, space->id, id, &row.number);
    if (st == ST_NOTFOUND)
        return field_err_set(err, st, "sample", "sample: there is none with the id \"%.*s\"",
                             STR_ARG(utf8_clip(id, 100)));
    if (!st)
        *out = row.number;
    return st;
}

static Status find_judge(Domain *d, int64_t project_id, Str judge, Arena *arena, JudgeRow *row,
                         int32_t *number, FieldErr *err)
{
    Str name = judge;
    Status st;

    *number = 0;
    if (tag_split(judge, &name, number))
        name = judge;
    st = judge_get(d, project_id, name, arena, row);
    if (st == ST_NOTFOUND)
        return field_err_set(err, ST_INVALID, "judge",
                             "judge: there is none named \"%.*s\"; register it first",
                             STR_ARG(utf8_clip(name, 100)));
    if (!st && *number > row->latest)
        return field_err_set(err, ST_INVALID, "judge", "judge: the newest version is %d",
                             (int)row->latest);
    return st;
}

Status sample_judge(Domain *d, int64_t project_id, Str judge, Arena *arena, int64_t *id,
                    int32_t *number, FieldErr *err)
{
    JudgeRow row = {0};
    const Status st = find_judge(d, project_id, judge, arena, &row, number, err);

    if (!st)
        *id = row.id;
    return st;
}

Status sample_model(Domain *d, int64_t project_id, Str tag, Arena *arena, int64_t *out,
                    FieldErr *err)
{
    VersionRef ref = {0};
    Str name = {0};
    int32_t number = 0;
    Status st = tag_split(tag, &name, &number);

    if (!st)
        st = catalog_version_ref(d->catalog, project_id, name, number, arena, &ref);
    if (st == ST_INVALID || st == ST_NOTFOUND)
        return field_err_set(err, ST_INVALID, "model",
                             "model: there is no version \"%.*s\" in this project",
                             STR_ARG(utf8_clip(tag, 100)));
    if (!st)
        *out = ref.id;
    return st;
}

/* ------------------------------------------------------------ one score */

typedef struct Adding {
    Domain *domain;
    const SpaceRow *space;
    Arena *arena;
    int64_t now_ns;
} Adding;

static Status read_sample(const Adding *a, const Json *item, int64_t *number, FieldErr *err)
{
    const Json *given = json_get(item, STR("number"));
    SampleRow row = {0};
    Str id = {0};
    Err why = {0};
    Status st;

    if (json_field_str(item, STR("sample"), JSON_OPTIONAL, &id, &why))
        return field_err_set(err, ST_INVALID, "sample", "%s", why.msg);
    if (id.ptr) {
        st = sample_number(a->domain, a->space, id, a->arena, number, err);
        return st == ST_NOTFOUND ? ST_INVALID : st;
    }
    if (!given || given->kind != JSON_KIND_INT)
        return refuse(err, "sample", "is needed: the sample's id, or its number as number");
    *number = given->as.i;
    st = catalog_input_get(a->domain->catalog, a->space->id, *number, a->arena, &row);
    return st == ST_NOTFOUND ? refuse(err, "number", "there is no such sample") : st;
}

static Status read_judge(const Adding *a, const ScoreIn *in, SampleScoreRow *row, FieldErr *err)
{
    JudgeRow judge = {.kind = STR("code")};
    Status st = ST_OK;

    if (in->judge.len)
        st = find_judge(a->domain, a->space->project_id, in->judge, a->arena, &judge,
                        &row->judge_number, err);
    row->judge_id = judge.id;
    row->source = in->source.len ? in->source : judge.kind;
    return st;
}

/* The answer that is judged. */
static Status read_answer(const Adding *a, const ScoreIn *in, SampleScoreRow *row, FieldErr *err)
{
    InferenceKey key = {.space = a->space->id};
    InferenceRow answer = {0};
    Status st;

    if (!in->model.len)
        return ST_OK;
    if (row->expectation)
        return refuse(err, "model", "an expectation is of the sample, whatever a model answers");
    st = sample_model(a->domain, a->space->project_id, in->model, a->arena, &key.version_id, err);
    if (!st)
        st = catalog_inferences_get(a->domain->catalog, &key, &row->number, 1, a->arena, &answer);
    if (!st && !answer.hash.len)
        return refuse(err, "model", "has no answer to this sample");
    row->version_id = key.version_id;
    row->answer = answer.hash;
    return st;
}

static bool is_given(const Json *item, const char *field)
{
    const Json *value = json_get(item, str_from(field));

    return value && value->kind != JSON_KIND_NULL;
}

static Status check_said(const Json *item, const ScoreIn *in, const SampleScoreRow *row,
                         FieldErr *err)
{
    static const char *const foreign[] = {"trace_id", "span_id",  "id",  "trace_start",
                                          "error",    "metadata", "cost"};

    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (is_given(item, foreign[i]))
            return refuse(err, foreign[i], "scores of samples have none");
    if (row->expectation && !row->expected.len)
        return refuse(err, "expected", "is required: what the output should be");
    if (row->expectation && (row->value.len || in->has_passed))
        return refuse(err, "value", "an expectation has none; send feedback beside it");
    if (!row->expectation && row->expected.len)
        return refuse(err, "expected", "is of expectations; send one beside the feedback");
    return ST_OK;
}

static Status read_score(const Adding *a, const Json *item, SampleScoreRow *out, FieldErr *err)
{
    SampleScoreRow row = {.passed = SAID_NOTHING};
    ScoreIn in = {0};
    Status st = score_said_read(item, a->now_ns, a->arena, &in, err);

    if (st)
        return st;
    row.expected = is_given(item, "expected") ? json_get(item, STR("expected"))->raw : (Str){0};
    row.value = is_given(item, "value") ? json_get(item, STR("value"))->raw : (Str){0};
    row.expectation = in.kind.len ? str_eq(in.kind, STR("expectation")) : row.expected.len > 0;
    if (in.has_passed)
        row.passed = in.passed ? SAID_PASSED : SAID_FAILED;
    row.name = in.name;
    row.by = in.by;
    row.reason = in.reason;
    row.created_ns = row.updated_ns = in.time_ns;
    st = check_said(item, &in, &row, err);
    if (!st)
        st = read_sample(a, item, &row.number, err);
    if (!st)
        st = read_judge(a, &in, &row, err);
    if (!st)
        st = read_answer(a, &in, &row, err);
    if (!st)
        *out = row;
    return st;
}

/* ------------------------------------------------------------ many */

/* What a request is made into. */
typedef struct Batch {
    SampleScoreRow *rows;
    size_t *from; /* index in the request */
    Status *each;
    int64_t *ids; /* of rows */
    size_t len;
} Batch;

static Status batch_new(size_t count, Arena *arena, Batch *b, SampleScoresResult *out)
{
    *b = (Batch){.rows = arena_calloc(arena, count + 1, sizeof *b->rows),
                 .from = arena_calloc(arena, count + 1, sizeof *b->from),
                 .each = arena_calloc(arena, count + 1, sizeof *b->each),
                 .ids = arena_calloc(arena, count + 1, sizeof *b->ids)};
    *out = (SampleScoresResult){.counts.rejected =
                                    arena_calloc(arena, count + 1, sizeof *out->counts.rejected),
                                .ids = arena_calloc(arena, count + 1, sizeof *out->ids),
                                .len = count};
    return b->rows && b->from && b->each && b->ids && out->counts.rejected && out->ids ? ST_OK
                                                                                       : ST_NOMEM;
}

static Status read_scores(const Adding *a, const Json *list, Batch *b, ScoresResult *refused)
{
    Status st = ST_OK;

    for (size_t i = 0; i < list->as.array.len && !st; i++) {
        FieldErr why = {0};

        st = read_score(a, &list->as.array.items[i], &b->rows[b->len], &why);
        if (st == ST_INVALID)
            score_refused(refused, i, &why);
        else if (!st)
            b->from[b->len++] = i;
        st = st == ST_INVALID ? ST_OK : st;
    }
    return st;
}

static void tell(const Batch *b, SampleScoresResult *out)
{
    for (size_t i = 0; i < b->len; i++) {
        FieldErr why = {0};

        if (!b->each[i]) {
            out->ids[b->from[i]] = b->ids[i];
            out->counts.accepted++;
            continue;
        }
        (void)field_err_set(&why, ST_INVALID, "sample",
                            "sample: it has %d scores already; delete one first",
                            (int)SCORES_A_SAMPLE);
        score_refused(&out->counts, b->from[i], &why);
    }
}

Status sample_scores_add(Domain *d, const SpaceRow *space, Str body, Arena *arena,
                         SampleScoresResult *out, FieldErr *err)
{
    const Adding a = {d, space, arena, clock_now_ns()};
    SampleScoresResult result = {0};
    const Json *list = NULL;
    Batch b = {0};
    Status st = scores_list(body, arena, &list, err);

    if (!st)
        st = batch_new(list->as.array.len, arena, &b, &result);
    if (!st)
        st = read_scores(&a, list, &b, &result.counts);
    if (!st)
        st = catalog_sample_scores_put(d->catalog, space->id, b.rows, b.len, b.ids, b.each);
    if (st)
        return st;
    tell(&b, &result);
    *out = result;
    return ST_OK;
}

/* ------------------------------------------------------------ applying */

/* The sample with that expected value, as one that is sent. */
static Status write_sample(const SampleRow *row, Str expected, bool workflow, Buf *out)
{
    JsonWriter w = jw_init(out);

    jw_array(&w);
    jw_object(&w);
    jw_key_raw(&w, STR("input"), row->input);
    jw_key_raw(&w, STR("expected"), expected);
    if (!workflow) {
        jw_key_str(&w, STR("id"), row->id);
        if (row->metadata.len)
            jw_key_raw(&w, STR("metadata"), row->metadata);
    }
    if (row->split.len)
        jw_key_str(&w, STR("split"), row->split);
    jw_object_end(&w);
    jw_array_end(&w);
    return jw_done(&w);
}

/* Where an expectation goes. */
typedef struct Applying {
    CommitIn commit;
    SampleRules rules;
    int64_t newest;
} Applying;

static Status find_list(Domain *d, const SpaceRow *space, const Json *body, Arena *arena,
                        Applying *a, FieldErr *err)
{
    SampleListRow list = {.id = space->list_id, .version = space->version};
    Str name = {0};
    Status st = ST_OK;

    if (space->list_id) {
        st = dataset_rules(space, "expected", arena, &a->rules);
    } else {
        a->rules = (SampleRules){.field = "expected", .workflow = true};
        st = body_name(body, "case", JSON_REQUIRED, &name, err);
        if (!st)
            st = case_get(d, space->id, name, arena, &list, err);
    }
    a->commit.list_id = list.id;
    a->commit.shared_metadata = a->rules.workflow;
    a->newest = list.version;
    return st;
}

static Status commit_expected(Domain *d, Applying *a, const SampleRow *sample, Str expected,
                              Arena *arena, CommitOut *out, FieldErr *err)
{
    SamplePuts puts = {0};
    CommitErr why = {0};
    Buf text;
    Status st;

    buf_init(&text, (size_t)4 * SAMPLE_MAX_BYTES);
    st = write_sample(sample, expected, a->rules.workflow, &text);
    if (!st)
        st = samples_read(buf_str(&text), &a->rules, arena, &puts, err);
    if (!st) {
        a->commit.puts = puts.items;
        a->commit.put_count = puts.len;
        st = catalog_samples_commit(d->catalog, &a->commit, out, &why);
        st = commit_refused(st, &why, &a->rules, &puts, err);
    }
    buf_deinit(&text);
    return st;
}

static Status find_expectation(Domain *d, const SpaceRow *space, int64_t id, Arena *arena,
                               SampleScoreRow *out, FieldErr *err)
{
    const Status st = catalog_sample_score_get(d->catalog, space->id, id, arena, out);

    if (st == ST_NOTFOUND)
        return field_err_set(err, st, "id", "there is no such score of a sample");
    if (!st && !out->expectation)
        return field_err_set(err, ST_INVALID, "id", "id: that is feedback, no expectation");
    return st;
}

static Status read_apply(const Json *body, const SampleScoreRow *score, Arena *arena, Applying *a,
                         FieldErr *err)
{
    Status st = body_text(body, "message", MESSAGE_MAX, &a->commit.message, NULL, err);

    a->commit.author = score->by;
    if (!st)
        st = body_text(body, "by", MESSAGE_MAX, &a->commit.author, NULL, err);
    if (!st && !a->commit.message.len)
        st = arena_printf(arena, &a->commit.message, "Expected value of %.*s from \"%.*s\"",
                          STR_ARG(utf8_clip(score->sample_id, 100)), STR_ARG(score->name));
    /* Between reading and writing nobody may change the sample. */
    a->commit.base_version = a->newest;
    return st ? st : body_count(body, "base_version", 0, &a->commit.base_version, err);
}

Status sample_score_apply(Domain *d, const SpaceRow *space, int64_t id, Str text, Arena *arena,
                          CommitOut *out, FieldErr *err)
{
    Applying a = {.commit.now_ns = clock_now_ns()};
    SampleScoreRow score = {0};
    SampleRow sample = {0};
    const Json *body = NULL;
    Status st = body_parse(text.len ? text : STR("{}"), arena, &body, err);

    if (!st)
        st = find_expectation(d, space, id, arena, &score, err);
    if (!st)
        st = find_list(d, space, body, arena, &a, err);
    if (!st)
        st = read_apply(body, &score, arena, &a, err);
    if (st)
        return st;
    st = catalog_sample_get(d->catalog, a.commit.list_id, a.newest, (Str){0}, score.number, arena,
                            &sample);
    if (st == ST_NOTFOUND)
        return field_err_set(err, ST_EXISTS, "id",
                             "the sample, with this input, is not in version %lld any more",
                             (long long)a.newest);
    return st ? st : commit_expected(d, &a, &sample, score.expected, arena, out, err);
}
