/* SPDX-License-Identifier: Apache-2.0 */
/* A results store in a folder of its own, with evaluations to add rows to. */
#ifndef VIREO_TESTS_RESULTS_TEST_H
#define VIREO_TESTS_RESULTS_TEST_H

#include "unit/catalog/catalog_test.h"

#include "catalog/evaluation.h"
#include "catalog/sample_space.h"
#include "results/frame.h"

#include <math.h>

typedef struct Shelf {
    Place place;
    char dir[96];
    Catalog *catalog;
    Results *results;
    int64_t project;
    int64_t evaluation;
    Arena arena;
} Shelf;

/* An evaluation of the model `name`. */
static inline int64_t shelf_evaluation(Shelf *s, const char *name)
{
    const Fingerprint f = fingerprint(1);
    VersionRef ref = {0};
    SpaceRow space;
    int64_t id = 0;
    bool created;

    assert_ok(catalog_version_put(s->catalog,
                                  &(VersionPut){.project_id = s->project,
                                                .model = str_from(name),
                                                .fingerprint = str_from(f.text),
                                                .origin = STR("name"),
                                                .now_ns = 1},
                                  &s->arena, &ref, &created));
    assert_ok(catalog_space_put(s->catalog, SPACE_WORKFLOW,
                                &(SpaceRow){.project_id = s->project,
                                            .name = STR("w"),
                                            .metadata = STR("{}"),
                                            .tags = STR("[]"),
                                            .id_fields = STR("[]")},
                                &s->arena, &space, &created));
    assert_ok(catalog_evaluation_put(s->catalog,
                                     &(EvaluationRow){.project_id = s->project,
                                                      .version_id = ref.id,
                                                      .target = {.space = space.id, .version = 1},
                                                      .status = STR("running"),
                                                      .judges = STR("[]"),
                                                      .metadata = STR("{}")},
                                     &(ConfigurationList){0}, &id, &created));
    return id;
}

static inline void shelf_open(Shelf *s)
{
    s->catalog = place_open(&s->place);
    assert_ok(results_open(s->dir, s->catalog, &s->results));
}

static inline void shelf_close(Shelf *s)
{
    results_close(s->results);
    catalog_close(s->catalog);
}

static inline Shelf shelf_new(void)
{
    Shelf s = {.place = place_new(), .arena = test_arena()};

    (void)snprintf(s.dir, sizeof s.dir, "%s/results", s.place.dir);
    shelf_open(&s);
    s.project = test_project(s.catalog, "p");
    s.evaluation = shelf_evaluation(&s, "m");
    return s;
}

static inline void shelf_free(Shelf *s)
{
    shelf_close(s);
    arena_deinit(&s->arena);
    assert_int_equal(mem_live(), 0);
    place_free(&s->place);
}

/* One column of numbers. */
static inline Status shelf_add(Shelf *s, const char *scope, const int64_t *numbers, size_t rows,
                               const char *metric, const double *values)
{
    const ResultColumn column = {
        .name = str_from(metric),
        .values = {.type = VECTOR_DOUBLE, .len = rows, .as.d = values},
    };

    return results_add(s->results, s->project, s->evaluation,
                       &(ResultBatch){.scope = str_from(scope),
                                      .rows = rows,
                                      .numbers = numbers,
                                      .columns = &column,
                                      .count = 1},
                       NULL);
}

static inline size_t shelf_parts(Shelf *s)
{
    PartList list;

    assert_ok(catalog_part_list(s->catalog, s->evaluation, &s->arena, &list));
    return list.len;
}

/* Files in the evaluation's folder. */
static inline size_t shelf_files(Shelf *s)
{
    char path[200];
    Str *names;
    size_t count = 0;

    (void)snprintf(path, sizeof path, "%s/%lld/%lld", s->dir, (long long)s->project,
                   (long long)s->evaluation);
    if (path_exists(path))
        assert_ok(dir_list(path, &s->arena, &names, &count));
    return count;
}

/* The metric's values of samples 1 .. count in a case, NaN where there is none. */
static inline void shelf_read(Shelf *s, const char *scope, const char *metric, double *out,
                              size_t count)
{
    const Str scopes[] = {{0}, str_from(scope)};
    int64_t members[100];
    double values[100];
    ResultFrame *f;
    FrameRows rows;

    assert_true(count <= 100);
    for (size_t i = 0; i < count; i++) {
        members[i] = (int64_t)i + 1;
        out[i] = (double)NAN;
    }
    assert_ok(frame_open(s->results, s->evaluation, (Str){0}, &f));
    assert_ok(frame_rows(f, scopes, 2, members, count, &s->arena, &rows));
    if (frame_find(f, str_from(metric)) != SIZE_MAX)
        assert_ok(frame_numbers(f, &rows, frame_find(f, str_from(metric)), values));
    for (size_t i = 0; i < rows.len && frame_find(f, str_from(metric)) != SIZE_MAX; i++)
        out[rows.numbers[i] - 1] = values[i];
    frame_close(f);
}

#endif
