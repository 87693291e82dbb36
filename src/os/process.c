/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about this process from the kernel, and its stop signals.
 *
 * SIGTERM and SIGINT stay blocked in every thread and are taken by
 * process_wait_stop() with sigtimedwait: no handler, no async-signal-safety. */
#include "os/process.h"

#include "os/clock.h"
#include "os/internal.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t process_id(void)
{
    return getpid();
}

void process_hostname(char *out, size_t size)
{
    char name[256];

    if (gethostname(name, sizeof name))
        (void)snprintf(name, sizeof name, "localhost");
    name[sizeof name - 1] = '\0';
    (void)snprintf(out, size, "%s", name);
}

void process_name(char *out, size_t size)
{
    (void)snprintf(out, size, "%s", program_invocation_short_name);
}

/* The second number of statm counts resident pages. */
uint64_t process_rss_bytes(void)
{
    char text[256];
    Buf b;
    Str size;
    Str rest;
    Str pages;
    uint64_t count = 0;

    buf_init(&b, sizeof text);
    if (file_read_whole("/proc/self/statm", &b) == ST_OK &&
        str_cut(buf_str(&b), ' ', &size, &rest)) {
        (void)str_cut(rest, ' ', &pages, &rest);
        if (str_to_u64(pages, &count))
            count = 0;
    }
    buf_deinit(&b);
    return count * (uint64_t)sysconf(_SC_PAGESIZE);
}

void process_tune_memory(void)
{
    enum {
        ARENAS = 2,
        OWN_MAPPING = 4 << 20, /* least that is mapped for itself */
        KEPT = 16 << 20        /* free at the end of an arena: a fifth of a list's time was the
                                  giving back of 128 KiB and more, and faults when it came again */
    };

    (void)mallopt(M_ARENA_MAX, ARENAS);
    (void)mallopt(M_MMAP_THRESHOLD, OWN_MAPPING);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT);
}

void process_trim_memory(void)
{
    (void)malloc_trim(0);
}

int64_t process_cpu_ns(void)
{
    struct timespec used = {0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

uint64_t process_open_files(void)
{
    DIR *d = opendir("/proc/self/fd");
    uint64_t count = 0;

    if (!d)
        return 0;
    while (readdir(d)) /* NOLINT(concurrency-mt-unsafe): a DIR of our own */
        count++;
    (void)closedir(d);
    return count > 3 ? count - 3 : 0; /* ".", ".." and the folder itself */
}

Status process_become(const char *const *argv)
{
    /* execvp() takes its strings as writable for historical reasons only. */
    union {
        const char *const *given;
        char *const *taken;
    } arguments = {argv};

    (void)execvp(argv[0], arguments.taken);
    return errno == ENOENT ? ST_NOTFOUND : ST_IO;
}

bool process_is_terminal(int stream)
{
    return isatty(stream) == 1;
}

static sigset_t stop_signals(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    return set;
}

void process_prepare_signals(void)
{
    const sigset_t stop = stop_signals();
    const struct sigaction ignore = {.sa_handler = SIG_IGN};

    (void)pthread_sigmask(SIG_BLOCK, &stop, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

bool process_wait_stop(int64_t timeout_ns)
{
    const sigset_t stop = stop_signals();
    const int64_t deadline = timeout_ns < 0 ? INT64_MAX : clock_mono_ns() + timeout_ns;

    for (;;) {
        const int64_t left = deadline - clock_mono_ns();
        const int64_t wait = left < 0 ? 0 : left;
        const struct timespec limit = {(time_t)(wait / 1000000000), (long)(wait % 1000000000)};

        if (sigtimedwait(&stop, NULL, &limit) > 0)
            return true;
        if (errno != EINTR)
            return false;
    }
}

void process_request_stop(void)
{
    (void)kill(getpid(), SIGTERM);
}

Status process_on_fork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void))
{
    return pthread_atfork(before, in_parent, in_child) ? ST_NOMEM : ST_OK;
}
