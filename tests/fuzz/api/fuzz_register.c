/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of version registrations, against a real catalogue in a scratch folder
 * that is made once and removed at the end. */
#include "domain/model.h"
#include "domain/project.h"
#include "os/file.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    char dir[64];
    Catalog *catalog;
    Blobs *blobs;
    Domain *domain;
    int64_t project;
} place = {.dir = "/tmp/vireo-fuzz-XXXXXX"};

static void clean_up(void)
{
    domain_close(place.domain);
    blobs_close(place.blobs);
    catalog_close(place.catalog);
    (void)!dir_remove_all(place.dir);
}

static void must(Status st)
{
    if (st)
        abort();
}

static void set_up(void)
{
    char path[128];
    bool created;

    if (place.domain)
        return;
    if (!mkdtemp(place.dir))
        abort();
    (void)snprintf(path, sizeof path, "%s/catalog.db", place.dir);
    must(catalog_open(path, NULL, &place.catalog));
    (void)snprintf(path, sizeof path, "%s/blobs", place.dir);
    must(blobs_open_dir(path, 0, &place.blobs));
    must(domain_open(place.catalog, place.blobs, &place.domain));
    must(project_ensure(place.domain, STR("fuzz"), &place.project, &created, NULL));
    (void)atexit(clean_up);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    VersionRef ref;
    FieldErr err = {0};
    bool created;
    Arena arena;
    Status st;

    set_up();
    arena_init(&arena, 64 << 20);
    st = model_register(place.domain, place.project, STR("m"), (Str){(const char *)data, size},
                        &arena, &ref, &created, &err);
    /* A refusal says why. */
    if (st == ST_OK ? ref.number < 1 : st != ST_NOMEM && err.err.msg[0] == '\0')
        abort();
    arena_deinit(&arena);
    return 0;
}
