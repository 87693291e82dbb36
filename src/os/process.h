/* SPDX-License-Identifier: Apache-2.0 */
/* What a process knows of itself: id, host, memory, stop signals, forks. */
#ifndef VIREO_OS_PROCESS_H
#define VIREO_OS_PROCESS_H

#include "base/arena.h"

int64_t process_id(void);
/* NUL-terminated, cut to fit; "localhost" when unknown. */
void process_hostname(char *out, size_t size);
/* File name of the running program without folders, as process_hostname(). */
void process_name(char *out, size_t size);
/* Resident memory now; 0 when unknown. */
uint64_t process_rss_bytes(void);
/* Call before any thread: fewer malloc arenas, which for a server that decodes on
 * many threads halves the memory at rest, and less that goes to and fro between them
 * and the system while a query works. */
void process_tune_memory(void);
/* Give freed memory back to the system; a few milliseconds at most. */
void process_trim_memory(void);
/* Processor time used so far, all threads. */
int64_t process_cpu_ns(void);
/* Files open now; 0 when unknown. */
uint64_t process_open_files(void);
/* Is standard output (1) or error (2) a terminal? */
bool process_is_terminal(int stream);

/* Call first in main(), before any thread: SIGTERM and SIGINT are blocked for
 * process_wait_stop(), SIGPIPE is ignored. */
void process_prepare_signals(void);
/* Wait for SIGTERM or SIGINT at most `timeout_ns` (-1: for ever).  True when one came. */
bool process_wait_stop(int64_t timeout_ns);
/* Make process_wait_stop() return true, from any thread. */
void process_request_stop(void);

/* Go on as another program, found on the PATH; `argv` ends with NULL.  Returns
 * only when that is not possible. */
MUST_CHECK Status process_become(const char *const *argv);

/* Run around every fork() of this process from now on; for libraries whose
 * threads do not survive it.  Any may be NULL. */
MUST_CHECK Status process_on_fork(void (*before)(void), void (*in_parent)(void),
                                  void (*in_child)(void));

#endif
