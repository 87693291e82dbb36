/* SPDX-License-Identifier: Apache-2.0 */
/* Advice about blocks of memory, however they were allocated. */
#ifndef VIREO_OS_PAGES_H
#define VIREO_OS_PAGES_H

#include <stddef.h>

/* All of a block will soon be written: its pages may come by the megabyte instead of each by a
 * fault of its own, which for fresh memory costs more than filling it.  Only a hint; nothing
 * for blocks below some megabytes.  NULL is allowed. */
void pages_expect(void *block, size_t size);

#endif
