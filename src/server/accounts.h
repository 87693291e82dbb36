/* SPDX-License-Identifier: Apache-2.0 */
/* Whether requests need a key, and whether the server may listen at all. */
#ifndef VIREO_SERVER_ACCOUNTS_H
#define VIREO_SERVER_ACCOUNTS_H

#include "domain/domain.h"
#include "server/config.h"

/* Keys are needed beyond loopback and with --require-key.  ST_DENIED: it would
 * listen beyond loopback and there is no admin key yet; `err` says how to make one. */
MUST_CHECK Status accounts_check(Domain *d, const Config *c, bool *accounts, Err *err);

#endif
