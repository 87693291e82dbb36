/* SPDX-License-Identifier: Apache-2.0 */
/* xoshiro256++ (Blackman and Vigna, public domain) with one state a thread.
 *
 * A fork copies the state.  `forks` is raised in the child; a state that was
 * seeded under another number is seeded again before its next use. */
#include "os/random.h"

#include "os/internal.h"
#include "os/process.h"
#include "os/thread.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

typedef struct Generator {
    uint64_t s[4];
    unsigned long seeded_under; /* value of `forks` then; 0: never */
} Generator;

static atomic_ulong forks = 1;
static Once fork_hook;
static atomic_bool hook_missing;
static _Thread_local Generator generator;

Status random_bytes(void *out, size_t len)
{
    size_t done = 0;

    while (done < len) {
        const ssize_t n = getrandom((char *)out + done, len - done, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return os_status(errno);
        done += (size_t)n;
    }
    return ST_OK;
}

static void count_fork(void)
{
    atomic_fetch_add_explicit(&forks, 1, memory_order_relaxed);
}

/* Without memory for the hook a child could repeat the ids of its parent: then
 * no state counts as seeded, and every id comes from the kernel. */
static void install_fork_hook(void)
{
    if (process_on_fork(NULL, NULL, count_fork))
        atomic_store(&hook_missing, true);
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Without a kernel generator, ids only need to differ: clock, process and the
 * address of the thread's state do that. */
static void seed_from_clock(Generator *g)
{
    struct timespec now = {0};
    uint64_t x;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    x = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    x ^= (uint64_t)process_id() << 40 ^ (uint64_t)(uintptr_t)g;
    for (size_t i = 0; i < 4; i++)
        g->s[i] = mix(x += UINT64_C(0x9e3779b97f4a7c15));
}

static void seed(Generator *g, unsigned long under)
{
    once_run(&fork_hook, install_fork_hook);
    if (random_bytes(g->s, sizeof g->s) || (g->s[0] | g->s[1] | g->s[2] | g->s[3]) == 0)
        seed_from_clock(g);
    g->seeded_under = atomic_load(&hook_missing) ? 0 : under;
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

uint64_t random_u64(void)
{
    Generator *g = &generator;
    const unsigned long now = atomic_load_explicit(&forks, memory_order_relaxed);
    uint64_t result;
    uint64_t t;

    if (g->seeded_under != now)
        seed(g, now);
    result = rotate(g->s[0] + g->s[3], 23) + g->s[0];
    t = g->s[1] << 17;
    g->s[2] ^= g->s[0];
    g->s[3] ^= g->s[1];
    g->s[1] ^= g->s[2];
    g->s[0] ^= g->s[3];
    g->s[2] ^= t;
    g->s[3] = rotate(g->s[3], 45);
    return result;
}

static uint64_t random_nonzero(void)
{
    uint64_t x;

    do
        x = random_u64();
    while (x == 0);
    return x;
}

void random_id16(uint8_t out[16])
{
    const uint64_t words[2] = {random_nonzero(), random_u64()};

    memcpy(out, words, sizeof words);
}

void random_id8(uint8_t out[8])
{
    const uint64_t word = random_nonzero();

    memcpy(out, &word, sizeof word);
}
