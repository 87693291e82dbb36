/* SPDX-License-Identifier: Apache-2.0 */
/* Ingest with the real store: versions, projects, counters, refusals. */
#include "unit/domain/ingest_test.h"

#include "codec/compress.h"
#include "os/thread.h"
#include "store/snapshot.h"

static void a_fingerprint_nobody_registered_makes_a_version(void **state)
{
    Plant p = plant_new();
    const TestSpan a = {.model = "digits", .print = PRINT_A, .output_type = "int"};
    const TestSpan b = {.model = "digits", .print = PRINT_B, .error = true};
    VersionRef ref;
    VersionRow v;
    bool created;

    (void)state;
    assert_int_equal(plant_send(&p, NULL, 0, 3, &a).accepted, 3);
    assert_int_equal(plant_send(&p, NULL, 10, 2, &b).accepted, 2);
    v = plant_version(&p, "digits:v1");
    assert_str(v.origin, "code");
    assert_false(v.registered);
    assert_int_equal(v.runs, 3);
    assert_int_equal(v.errors, 0);
    assert_int_equal(v.observed_count, 1);
    assert_str(v.observed_types[0], "int");
    assert_int_equal(v.first_seen_ns, 1000);
    assert_int_equal(v.last_seen_ns, 1002);
    v = plant_version(&p, "digits:v2");
    assert_int_equal(v.errors, 2);
    /* The registration that comes later fills in the source. */
    assert_ok(model_register(p.w.domain, p.w.project, STR("digits"),
                             STR("{\"fingerprint\": \"" PRINT_A "\", \"source\": \"def f\"}"),
                             &p.w.arena, &ref, &created, NULL));
    assert_false(created);
    assert_int_equal(ref.number, 1);
    assert_str(plant_version(&p, "digits:v1").source, "def f");
    plant_free(&p);
}

static void a_name_alone_and_a_tag_are_versions_too(void **state)
{
    Plant p = plant_new();
    const TestSpan name = {.model = "summarizer"};
    const TestSpan tag = {.tag = "summarizer:v1"};
    const TestSpan unknown = {.tag = "summarizer:v9"};
    const TestSpan odd = {.model = "odd", .print = "not hex at all"};
    VersionRow v;
    ModelRow m;

    (void)state;
    (void)plant_send(&p, NULL, 0, 1, &name);
    (void)plant_send(&p, NULL, 1, 1, &name);
    (void)plant_send(&p, NULL, 2, 1, &tag);
    assert_int_equal(plant_send(&p, NULL, 3, 1, &unknown).accepted, 1);
    v = plant_version(&p, "summarizer:v1");
    assert_str(v.origin, "name");
    assert_int_equal(v.runs, 3);
    assert_ok(model_get(p.w.domain, p.w.project, STR("summarizer"), &p.w.arena, &m));
    assert_int_equal(m.version_count, 1);
    (void)plant_send(&p, NULL, 4, 1, &odd);
    (void)plant_send(&p, NULL, 5, 1, &odd);
    assert_int_equal(plant_version(&p, "odd:v1").runs, 2);
    plant_free(&p);
}

static void a_model_that_cannot_be_does_not_lose_its_spans(void **state)
{
    Plant p = plant_new();
    const TestSpan bad = {.model = " spaces at the ends "};
    ModelList list;

    (void)state;
    assert_int_equal(plant_send(&p, NULL, 0, 5, &bad).accepted, 5);
    assert_int_equal(plant_stored(&p, "default"), 5);
    assert_ok(model_list(p.w.domain, p.w.project, STR(""), 10, &p.w.arena, &list));
    assert_int_equal(list.len, 0);
    plant_free(&p);
}

static void spans_of_a_renamed_model_are_its_runs(void **state)
{
    Plant p = plant_new();
    const TestSpan s = {.model = "old", .print = PRINT_A};
    ModelRow m;

    (void)state;
    (void)plant_send(&p, NULL, 0, 2, &s);
    assert_ok(model_patch(p.w.domain, p.w.project, STR("old"), STR("{\"name\": \"new\"}"),
                          &p.w.arena, &m, NULL));
    assert_int_equal(m.runs, 2);
    (void)plant_send(&p, NULL, 2, 3, &s);
    assert_int_equal(plant_version(&p, "new:v1").runs, 5);
    assert_ok(store_flush(p.store));
    assert_int_equal(plant_version(&p, "new:v1").runs, 5);
    assert_ok(model_get(p.w.domain, p.w.project, STR("new"), &p.w.arena, &m));
    assert_int_equal(m.version_count, 1);
    plant_free(&p);
}

