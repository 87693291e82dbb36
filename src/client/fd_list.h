/* SPDX-License-Identifier: Apache-2.0 */
/* The descriptors that a child of fork() must close: sockets that the parent
 * still talks on, spool files whose locks would outlive the parent.
 *
 * One thread notes and drops; a fork may read at any moment, hence atomics
 * instead of a lock that the fork would have to wait for. */
#ifndef VIREO_CLIENT_FD_LIST_H
#define VIREO_CLIENT_FD_LIST_H

#include <stdatomic.h>

enum { FD_LIST_MAX = 72 };

/* Zeroed is empty. */
typedef struct FdList {
    atomic_int slots[FD_LIST_MAX]; /* descriptor + 1, 0: free */
} FdList;

/* Past FD_LIST_MAX a descriptor is not remembered. */
void fd_list_note(FdList *l, int fd);
void fd_list_drop(FdList *l, int fd);
void fd_list_close_all(FdList *l);

#endif
