/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing the parts of a data folder in their order. */
#include "server/data_dir.h"

Status data_paths(Str dir, Arena *a, DataPaths *out)
{
    DataPaths p;
    Status st = arena_copy_z(a, dir, &p.root);

    if (!st)
        st = path_join(a, p.root, STR("lock"), &p.lock);
    if (!st)
        st = path_join(a, p.root, STR("catalog.db"), &p.catalog);
    if (!st)
        st = path_join(a, p.root, STR("wal"), &p.wal);
    if (!st)
        st = path_join(a, p.root, STR("blobs"), &p.blobs);
    if (!st)
        st = path_join(a, p.root, STR("results"), &p.results);
    if (!st)
        *out = p;
    return st;
}

static Status prepare_folder(const DataPaths *p, bool make, Err *err)
{
    Status st;

    if (!make && !path_exists(p->catalog))
        return err_set(err, ST_NOTFOUND, 0, "%s holds no data of vireo", p->root);
    st = dir_make(p->root);
    if (st)
        return err_set(err, st, 0, "cannot make %s: %s", p->root, status_text(st));
    return ST_OK;
}

/* The store takes the lock itself when it opens.  Asked before the catalogue is
 * opened, so that a newer program does not migrate it under a running one. */
static Status check_alone(const DataPaths *p, Err *err)
{
    File lock = FILE_CLOSED;
    Status st = file_open_write(p->lock, &lock);

    if (!st)
        st = file_lock(&lock);
    file_close(&lock);
    if (st == ST_BUSY)
        return err_set(err, st, 0, "%s is in use by another vireo process", p->root);
    return st ? err_set(err, st, 0, "cannot lock %s: %s", p->lock, status_text(st)) : ST_OK;
}

static Status open_parts(DataDir *d, const DataOptions *o, Err *err)
{
    Status st = prepare_folder(&d->paths, o->make, err);

    if (!st && o->alone)
        st = check_alone(&d->paths, err);
    if (!st)
        st = catalog_open(d->paths.catalog, err, &d->catalog);
    if (st)
        return st;
    st = blobs_open_dir(d->paths.blobs, o->blob_max_bytes, &d->blobs);
    if (st)
        return err_set(err, st, 0, "cannot open %s: %s", d->paths.blobs, status_text(st));
    st = results_open(d->paths.results, d->catalog, &d->results);
    if (!st)
        st = domain_open(d->catalog, d->blobs, &d->domain);
    if (!st)
        domain_use_results(d->domain, d->results);
    return st ? err_set(err, st, 0, "cannot read the catalogue: %s", status_text(st)) : ST_OK;
}

Status data_open(Str dir, const DataOptions *o, Arena *a, DataDir *out, Err *err)
{
    DataDir d = {0};
    Status st = data_paths(dir, a, &d.paths);

    if (st)
        return err_set(err, st, 0, "out of memory");
    st = open_parts(&d, o, err);
    if (st)
        data_close(&d);
    else
        *out = d;
    return st;
}

Status data_open_store(DataDir *d, StoreOptions options, Err *err)
{
    Status st = ingest_open(d->domain, d->paths.root, &d->ingest);

    if (st)
        return err_set(err, st, 0, "cannot start ingest: %s", status_text(st));
    options.dir = d->paths.root;
    ingest_store_options(d->ingest, &options);
    st = store_open(&options, err, &d->store);
    if (st == ST_BUSY)
        return err_set(err, st, 0, "%s is in use by another vireo process", d->paths.root);
    if (st)
        return st;
    ingest_attach(d->ingest, d->store);
    return ST_OK;
}

void data_close(DataDir *d)
{
    if (d->store)
        store_close(d->store);
    if (d->ingest)
        ingest_close(d->ingest);
    if (d->domain)
        domain_close(d->domain);
    results_close(d->results);
    if (d->blobs)
        blobs_close(d->blobs);
    if (d->catalog)
        catalog_close(d->catalog);
    *d = (DataDir){0};
}