static void each_resource_goes_to_its_project(void **state)
{
    Plant p = plant_new();
    const TestSpan s = {.model = "m", .print = PRINT_A};
    IngestResult result;
    Err err = {0};
    Buf body;

    (void)state;
    buf_init(&body, 1 << 20);
    assert_ok(buf_append(&body, STR("{\"resourceSpans\": [")));
    for (unsigned i = 0; i < 6; i++) {
        open_resource(&body, i % 3 == 0 ? "one" : i % 3 == 1 ? "Concept Project" : NULL);
        for (unsigned n = 0; n <= i; n++)
            put_span(&body, 10 * i + n, &s);
        close_resource(&body);
    }
    body.len--;
    assert_ok(buf_append(&body, STR("]}")));
    assert_ok(plant_send_body(&p, buf_str(&body), 0, true, &result, &err));
    assert_int_equal(result.accepted, 21);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(plant_stored(&p, "one"), 5);
        assert_int_equal(plant_stored(&p, "Concept Project"), 7);
        assert_int_equal(plant_stored(&p, "default"), 9);
        plant_close(&p);
        plant_open(&p);
    }
    buf_deinit(&body);
    plant_free(&p);
}

static void an_explicit_project_takes_all(void **state)
{
    Plant p = plant_new();
    const TestSpan s = {0};
    IngestResult result;
    int64_t id;
    bool created;
    Err err = {0};
    Buf body;

    (void)state;
    assert_ok(project_ensure(p.w.domain, STR("mine"), &id, &created, NULL));
    buf_init(&body, 1 << 20);
    assert_ok(buf_append(&body, STR("{\"resourceSpans\": [")));
    open_resource(&body, "elsewhere");
    put_span(&body, 1, &s);
    close_resource(&body);
    body.len--;
    assert_ok(buf_append(&body, STR("]}")));
    assert_ok(plant_send_body(&p, buf_str(&body), id, false, &result, &err));
    assert_int_equal(plant_stored(&p, "mine"), 1);
    assert_int_equal(project_find(p.w.domain, STR("elsewhere"), &id, NULL), ST_NOTFOUND);
    /* Without a right to make projects the span is rejected, and counted. */
    assert_ok(plant_send_body(&p, buf_str(&body), 0, false, &result, &err));
    assert_int_equal(result.accepted, 0);
    assert_int_equal(result.rejected, 1);
    assert_int_equal(result.first.code, ST_NOTFOUND);
    assert_non_null(strstr(result.first.msg, "elsewhere"));
    buf_deinit(&body);
    plant_free(&p);
}

static void a_request_for_too_many_projects_keeps_the_first_ones(void **state)
{
    Plant p = plant_new();
    const TestSpan s = {0};
    IngestResult result;
    Err err = {0};
    Buf body;
    char name[16];

    (void)state;
    buf_init(&body, 1 << 20);
    assert_ok(buf_append(&body, STR("{\"resourceSpans\": [")));
    for (unsigned i = 0; i < INGEST_MAX_PROJECTS + 3; i++) {
        (void)snprintf(name, sizeof name, "p%u", i);
        open_resource(&body, name);
        put_span(&body, i, &s);
        close_resource(&body);
    }
    body.len--;
    assert_ok(buf_append(&body, STR("]}")));
    assert_ok(plant_send_body(&p, buf_str(&body), 0, true, &result, &err));
    assert_int_equal(result.accepted, INGEST_MAX_PROJECTS);
    assert_int_equal(result.rejected, 3);
    assert_int_equal(result.first.code, ST_LIMIT);
    buf_deinit(&body);
    plant_free(&p);
}

static void a_bad_span_does_not_reject_its_batch_and_is_counted(void **state)
{
    static const char body[] =
        "{\"resourceSpans\": [{\"scopeSpans\": [{\"spans\": ["
        "{\"traceId\": \"00000000000000000000000000000001\", \"spanId\": \"0000000000000001\","
        " \"name\": \"good\", \"startTimeUnixNano\": \"5\", \"endTimeUnixNano\": \"6\"},"
        "{\"traceId\": \"12\", \"spanId\": \"0000000000000001\", \"name\": \"bad\"}]}]}]}";
    Plant p = plant_new();
    IngestResult result;
    ProjectCounters n;
    Err err = {0};

    (void)state;
    assert_ok(plant_send_body(&p, str_from(body), 0, true, &result, &err));
    assert_int_equal(result.accepted, 1);
    assert_int_equal(result.rejected, 1);
    assert_non_null(strstr(result.first.msg, "traceId"));
    for (int round = 0; round < 3; round++) {
        assert_ok(project_counters(p.w.domain, p.w.project, &n));
        assert_int_equal(n.received, 2);
        assert_int_equal(n.stored, 1);
        assert_int_equal(n.rejected, 1);
        if (round == 0) {
            assert_ok(ingest_save_counters(p.ingest));
            assert_ok(ingest_save_counters(p.ingest));
        } else {
            plant_close(&p);
            plant_open(&p);
        }
    }
    plant_free(&p);
}

