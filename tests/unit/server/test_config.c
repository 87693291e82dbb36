/* SPDX-License-Identifier: Apache-2.0 */
/* Options of the server, and who may listen where. */
#include "support/check.h"

#include "domain/key.h"
#include "server/accounts.h"
#include "server/data_dir.h"

#include <string.h>
#include <unistd.h>

static Status read_args(Arena *a, Config *c, Err *err, int count, const char *const *args)
{
    return config_read(count, args, a, c, err);
}

static void defaults_are_safe(void **state)
{
    Arena a;
    Config c;
    Err err = {0};

    (void)state;
    arena_init(&a, 1 << 20);
    CHECK_OK(read_args(&a, &c, &err, 0, NULL));
    assert_string_equal(c.host, "127.0.0.1");
    assert_int_equal(c.port, 4318);
    assert_true(c.loopback);
    assert_false(c.require_key);
    assert_int_equal(c.retention_ns, 0);
    arena_deinit(&a);
}

static void flags_win_over_environment_and_file(void **state)
{
    const char *const args[] = {"--config", "", "--workers=8", "--data", "there"};
    const char *with_file[5];
    char path[] = "/tmp/vireo-config-XXXXXX";
    const int fd = mkstemp(path);
    Arena a;
    Config c;
    Err err = {0};
    static const char text[] = "workers = 4\nmax-body = 1MiB\ndrain = 3s\nlog-level = debug\n";

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    close(fd);
    for (int i = 0; i < 5; i++)
        with_file[i] = args[i];
    with_file[1] = path;
    arena_init(&a, 1 << 20);
    assert_int_equal(setenv("VIREO_WORKERS", "6", 1), 0);
    assert_int_equal(setenv("VIREO_DRAIN", "5s", 1), 0);
    CHECK_OK(read_args(&a, &c, &err, 5, with_file));
    assert_int_equal(c.workers, 8);                        /* flag */
    assert_int_equal(c.drain_ns, INT64_C(5) * 1000000000); /* environment */
    assert_int_equal(c.max_body, 1 << 20);                 /* file */
    CHECK_STR(c.data, "there");
    unsetenv("VIREO_WORKERS");
    unsetenv("VIREO_DRAIN");
    arena_deinit(&a);
    assert_int_equal(unlink(path), 0);
}

