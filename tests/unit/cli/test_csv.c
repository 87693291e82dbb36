/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of CSV against a reader written from RFC 4180, and lines of spans. */
#include "support/check.h"

#include "base/alloc.h"
#include "cli/csv_spans.h"

#include <stdlib.h>
#include <string.h>

enum { CELLS = 7, OUT_MAX = 1 << 20 };

/* The next cell of `*in`, without its quotes; *end tells whether the line ends behind it. */
static Str read_cell(Str *in, char *room, bool *end)
{
    size_t i = 0;
    size_t n = 0;

    if (in->len && in->ptr[0] == '"') {
        for (i = 1; i < in->len; i++) {
            if (in->ptr[i] == '"' && (i + 1 == in->len || in->ptr[++i] != '"'))
                break;
            room[n++] = in->ptr[i];
        }
    } else {
        for (; i < in->len && in->ptr[i] != ',' && in->ptr[i] != '\n'; i++)
            room[n++] = in->ptr[i];
    }
    assert_true(i < in->len && (in->ptr[i] == ',' || in->ptr[i] == '\n'));
    *end = in->ptr[i] == '\n';
    *in = str_slice(*in, i + 1, in->len);
    return (Str){room, n};
}

static Str random_text(char *room, unsigned *seed)
{
    static const char likely[] = "\"\",,\n\r\t '=+-@ab1;\\";
    const size_t len = (size_t)rand_r(seed) % 12;

    for (size_t i = 0; i < len; i++)
        room[i] = likely[(size_t)rand_r(seed) % (sizeof likely - 1)];
    return (Str){room, len};
}

static void any_text_reads_back(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 2000; seed++) {
        char texts[CELLS][16];
        Str cells[CELLS];
        char room[64];
        unsigned dice = seed;
        CsvWriter w;
        Str in;
        Buf out;

        buf_init(&out, OUT_MAX);
        w = csv_init(&out, false);
        for (int i = 0; i < CELLS; i++) {
            cells[i] = random_text(texts[i], &dice);
            csv_text(&w, cells[i]);
        }
        csv_end_line(&w);
        assert_int_equal(w.st, ST_OK);
        in = buf_str(&out);
        for (int i = 0; i < CELLS; i++) {
            bool end;

            if (!str_eq(read_cell(&in, room, &end), cells[i]) || end != (i + 1 == CELLS))
                fail_msg("seed %u, cell %d", seed, i);
        }
        assert_int_equal(in.len, 0);
        buf_deinit(&out);
    }
    assert_int_equal(mem_live(), 0);
}

static void check_line(Str text, bool spreadsheet, const char *want)
{
    Buf out;
    CsvWriter w;

    buf_init(&out, OUT_MAX);
    w = csv_init(&out, spreadsheet);
    csv_text(&w, text);
    csv_end_line(&w);
    assert_int_equal(w.st, ST_OK);
    assert_int_equal(out.len, strlen(want));
    assert_memory_equal(out.data, want, out.len);
    buf_deinit(&out);
}

static void quotes_stand_where_they_must(void **state)
{
    (void)state;
    check_line(STR("plain"), false, "plain\n");
    check_line(STR(""), false, "\"\"\n");
    check_line(STR("a\"b"), false, "\"a\"\"b\"\n");
    check_line(STR("a\0b"), false,
               "\"a\xEF\xBF\xBD"
               "b\"\n");
    check_line(STR("\xEF\xBB\xBFx"), false, "\"\xEF\xBB\xBFx\"\n");
    check_line(STR("=1+1"), false, "=1+1\n");
    check_line(STR("=1+1"), true, "\"'=1+1\"\n");
    check_line(STR(" @sum"), true, "\"' @sum\"\n");
    check_line(STR("\tx"), true, "\"'\tx\"\n");
    check_line(STR("1=1"), true, "1=1\n");
}

static Status spans_to_csv(Str traces, const char *list, Buf *out)
{
    static CsvColumns columns;
    Err err = {0};
    CsvWriter w = csv_init(out, false);
    Arena a;
    Status st;

    arena_init(&a, OUT_MAX);
    st = csv_columns_parse(str_from(list), &a, &columns, &err);
    if (!st)
        st = csv_spans(&columns, traces, &w, &err);
    if (st)
        assert_true(st == ST_NOMEM || err.msg[0]);
    arena_deinit(&a);
    return st;
}

static const char two_traces[] =
    "{\"trace_id\":\"aa\",\"spans\":[{\"span_id\":\"1\",\"duration_ns\":5,\"status\":{\"code\":"
    "\"ok\"},"
    "\"tags\":{\"x,y\":\"]}\"}},{\"span_id\":\"2\",\"attributes\":{\"x,y\":[1,\"b\"]}}]}\n"
    "{\"trace_id\":\"bb\",\"spans\":[]}\n"
    "{\"more\":[1,{\"spans\":2}],\"trace_id\":\"cc\",\"spans\":[{\"span_id\":\"3\"}]}\n";

static void spans_become_lines(void **state)
{
    static const char want[] = "aa,1,ok,]},5\naa,2,,\"[1,\"\"b\"\"]\",\ncc,3,,,\n";
    Buf out;

    (void)state;
    buf_init(&out, OUT_MAX);
    CHECK_OK(spans_to_csv(str_from(two_traces), "trace, span,status, tag.\"x,y\" ,latency", &out));
    assert_int_equal(out.len, strlen(want));
    assert_memory_equal(out.data, want, out.len);
    buf_deinit(&out);
    assert_int_equal(mem_live(), 0);
}

static void answers_that_are_cut_are_refused(void **state)
{
    const Str whole = {two_traces, str_find_char(str_from(two_traces), '\n')};
    Buf out;

    (void)state;
    for (size_t len = 1; len < whole.len; len++) {
        buf_init(&out, OUT_MAX);
        assert_int_not_equal(spans_to_csv(str_slice(whole, 0, len), "", &out), ST_OK);
        buf_deinit(&out);
    }
    assert_int_equal(mem_live(), 0);
}

static void every_allocation_failure_is_told(void **state)
{
    Status st = ST_NOMEM;

    (void)state;
    for (long k = 0; st; k++) {
        Buf out;

        buf_init(&out, OUT_MAX);
        mem_fail_after(k);
        st = spans_to_csv(str_from(two_traces), "trace,tag.\"x,y\"", &out);
        mem_fail_after(-1);
        assert_true(st == ST_OK || st == ST_NOMEM);
        buf_deinit(&out);
        assert_int_equal(mem_live(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_text_reads_back),
        cmocka_unit_test(quotes_stand_where_they_must),
        cmocka_unit_test(spans_become_lines),
        cmocka_unit_test(answers_that_are_cut_are_refused),
        cmocka_unit_test(every_allocation_failure_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
