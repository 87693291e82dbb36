/* SPDX-License-Identifier: Apache-2.0 */
/* A log file and a segment of format 1, written once, stay readable for ever.
 * VIREO_WRITE_GOLDEN=1 writes them anew: only for a new format, beside the old. */
#include "store/segment_read.h"
#include "store/segment_writer.h"
#include "support/store_fixture.h"

static const char log_name[] = "store/log_v1.log";
static const char segment_name[] = "store/segment_v1.parquet";
static const SegmentInfo golden_info = {.id = 1, .project_id = 7, .level = 2};

/* ------------------------------------------------------------------ contents */

static Attr plain_attrs[] = {
    {{"vireo.input", 11}, {.kind = VALUE_STR, .as.s = {"{\"text\": \"h\xc3\xa9llo\"}", 18}}},
    {{"vireo.tag.tier", 14}, {.kind = VALUE_STR, .as.s = {"free", 4}}},
    {{"count", 5}, {.kind = VALUE_INT, .as.i = -42}},
    {{"score", 5}, {.kind = VALUE_DOUBLE, .as.d = 0.25}},
    {{"ok", 2}, {.kind = VALUE_BOOL, .as.b = true}},
    {{"raw", 3}, {.kind = VALUE_BYTES, .as.s = {"\x00\xff", 2}}},
    {{"list", 4}, {.kind = VALUE_JSON, .as.s = {"[1,2]", 5}}},
    {{"unset", 5}, {.kind = VALUE_NONE}},
    {{"odd#int", 7}, {.kind = VALUE_STR, .as.s = {"text", 4}}},
};
static Attr resource_attrs[] = {
    {{"service.name", 12}, {.kind = VALUE_STR, .as.s = {"shop", 4}}},
    {{"host.cpus", 9}, {.kind = VALUE_INT, .as.i = 8}},
};
static Attr scope_attrs[] = {{{"lib", 3}, {.kind = VALUE_BOOL, .as.b = false}}};
static const Resource golden_resource = {{resource_attrs, 2}, {"shop", 4}};
static const Scope golden_scope = {{"vireo", 5}, {"1.0", 3}, {scope_attrs, 1}};

static void golden_spans(Span out[2])
{
    out[0] = (Span){.trace_id = {1, 2, 3},
                    .span_id = {4, 5},
                    .name = STR("predict"),
                    .trace_state = STR("a=b"),
                    .flags = 257,
                    .otel_kind = 2,
                    .start_ns = 1700000000000000001,
                    .end_ns = 1700000000000005001,
                    .status = SPAN_ERROR,
                    .status_message = STR("broken"),
                    .attrs = {plain_attrs, 9},
                    .resource = &golden_resource,
                    .scope = &golden_scope,
                    .events_json = STR("[{\"name\":\"exception\"}]"),
                    .links_json = STR("[{\"trace_id\":\"01\"}]"),
                    .dropped_attributes = 1,
                    .dropped_events = 2,
                    .dropped_links = 3,
                    .type = STR("model"),
                    .model = STR("digits"),
                    .model_version = 2,
                    .fingerprint = STR("cafe"),
                    .session = STR("s1"),
                    .user = STR("u1"),
                    .input = plain_attrs[0].value.as.s,
                    .input_key = plain_attrs[0].key,
                    .output = STR("7"),
                    .llm_model = STR("gpt"),
                    .llm_provider = STR("openai"),
                    .usage = {10, 20},
                    .error_type = STR("ValueError"),
                    .error_message = STR("no digits"),
                    .received_ns = 1700000001000000000,
                    .seq = 12};
    out[1] = (Span){.trace_id = {1, 2, 3},
                    .span_id = {6},
                    .parent_id = {4, 5},
                    .name = STR("step"),
                    .type = STR("span"),
                    .start_ns = 1700000000000000101,
                    .end_ns = 1700000000000000101,
                    .resource = &golden_resource,
                    .scope = &golden_scope,
                    .usage = {-1, -1},
                    .received_ns = 1700000001000000000,
                    .seq = 13};
}

/* ------------------------------------------------------------------- writing */

