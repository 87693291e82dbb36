/* SPDX-License-Identifier: Apache-2.0 */
/* `vireo serve`: wiring of all parts, from start to a clean stop. */
#ifndef VIREO_SERVER_SERVER_H
#define VIREO_SERVER_SERVER_H

#include "http/page.h"
#include "server/config.h"

/* Serve until SIGTERM or SIGINT (process_prepare_signals() first), then drain.
 * `err` says what to do when it could not start. */
MUST_CHECK Status server_run(const Config *c, const PageTable *page, Err *err);

#endif
