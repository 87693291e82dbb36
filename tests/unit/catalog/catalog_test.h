/* SPDX-License-Identifier: Apache-2.0 */
/* A catalogue in a folder of its own, for the tests of catalogue and domain. */
#ifndef VIREO_TESTS_CATALOG_TEST_H
#define VIREO_TESTS_CATALOG_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "catalog/api_key.h"
#include "catalog/blob.h"
#include "catalog/model.h"
#include "catalog/project.h"
#include "catalog/segment.h"
#include "catalog/version.h"
#include "os/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Place {
    char dir[64];
    char path[96]; /* of the catalogue */
} Place;

static inline Place place_new(void)
{
    Place p = {.dir = "/tmp/vireo-test-XXXXXX"};

    assert_non_null(mkdtemp(p.dir));
    (void)snprintf(p.path, sizeof p.path, "%s/catalog.db", p.dir);
    return p;
}

static inline void place_free(const Place *p)
{
    assert_int_equal(dir_remove_all(p->dir), ST_OK);
}

static inline Catalog *place_open(const Place *p)
{
    Err err = {0};
    Catalog *c = NULL;
    const Status st = catalog_open(p->path, &err, &c);

    if (st)
        fail_msg("cannot open: %s", err.msg);
    return c;
}

static inline Arena test_arena(void)
{
    Arena a;

    arena_init(&a, (size_t)64 << 20);
    return a;
}

#define assert_str(actual, expected)                                                    \
    do {                                                                                \
        const Str assert_a = (actual);                                                  \
        const Str assert_b = str_from(expected);                                        \
        if (!str_eq(assert_a, assert_b))                                                \
            fail_msg("\"%.*s\" is not \"%.*s\"", STR_ARG(assert_a), STR_ARG(assert_b)); \
    } while (0)
#define assert_ok(call) assert_int_equal((call), ST_OK)

static inline int64_t test_project(Catalog *c, const char *name)
{
    Arena a = test_arena();
    ProjectRow row;
    bool created;

    assert_ok(catalog_project_put(c, str_from(name), 1, &a, &row, &created));
    arena_deinit(&a);
    return row.id;
}

/* 64 hex digits that stand for `n`. */
typedef struct Fingerprint {
    char text[FINGERPRINT_CHARS + 1];
} Fingerprint;

static inline Fingerprint fingerprint(unsigned n)
{
    Fingerprint f;

    (void)snprintf(f.text, sizeof f.text, "%064x", n);
    return f;
}

/* Put a version as spans do (`source` NULL) or as a registration does; its number. */
static inline Status try_put(Catalog *c, int64_t project_id, const char *model, unsigned print,
                             const char *source, int32_t *number, bool *created)
{
    Arena a = test_arena();
    const Fingerprint f = fingerprint(print);
    VersionRef ref = {0};
    const Status st = catalog_version_put(c,
                                          &(VersionPut){.project_id = project_id,
                                                        .model = str_from(model),
                                                        .fingerprint = str_from(f.text),
                                                        .origin = STR("code"),
                                                        .registers = source != NULL,
                                                        .source = str_from(source),
                                                        .now_ns = 5},
                                          &a, &ref, created);

    *number = ref.number;
    arena_deinit(&a);
    return st;
}

static inline int32_t test_put(Catalog *c, int64_t project_id, const char *model, unsigned print)
{
    int32_t number = 0;
    bool created;

    assert_ok(try_put(c, project_id, model, print, NULL, &number, &created));
    return number;
}

static inline Status test_rename(Catalog *c, int64_t project_id, const char *from, const char *to)
{
    Arena a = test_arena();
    const Str name = str_from(to);
    ModelRow row = {0};
    Status st = catalog_model_get(c, project_id, str_from(from), &a, &row);

    if (!st)
        st = catalog_model_update(c, row.id, &(ModelChange){.name = &name}, 7);
    arena_deinit(&a);
    return st;
}

static inline void test_no_finding(void *context, Str finding)
{
    (void)context;
    fail_msg("%.*s", STR_ARG(finding));
}

#endif