static void write_golden_segment(void)
{
    Fixture *f = fixture_new();
    Span spans[2];
    Row rows[2];
    AttrPlan plan;
    SegmentWriter *w = NULL;
    SegmentInfo info;
    char from[400];
    char to[600];
    Buf b;

    golden_spans(spans);
    plan_init(&plan);
    for (size_t i = 0; i < 2; i++) {
        rows[i] = (Row){&spans[i], spans[0].start_ns, span_weight(&spans[i])};
        CHECK_OK(plan_count(&plan, &spans[i]));
    }
    CHECK_OK(plan_choose(&plan, 8)); /* the rest of them stays without a column */
    CHECK_OK(segment_writer_new(f->dir, &golden_info, &plan, &w));
    CHECK_OK(segment_writer_add(w, rows, 2));
    CHECK_OK(segment_writer_finish(w, &info));
    segment_writer_free(w);
    plan_deinit(&plan);
    (void)snprintf(from, sizeof from, "%s/segments/7/1.parquet", f->dir);
    (void)snprintf(to, sizeof to, "%s/%s", TEST_GOLDEN_DIR, segment_name);
    buf_init(&b, 1 << 24);
    CHECK_OK(file_read_whole(from, &b));
    CHECK_OK(file_replace(to, buf_str(&b)));
    buf_deinit(&b);
    fixture_free(f);
}

static void write_golden_log(void)
{
    Fixture *f = fixture_new();
    char from[400];
    char to[600];
    Buf b;

    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 2, 10));
    CHECK_OK(fixture_append(f, 2, 3, 1, 10)); /* compressed */
    (void)snprintf(from, sizeof from, "%s/wal/%020d.log", f->dir, 1);
    (void)snprintf(to, sizeof to, "%s/%s", TEST_GOLDEN_DIR, log_name);
    buf_init(&b, 1 << 24);
    CHECK_OK(file_read_whole(from, &b));
    CHECK_OK(file_replace(to, buf_str(&b)));
    buf_deinit(&b);
    fixture_free(f);
}

/* ------------------------------------------------------------------- reading */

static void a_log_of_format_1_is_read(void **state)
{
    const Str file = read_golden(log_name);
    LogScan scan;
    LogFound found;
    Buf body;

    (void)state;
    buf_init(&body, 1 << 20);
    CHECK_OK(log_scan_open(file, &scan));
    assert_true(scan.has_header);
    assert_int_equal(scan.header.after_seq, 0);
    assert_int_equal(log_scan_next(&scan, &found), LOG_FIND_RECORD);
    assert_int_equal(found.record.seq, 1);
    assert_int_equal(found.record.project_id, 1);
    assert_int_equal(found.record.kind, 7);
    assert_int_equal(found.record.flags, 0);
    CHECK_OK(log_record_body(&found.record, &body));
    CHECK_STR(buf_str(&body), "1 2 10 ");
    assert_int_equal(log_scan_next(&scan, &found), LOG_FIND_RECORD);
    assert_int_equal(found.record.seq, 2);
    assert_int_equal(found.record.flags, LOG_FLAG_ZSTD);
    buf_clear(&body);
    CHECK_OK(log_record_body(&found.record, &body));
    assert_int_equal(body.len, 2007);
    CHECK_STR(str_slice(buf_str(&body), 0, 9), "3 1 10 xx");
    assert_int_equal(log_scan_next(&scan, &found), LOG_FIND_END);
    buf_deinit(&body);
    free_golden(file);
}

static void put_golden_segment(const Fixture *f, Str file)
{
    char path[400];

    (void)snprintf(path, sizeof path, "%s/segments/7", f->dir);
    CHECK_OK(dir_make(path));
    (void)snprintf(path, sizeof path, "%s/segments/7/1.parquet", f->dir);
    CHECK_OK(file_replace(path, file));
}

static void a_segment_of_format_1_is_read(void **state)
{
    const Str file = read_golden(segment_name);
    Fixture *f = fixture_new();
    Span want[2];
    Span *have = NULL;
    size_t doubled;
    Arena a;

    (void)state;
    arena_init(&a, 1 << 26);
    put_golden_segment(f, file);
    f->index.items[0] = golden_info;
    f->index.items[0].bytes = file.len;
    f->index.items[0].rows = 2;
    f->index.items[0].checksum = log_payload_sum(file);
    f->index.len = 1;
    f->index.flushed_seq = 13;
    fixture_open(f);
    golden_spans(want);
    assert_int_equal(read_all(f->store, 7, &a, &have, &doubled), 2);
    for (size_t i = 0; i < 2; i++) {
        const char *diff = stored_difference(&want[i], &have[i], &a);

        if (diff)
            fail_msg("span %zu: %s differs", i, diff);
        assert_int_equal(have[i].seq, want[i].seq);
        assert_int_equal(have[i].received_ns, want[i].received_ns);
    }
    arena_deinit(&a);
    fixture_free(f);
    free_golden(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_of_format_1_is_read),
        cmocka_unit_test(a_segment_of_format_1_is_read),
    };

    if (getenv("VIREO_WRITE_GOLDEN")) {
        write_golden_log();
        write_golden_segment();
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
