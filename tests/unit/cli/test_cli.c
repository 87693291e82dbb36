/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs, lists and files of traces, without a server. */
#include "support/check.h"

#include "cli/columns.h"
#include "cli/parquet_out.h"
#include "cli/remote.h"
#include "cli/spans_in.h"
#include "codec/compress.h"
#include "os/file.h"

#include <string.h>
#include <unistd.h>

/* The embedded page is the program's; the library's verbs only hand it on. */
static const PageTable no_page = {NULL, 0};

static int run(char *output, size_t size, int argc, const char *const *argv)
{
    FILE *file = tmpfile();
    size_t len;
    int code;

    assert_non_null(file);
    code = cli_run(argc, argv, &no_page, file, file);
    rewind(file);
    len = fread(output, 1, size - 1, file);
    output[len] = '\0';
    (void)fclose(file);
    return code;
}

static void mistakes_name_the_nearest(void **state)
{
    static const struct {
        const char *args[4];
        int count;
        const char *told;
    } cases[] = {
        {{"vireo", "srve"}, 2, "did you mean `serve`?"},
        {{"vireo", "trace", "shw"}, 3, "did you mean `trace show`?"},
        {{"vireo", "xyzzy"}, 2, "`vireo help` lists the verbs"},
        {{"vireo", "doctor", "--dta=x"}, 3, "did you mean --data?"},
        {{"vireo", "key", "create"}, 3, "takes one name"},
        {{"vireo", "backup"}, 2, "one folder"},
        {{"vireo"}, 1, "Usage"},
    };
    char output[8192];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(run(output, sizeof output, cases[i].count, cases[i].args), EXIT_USAGE);
        if (!strstr(output, cases[i].told))
            fail_msg("\"%s\" is not in \"%s\"", cases[i].told, output);
    }
    assert_int_equal(mem_live(), 0);
}

static void every_verb_has_help(void **state)
{
    static const char *const verbs[] = {"serve",  "project", "key",    "model",   "trace", "import",
                                        "export", "backup",  "doctor", "version", "worker"};
    char output[16384];

    (void)state;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        const char *const args[] = {"vireo", "help", verbs[i]};

        assert_int_equal(run(output, sizeof output, 3, args), EXIT_DONE);
        if (!strstr(output, verbs[i]))
            fail_msg("%s: %s", verbs[i], output);
    }
}

static void lists_line_up_and_blank_control_characters(void **state)
{
    static const Column columns[] = {{"NAME", "name"}, {"N", "n"}, {"LAST", "last"}};
    const Str text =
        STR("{\"items\":[{\"name\":\"caf\xc3\xa9\",\"n\":12,\"last\":\"a\\u001b[31m\"},"
            "{\"name\":\"x\",\"n\":null,\"last\":true}]}");
    FILE *file = tmpfile();
    Cli cli = {.out = file, .err = file};
    char output[512];
    const Json *list;
    size_t len;

    (void)state;
    assert_non_null(file);
    arena_init(&cli.arena, 1 << 20);
    CHECK_OK(json_parse(text, &cli.arena, &list, NULL));
    columns_print(&cli, list, columns, 3);
    rewind(file);
    len = fread(output, 1, sizeof output - 1, file);
    output[len] = '\0';
    assert_string_equal(output, "NAME  N   LAST\ncaf\xc3\xa9  12  a [31m\nx     -   true\n");
    arena_deinit(&cli.arena);
    (void)fclose(file);
}

/* -------------------------------------------------------------- importing */

typedef struct Sent {
    size_t requests;
    size_t json;
    Buf bodies;
} Sent;

static Status keep(void *context, Str body, bool json)
{
    Sent *s = context;

    s->requests++;
    s->json += json;
    return buf_append(&s->bodies, body);
}

typedef struct Place {
    char dir[64];
    char path[128];
} Place;

static void place_file(Place *p, const char *name, Str content)
{
    File f;

    *p = (Place){.dir = "/tmp/vireo-cli-XXXXXX"};
    assert_non_null(mkdtemp(p->dir));
    (void)snprintf(p->path, sizeof p->path, "%s/%s", p->dir, name);
    CHECK_OK(file_create_new(p->path, &f));
    CHECK_OK(file_write(&f, content));
    file_close(&f);
}

static Status read_as(const char *name, Str content, Sent *sent, Err *err)
{
    Place p;
    Status st;

    place_file(&p, name, content);
    *sent = (Sent){0};
    buf_init(&sent->bodies, 64 << 20);
    st = spans_read_file(p.path, (SpanSink){keep, sent}, err);
    CHECK_OK(dir_remove_all(p.dir));
    return st;
}

static void lines_become_one_request(void **state)
{
    Sent sent;
    Err err = {0};

    (void)state;
    CHECK_OK(read_as("a.jsonl",
                     STR("{\"resourceSpans\":[{\"a\":1}]}\n\n{\"resourceSpans\":[{\"b\":[2]}]}\r\n"
                         "{\"resource_spans\": [ {\"c\":3} ]}\n{\"resourceLogs\":[]}"),
                     &sent, &err));
    assert_int_equal(sent.requests, 1);
    CHECK_SAME(buf_str(&sent.bodies), STR("{\"resourceSpans\":[{\"a\":1},{\"b\":[2]},{\"c\":3}]}"));
    buf_deinit(&sent.bodies);
    assert_int_equal(mem_live(), 0);
}

