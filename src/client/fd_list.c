/* SPDX-License-Identifier: Apache-2.0 */
#include "client/fd_list.h"

#include "os/file.h"

static void exchange(FdList *l, int from, int to)
{
    for (int i = 0; i < FD_LIST_MAX; i++) {
        int expected = from;

        if (atomic_compare_exchange_strong(&l->slots[i], &expected, to))
            return;
    }
}

void fd_list_note(FdList *l, int fd)
{
    exchange(l, 0, fd + 1);
}

void fd_list_drop(FdList *l, int fd)
{
    exchange(l, fd + 1, 0);
}

void fd_list_close_all(FdList *l)
{
    for (int i = 0; i < FD_LIST_MAX; i++) {
        File f = {atomic_exchange(&l->slots[i], 0) - 1};

        file_close(&f);
    }
}
