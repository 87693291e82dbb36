/* SPDX-License-Identifier: Apache-2.0 */
/* Rejected spans per project that are counted in memory only: they are nowhere else, so
 * those since the last write are forgotten by a crash.
 *
 * Its mutex is a leaf. */
#ifndef VIREO_DOMAIN_REJECTED_H
#define VIREO_DOMAIN_REJECTED_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "catalog/counter.h"
#include "os/thread.h"

typedef struct Rejected {
    Mutex lock;
    Map index; /* the 8 bytes of a project's id -> item */
    VEC_OF(ProjectDelta) items;
    Arena arena;
} Rejected;

void rejected_init(Rejected *r);
void rejected_deinit(Rejected *r);
/* When memory is short the spans go uncounted: counting must not refuse a request. */
void rejected_add(Rejected *r, int64_t project_id, uint64_t spans);
uint64_t rejected_of(Rejected *r, int64_t project_id);
/* Those that are not zero, to be written ... */
MUST_CHECK Status rejected_copy(Rejected *r, Arena *arena, ProjectDelta **out, size_t *len);
/* ... and taken off once they are. */
void rejected_sub(Rejected *r, const ProjectDelta *items, size_t len);

#endif
