/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that run now: what they are, how far they got, and how they end early.
 *
 *   running_init() -> running_begin() -> the handler, with `cancel` -> running_end()
 *
 * `cancel` ends when the client leaves, when somebody stops the question, when it takes too long,
 * and with the server; and makes long questions take turns (os/turn.h).  A Running belongs to its
 * request's worker; the list is read under the lock.  Only api/ includes it. */
#ifndef VIREO_API_RUNNING_H
#define VIREO_API_RUNNING_H

#include "http/request.h"
#include "os/turn.h"

typedef struct Questions {
    Turns turns;
    Mutex lock; /* of the list */
    struct Running *newest;
    int64_t last_id;
    int64_t query_ns; /* 0: as long as it takes */
} Questions;

typedef struct Running {
    Questions *all;
    const Request *request;
    Cancel cancel;
    Turn turn;
    int64_t id; /* 0: not in the list */
    int64_t project_id;
    int64_t start_ns;      /* since 1970 */
    int64_t start_mono_ns; /* by the monotonic clock */
    struct Running *older;
} Running;

/* `workers` as of the HTTP server: its readers, twice as many, are never all busy with long work.
 */
void questions_init(Questions *all, unsigned workers, int64_t query_ns);
void questions_deinit(Questions *all);

void running_init(Running *run, Questions *all, const Request *q, const Cancel *server);
/* Put it in the list. */
void running_begin(Running *run, int64_t project_id);
/* Take it out (if it is in) and give its turn to the next. */
void running_end(Running *run);

#endif
