/* SPDX-License-Identifier: Apache-2.0 */
/* A domain on a catalogue and blobs of its own. */
#ifndef VIREO_TESTS_DOMAIN_TEST_H
#define VIREO_TESTS_DOMAIN_TEST_H

#include "unit/catalog/catalog_test.h"

#include "domain/domain.h"
#include "domain/model.h"
#include "domain/project.h"

typedef struct World {
    Place place;
    Catalog *catalog;
    Blobs *blobs;
    Domain *domain;
    int64_t project; /* "default" */
    Arena arena;
} World;

static inline void world_open(World *w)
{
    char dir[128];

    (void)snprintf(dir, sizeof dir, "%s/blobs", w->place.dir);
    w->catalog = place_open(&w->place);
    assert_ok(blobs_open_dir(dir, 0, &w->blobs));
    assert_ok(domain_open(w->catalog, w->blobs, &w->domain));
    assert_ok(project_find(w->domain, STR("default"), &w->project, NULL));
    w->arena = test_arena();
}

static inline World world_new(void)
{
    World w = {.place = place_new()};

    world_open(&w);
    return w;
}

static inline void world_close(World *w)
{
    arena_deinit(&w->arena);
    domain_close(w->domain);
    blobs_close(w->blobs);
    catalog_close(w->catalog);
}

static inline void world_free(World *w)
{
    world_close(w);
    assert_int_equal(mem_live(), 0);
    place_free(&w->place);
}

#endif
