/* SPDX-License-Identifier: Apache-2.0 */
/* Version numbers of exported spans: OTLP carries fingerprints only, so the
 * server is asked once a model which versions it has. */
#ifndef VIREO_CLI_VERSIONS_H
#define VIREO_CLI_VERSIONS_H

#include "base/map.h"
#include "cli/remote.h"
#include "model/span.h"

typedef struct Versions {
    Cli *cli;
    const RemoteOptions *remote;
    Arena arena;
    Map models;  /* name -> 1: its versions are known */
    Map numbers; /* name NUL fingerprint -> number */
} Versions;

void versions_init(Versions *v, Cli *cli, const RemoteOptions *remote);
void versions_deinit(Versions *v);
/* Set model_version where it is missing and known to the server. */
MUST_CHECK Status versions_resolve(Versions *v, SpanBatch batch);

#endif
