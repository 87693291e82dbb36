/* SPDX-License-Identifier: Apache-2.0 */
/* Failures on demand, and errno as Status.
 *
 * A few relaxed atomics a call, next to nothing beside a system call; kept in
 * release builds so that the fault tests run on the shipped code. */
#include "os/internal.h"

#include <errno.h>
#include <stdatomic.h>

typedef struct Fault {
    atomic_long left; /* calls that still succeed; OFF: all */
    atomic_long calls;
    atomic_int with;
} Fault;

enum { OFF = -1 };

static Fault faults[OS_FAULT_COUNT] = {{.left = OFF}, {.left = OFF}, {.left = OFF},
                                       {.left = OFF}, {.left = OFF}, {.left = OFF}};

_Static_assert(OS_FAULT_COUNT == 6, "every kind starts switched off");

void os_fail_after(OsFault kind, long n, Status with)
{
    atomic_store(&faults[kind].with, (int)with);
    atomic_store(&faults[kind].left, n < 0 ? OFF : n);
}

void os_fail_never(void)
{
    for (int kind = 0; kind < OS_FAULT_COUNT; kind++)
        os_fail_after((OsFault)kind, OFF, ST_OK);
}

long os_fault_calls(OsFault kind)
{
    return atomic_load_explicit(&faults[kind].calls, memory_order_relaxed);
}

Status os_fault(OsFault kind)
{
    Fault *f = &faults[kind];
    long left = atomic_load_explicit(&f->left, memory_order_relaxed);

    atomic_fetch_add_explicit(&f->calls, 1, memory_order_relaxed);
    while (left > 0)
        if (atomic_compare_exchange_weak(&f->left, &left, left - 1))
            return ST_OK;
    return left == OFF ? ST_OK : (Status)atomic_load(&f->with);
}

Status os_status(int error)
{
    switch (error) {
    case 0:
        return ST_OK;
    case ENOMEM:
        return ST_NOMEM;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ST_FULL;
    case ENOENT:
    case ENOTDIR:
        return ST_NOTFOUND;
    case EEXIST:
    case ENOTEMPTY:
        return ST_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
        return ST_DENIED;
    case EWOULDBLOCK:
        return ST_BUSY;
    case EINVAL:
    case ENAMETOOLONG:
        return ST_INVALID;
    default:
        return ST_IO;
    }
}