static void counts_are_the_same_before_and_after_flush_and_restart(void **state)
{
    Plant p = plant_new();
    const TestSpan a = {.model = "m", .print = PRINT_A};
    const TestSpan b = {.model = "m", .print = PRINT_B, .error = true};

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        (void)plant_send(&p, NULL, i * 10, 3, &a);
        (void)plant_send(&p, NULL, i * 10 + 5, 2, &b);
        if (i == 1 || i == 3)
            assert_ok(store_flush(p.store));
        if (i == 2) {
            plant_close(&p);
            plant_open(&p);
        }
        assert_int_equal(plant_version(&p, "m:v1").runs, 3 * (i + 1));
        assert_int_equal(plant_version(&p, "m:v2").errors, 2 * (i + 1));
        assert_int_equal(plant_stored(&p, "default"), 5 * (i + 1));
    }
    plant_close(&p);
    plant_open(&p);
    assert_int_equal(plant_version(&p, "m:v1").runs, 15);
    assert_int_equal(plant_version(&p, "m:v1").first_seen_ns, 1000);
    assert_int_equal(plant_version(&p, "m:v1").last_seen_ns, 1042);
    assert_int_equal(plant_stored(&p, "default"), 25);
    plant_free(&p);
}

static void spans_know_their_version_when_they_are_read(void **state)
{
    Plant p = plant_new();
    const TestSpan s = {.model = "m", .print = PRINT_B};
    Snapshot *snap;
    Vector number, model;

    (void)state;
    (void)plant_send(&p, NULL, 0, 1, &(TestSpan){.model = "m", .print = PRINT_A});
    (void)plant_send(&p, NULL, 5, 1, &s);
    for (int round = 0; round < 2; round++) {
        bool two = false;

        assert_ok(store_snapshot(p.store, p.w.project, &snap));
        for (size_t b = 0; b < snapshot_block_count(snap); b++) {
            const size_t rows = snapshot_block(snap, b).rows;

            assert_ok(snapshot_read(snap, b, STR("model_version"), 0, rows, &p.w.arena, &number));
            assert_ok(snapshot_read(snap, b, STR("model"), 0, rows, &p.w.arena, &model));
            for (size_t i = 0; i < rows; i++) {
                assert_str(vector_str(&model, i), "m");
                two |= number.as.i[i] == 2;
            }
        }
        snapshot_release(snap);
        assert_true(two);
        assert_ok(store_flush(p.store));
    }
    plant_free(&p);
}

static void bodies_that_cannot_be_read_are_refused_with_a_reason(void **state)
{
    static const struct {
        const char *body;
        IngestEncoding encoding;
        IngestContent content;
    } bad[] = {
        {"{", ENCODING_IDENTITY, CONTENT_JSON},
        {"{\"resourceSpans\": 5}", ENCODING_IDENTITY, CONTENT_JSON},
        {"\xff\xff\xff", ENCODING_IDENTITY, CONTENT_PROTOBUF},
        {"not gzip", ENCODING_GZIP, CONTENT_JSON},
        {"not zstd", ENCODING_ZSTD, CONTENT_PROTOBUF},
    };
    Plant p = plant_new();
    IngestResult result;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Err err = {0};
        const Status st = ingest_spans(p.ingest,
                                       &(IngestRequest){.content = bad[i].content,
                                                        .encoding = bad[i].encoding,
                                                        .body = str_from(bad[i].body)},
                                       &result, &err);

        assert_true(st == ST_CORRUPT || st == ST_INVALID);
        assert_true(strlen(err.msg) > 0);
    }
    /* Nothing to keep is no failure. */
    assert_ok(plant_send_body(&p, STR("{}"), 0, true, &result, &(Err){0}));
    assert_int_equal(result.accepted + result.rejected, 0);
    assert_int_equal(plant_stored(&p, "default"), 0);
    plant_free(&p);
}

static void a_bomb_is_refused_before_it_grows(void **state)
{
    Plant p = plant_new();
    IngestResult result;
    Err err = {0};
    Buf zeros, bomb;

    (void)state;
    buf_init(&zeros, 1 << 20);
    buf_init(&bomb, 1 << 20);
    {
        char *room;

        assert_ok(buf_extend(&zeros, 1 << 20, &room));
        memset(room, ' ', 1 << 20);
    }
    /* Frames that follow each other are joined: 200 MiB of spaces in some kilobytes. */
    for (int i = 0; i < 200; i++)
        assert_ok(compress_into(COMPRESSION_ZSTD, 1, buf_str(&zeros), &bomb));
    assert_int_equal(ingest_spans(p.ingest,
                                  &(IngestRequest){.content = CONTENT_JSON,
                                                   .encoding = ENCODING_ZSTD,
                                                   .body = buf_str(&bomb)},
                                  &result, &err),
                     ST_LIMIT);
    assert_true(strlen(err.msg) > 0);
    buf_deinit(&zeros);
    buf_deinit(&bomb);
    plant_free(&p);
}