static void one_object_over_many_lines_is_sent_as_it_is(void **state)
{
    const Str text = STR("{\n \"resourceSpans\": [\n  {\"a\": 1}\n ]\n}\n");
    Sent sent;
    Err err = {0};

    (void)state;
    CHECK_OK(read_as("a.json", text, &sent, &err));
    assert_int_equal(sent.requests, 1);
    CHECK_SAME(buf_str(&sent.bodies), text);
    buf_deinit(&sent.bodies);
}

static void packed_files_are_unpacked(void **state)
{
    const Str text = STR("{\"resourceSpans\":[{\"a\":1}]}");
    Sent sent;
    Buf packed;
    Err err = {0};

    (void)state;
    buf_init(&packed, 4096);
    CHECK_OK(compress_into(COMPRESSION_ZSTD, 3, text, &packed));
    CHECK_OK(read_as("a.jsonl.zst", buf_str(&packed), &sent, &err));
    CHECK_SAME(buf_str(&sent.bodies), text);
    buf_deinit(&sent.bodies);
    buf_clear(&packed);
    CHECK_OK(compress_into(COMPRESSION_GZIP, 6, STR("\x0a\x00"), &packed));
    CHECK_OK(read_as("a.pb.gz", buf_str(&packed), &sent, &err));
    assert_int_equal(sent.json, 0);
    assert_int_equal(sent.bodies.len, 2);
    buf_deinit(&sent.bodies);
    buf_deinit(&packed);
}

static void what_is_no_trace_is_refused_with_its_line(void **state)
{
    Sent sent;
    Err err = {0};

    (void)state;
    CHECK_STATUS(
        read_as("a.jsonl", STR("{\"resourceSpans\":[{\"a\":1}]}\n{nonsense\n"), &sent, &err),
        ST_CORRUPT);
    assert_non_null(strstr(err.msg, "line 2"));
    buf_deinit(&sent.bodies);
    CHECK_STATUS(read_as("a.txt", STR("x"), &sent, &err), ST_UNSUPPORTED);
    buf_deinit(&sent.bodies);
    CHECK_STATUS(read_as("a.parquet", STR("PAR1PAR1"), &sent, &err), ST_CORRUPT);
    buf_deinit(&sent.bodies);
    CHECK_STATUS(read_as("a.json.gz", STR("x"), &sent, &err), ST_CORRUPT);
    buf_deinit(&sent.bodies);
    assert_int_equal(mem_live(), 0);
}

/* ------------------------------------------------------------- on folders */

static void doctor_and_backup_need_data(void **state)
{
    char output[4096];
    const char *const doctor[] = {"vireo", "doctor", "--data", "/tmp/vireo-none"};
    const char *const backup[] = {"vireo", "backup", "/tmp/vireo-none2", "--data=/tmp/vireo-none"};

    (void)state;
    assert_int_equal(run(output, sizeof output, 4, doctor), EXIT_FAILED);
    assert_non_null(strstr(output, "holds no data"));
    assert_int_equal(run(output, sizeof output, 4, backup), EXIT_FAILED);
    assert_non_null(strstr(output, "holds no data"));
    assert_false(path_exists("/tmp/vireo-none2"));
}

static void keys_are_made_on_a_folder(void **state)
{
    char dir[] = "/tmp/vireo-cli-XXXXXX";
    char data[64];
    char output[4096];
    const char *const create[] = {"vireo", "key", "create", "me", "--role=admin", data};
    const char *const wrong[] = {"vireo", "key", "create", "me", "--role=king", data};
    const char *const doctor[] = {"vireo", "doctor", data};

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(data, sizeof data, "--data=%s/d", dir);
    assert_int_equal(run(output, sizeof output, 6, create), EXIT_DONE);
    assert_int_equal(strncmp(output, "vr_", 3), 0);
    assert_int_equal(run(output, sizeof output, 6, wrong), EXIT_FAILED);
    assert_non_null(strstr(output, "role"));
    assert_int_equal(run(output, sizeof output, 3, doctor), EXIT_DONE);
    assert_non_null(strstr(output, "all is well"));
    CHECK_OK(dir_remove_all(dir));
    assert_int_equal(mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_name_the_nearest),
        cmocka_unit_test(every_verb_has_help),
        cmocka_unit_test(lists_line_up_and_blank_control_characters),
        cmocka_unit_test(lines_become_one_request),
        cmocka_unit_test(one_object_over_many_lines_is_sent_as_it_is),
        cmocka_unit_test(packed_files_are_unpacked),
        cmocka_unit_test(what_is_no_trace_is_refused_with_its_line),
        cmocka_unit_test(doctor_and_backup_need_data),
        cmocka_unit_test(keys_are_made_on_a_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