static void what_makes_no_sense_is_told(void **state)
{
    static const struct {
        const char *arg, *told;
    } cases[] = {
        {"--workers=0", "workers"},
        {"--workers=1000", "workers"},
        {"--max-body=1", "max-body"},
        {"--log-level=loud", "log-level"},
        {"--listen=nowhere", "listen"},
        {"--listen=127.0.0.1", "listen"},
        {"--listen=1.2.3.4:99999", "listen"},
        {"--listen=[::1", "listen"},
        {"--data=", "data"},
        {"--lisen=x", "--listen"},
        {"stray", "stray"},
        {"--config=/does/not/exist", "config"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Arena a;
        Config c;
        Err err = {0};

        arena_init(&a, 1 << 20);
        assert_int_not_equal(read_args(&a, &c, &err, 1, &cases[i].arg), ST_OK);
        if (!strstr(err.msg, cases[i].told))
            fail_msg("%s: \"%s\"", cases[i].arg, err.msg);
        arena_deinit(&a);
    }
}

static void addresses_are_parsed(void **state)
{
    static const struct {
        const char *text, *host;
        uint16_t port;
        bool loopback;
    } cases[] = {
        {"127.0.0.1:80", "127.0.0.1", 80, true},
        {"[::1]:0", "::1", 0, true},
        {"localhost:5", "127.0.0.1", 5, true},
        {":4318", "0.0.0.0", 4318, false},
        {"[::]:1", "::", 1, false},
        {"127.9.9.9:1", "127.9.9.9", 1, true},
        {"10.0.0.1:1", "10.0.0.1", 1, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Arena a;
        const char *host;
        uint16_t port;
        Err err = {0};

        arena_init(&a, 1 << 16);
        CHECK_OK(listen_parse(str_from(cases[i].text), &a, &host, &port, &err));
        assert_string_equal(host, cases[i].host);
        assert_int_equal(port, cases[i].port);
        assert_int_equal(host_is_loopback(str_from(host)), cases[i].loopback);
        arena_deinit(&a);
    }
}

/* ------------------------------------------------------------ data folder */

typedef struct Folder {
    char dir[64];
    Arena arena;
} Folder;

static void folder_make(Folder *f)
{
    *f = (Folder){.dir = "/tmp/vireo-data-XXXXXX"};
    assert_non_null(mkdtemp(f->dir));
    arena_init(&f->arena, 1 << 20);
}

static void folder_remove(Folder *f)
{
    arena_deinit(&f->arena);
    CHECK_OK(dir_remove_all(f->dir));
    assert_int_equal(mem_live(), 0);
}

static void one_process_has_the_store(void **state)
{
    const DataOptions alone = {.alone = true, .make = true};
    const DataOptions beside = {.alone = false};
    const StoreOptions store = {.no_background = true};
    Folder f;
    DataDir first;
    DataDir second;
    Err err = {0};

    (void)state;
    folder_make(&f);
    CHECK_STATUS(data_open(str_from(f.dir), &beside, &f.arena, &first, &err), ST_NOTFOUND);
    CHECK_OK(data_open(str_from(f.dir), &alone, &f.arena, &first, &err));
    CHECK_OK(data_open_store(&first, store, &err));
    CHECK_STATUS(data_open(str_from(f.dir), &alone, &f.arena, &second, &err), ST_BUSY);
    assert_non_null(strstr(err.msg, "in use"));
    CHECK_OK(data_open(str_from(f.dir), &beside, &f.arena, &second, &err));
    CHECK_STATUS(data_open_store(&second, store, &err), ST_BUSY);
    assert_non_null(strstr(err.msg, "in use"));
    data_close(&second);
    data_close(&first);
    CHECK_OK(data_open(str_from(f.dir), &alone, &f.arena, &second, &err));
    CHECK_OK(data_open_store(&second, store, &err));
    data_close(&second);
    folder_remove(&f);
}

static void beyond_loopback_an_admin_key_is_needed(void **state)
{
    const DataOptions options = {.make = true};
    const Config local = {.loopback = true};
    const Config guarded = {.loopback = true, .require_key = true};
    const Config open = {.loopback = false, .host = "0.0.0.0", .data = STR("d")};
    bool accounts = true;
    NewKey key;
    Folder f;
    DataDir data;
    Err err = {0};

    (void)state;
    folder_make(&f);
    CHECK_OK(data_open(str_from(f.dir), &options, &f.arena, &data, &err));
    CHECK_OK(accounts_check(data.domain, &local, &accounts, &err));
    assert_false(accounts);
    CHECK_OK(accounts_check(data.domain, &guarded, &accounts, &err));
    assert_true(accounts);
    CHECK_STATUS(accounts_check(data.domain, &open, &accounts, &err), ST_DENIED);
    assert_non_null(strstr(err.msg, "vireo key create"));
    CHECK_OK(key_create(data.domain, 0, STR("v"), STR("viewer"), &f.arena, &key, NULL));
    CHECK_STATUS(accounts_check(data.domain, &open, &accounts, &err), ST_DENIED);
    CHECK_OK(key_create(data.domain, 0, STR("a"), STR("admin"), &f.arena, &key, NULL));
    CHECK_OK(accounts_check(data.domain, &open, &accounts, &err));
    assert_true(accounts);
    data_close(&data);
    folder_remove(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_safe),
        cmocka_unit_test(flags_win_over_environment_and_file),
        cmocka_unit_test(what_makes_no_sense_is_told),
        cmocka_unit_test(addresses_are_parsed),
        cmocka_unit_test(one_process_has_the_store),
        cmocka_unit_test(beyond_loopback_an_admin_key_is_needed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
