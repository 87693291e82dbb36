/* SPDX-License-Identifier: Apache-2.0 */
/* What was deleted: traces whose rows still stand in files, and projects. */
#ifndef VIREO_CATALOG_TOMBSTONE_H
#define VIREO_CATALOG_TOMBSTONE_H

#include "catalog/catalog.h"
#include "store/segment_index.h"

/* By project and trace. */
MUST_CHECK Status catalog_tombstones_each(Catalog *c,
                                          Status (*visit)(void *visitor, const Tombstone *t),
                                          void *visitor);
/* All of them or none; of one trace the greatest seq counts. */
MUST_CHECK Status catalog_tombstones_add(Catalog *c, const Tombstone *items, size_t count);
/* Those of the project up to that seq. */
MUST_CHECK Status catalog_tombstones_drop(Catalog *c, int64_t project_id, uint64_t seq);

MUST_CHECK Status catalog_dropped_each(Catalog *c,
                                       Status (*visit)(void *visitor, int64_t project_id),
                                       void *visitor);
/* Remove every row of the project and list it as dropped.  Fine when it is already. */
MUST_CHECK Status catalog_project_drop(Catalog *c, int64_t project_id, int64_t now_ns);

#endif