static void count_call(void *context, int64_t project_id, size_t spans)
{
    assert_true(project_id > 0);
    *(size_t *)context += spans;
}

static void each_append_is_notified(void **state)
{
    Plant p = plant_new();
    size_t seen = 0;

    (void)state;
    ingest_on_append(p.ingest, count_call, &seen);
    (void)plant_send(&p, NULL, 0, 4, &(TestSpan){0});
    assert_int_equal(seen, 4);
    plant_free(&p);
}

enum { SENDERS = 4, SENDS = 30 };

typedef struct Sender {
    Plant *p;
    unsigned first;
    unsigned failed;
} Sender;

/* cmocka's assertions belong to the main thread: failures are counted. */
static void send_many(void *arg)
{
    Sender *s = arg;

    for (unsigned i = 0; i < SENDS; i++) {
        const Fingerprint f = fingerprint(i);
        IngestResult result = {0};
        Buf body;

        buf_init(&body, 1 << 20);
        (void)!buf_append(&body, STR("{\"resourceSpans\": ["));
        open_resource(&body, i % 2 ? "odd" : NULL);
        put_span(&body, s->first + i, &(TestSpan){.model = "m", .print = f.text});
        close_resource(&body);
        body.len--;
        (void)!buf_append(&body, STR("]}"));
        s->failed += plant_send_body(s->p, buf_str(&body), 0, true, &result, NULL) != ST_OK ||
                     result.accepted != 1;
        buf_deinit(&body);
    }
}

static void look_around(void *arg)
{
    Sender *s = arg;

    for (unsigned i = 0; i < 20; i++) {
        Arena a = test_arena();
        ModelList list;
        ModelRow row;
        ProjectCounters n;
        Domain *d = s->p->w.domain;
        const Str name = i % 2 ? STR("{\"name\": \"m\"}") : STR("{\"name\": \"renamed\"}");
        const Status st = model_patch(d, s->p->w.project, STR("m"), name, &a, &row, NULL);

        s->failed += st != ST_OK && st != ST_NOTFOUND;
        s->failed += model_list(d, s->p->w.project, STR(""), 10, &a, &list) != ST_OK;
        s->failed += project_counters(d, s->p->w.project, &n) != ST_OK;
        s->failed += store_flush(s->p->store) != ST_OK;
        s->failed += ingest_save_counters(s->p->ingest) != ST_OK;
        arena_deinit(&a);
    }
}

static void senders_readers_and_flushes_at_once_agree(void **state)
{
    Plant p = plant_new();
    Sender senders[SENDERS + 1] = {0};
    Thread threads[SENDERS + 1];
    ModelRow m;

    (void)state;
    for (unsigned i = 0; i <= SENDERS; i++) {
        senders[i] = (Sender){&p, i * 1000, 0};
        assert_ok(thread_start(&threads[i], "sender", i < SENDERS ? send_many : look_around,
                               &senders[i]));
    }
    for (unsigned i = 0; i <= SENDERS; i++) {
        thread_join(&threads[i]);
        assert_int_equal(senders[i].failed, 0);
    }
    assert_ok(model_get(p.w.domain, p.w.project, STR("m"), &p.w.arena, &m));
    assert_int_equal(m.version_count, SENDS / 2);
    assert_int_equal(m.latest, SENDS / 2);
    assert_int_equal(m.runs, SENDERS * SENDS / 2);
    assert_int_equal(plant_stored(&p, "odd"), SENDERS * SENDS / 2);
    assert_ok(catalog_check(p.w.catalog, test_no_finding, NULL));
    plant_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fingerprint_nobody_registered_makes_a_version),
        cmocka_unit_test(a_name_alone_and_a_tag_are_versions_too),
        cmocka_unit_test(a_model_that_cannot_be_does_not_lose_its_spans),
        cmocka_unit_test(spans_of_a_renamed_model_are_its_runs),
        cmocka_unit_test(each_resource_goes_to_its_project),
        cmocka_unit_test(an_explicit_project_takes_all),
        cmocka_unit_test(a_request_for_too_many_projects_keeps_the_first_ones),
        cmocka_unit_test(a_bad_span_does_not_reject_its_batch_and_is_counted),
        cmocka_unit_test(counts_are_the_same_before_and_after_flush_and_restart),
        cmocka_unit_test(spans_know_their_version_when_they_are_read),
        cmocka_unit_test(bodies_that_cannot_be_read_are_refused_with_a_reason),
        cmocka_unit_test(a_bomb_is_refused_before_it_grows),
        cmocka_unit_test(each_append_is_notified),
        cmocka_unit_test(senders_readers_and_flushes_at_once_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
