/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka with its prerequisites, and a few checks of our types. */
#ifndef TESTS_SUPPORT_CHECK_H
#define TESTS_SUPPORT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECK_STATUS(call, expected) assert_int_equal((int)(call), (int)(expected))
#define CHECK_OK(call)               CHECK_STATUS(call, ST_OK)
#define CHECK_STR(actual, text)      check_str(actual, str_from(text), __FILE__, __LINE__)
#define CHECK_SAME(actual, expected) check_str(actual, expected, __FILE__, __LINE__)

static inline void check_str(Str actual, Str expected, const char *file, int line)
{
    if (str_eq(actual, expected))
        return;
    print_error("got      \"%.*s\"\nexpected \"%.*s\"\n", STR_ARG(actual), STR_ARG(expected));
    _fail(file, line);
}

/* A whole file; the caller frees it. */
static inline Str read_golden(const char *name)
{
    char path[1024];
    FILE *f;
    char *bytes = malloc(1 << 20);
    size_t len;

    (void)snprintf(path, sizeof path, "%s/%s", TEST_GOLDEN_DIR, name);
    f = fopen(path, "rb");
    if (!f || !bytes)
        fail_msg("cannot read %s", path);
    len = fread(bytes, 1, 1 << 20, f);
    (void)fclose(f);
    return (Str){bytes, len};
}

static inline void free_golden(Str s)
{
    union {
        const char *in;
        char *out;
    } bytes = {.in = s.ptr};

    free(bytes.out);
}

/* xorshift64*: reproducible numbers for property tests. */
typedef struct Dice {
    uint64_t state;
} Dice;

static inline Dice dice_new(uint64_t seed)
{
    return (Dice){seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
}

static inline uint64_t dice_u64(Dice *d)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return d->state * UINT64_C(0x2545f4914f6cdd1d);
}

/* 0 <= result < n. */
static inline size_t dice_below(Dice *d, size_t n)
{
    return (size_t)((dice_u64(d) >> 16) % n);
}

/* Runs `property` for seeds 1..count and says which seed failed. */
static inline void for_seeds(uint64_t count, void (*property)(Dice *d))
{
    for (uint64_t seed = 1; seed <= count; seed++) {
        Dice d = dice_new(seed);
        char note[64];

        (void)snprintf(note, sizeof note, "seed %llu", (unsigned long long)seed);
        (void)setenv("TEST_SEED", note, 1);
        property(&d);
    }
}

/* Inside a property: fails with the seed. */
#define PROPERTY(condition)                                           \
    do {                                                              \
        if (!(condition)) {                                           \
            print_error("%s: %s\n", getenv("TEST_SEED"), #condition); \
            fail();                                                   \
        }                                                             \
    } while (0)

#endif
