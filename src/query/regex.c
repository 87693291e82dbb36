/* SPDX-License-Identifier: Apache-2.0 */
/* PCRE2 with limits.
 *
 * Just-in-time code runs on the thread's stack (32 KiB of it) and counts its
 * steps against the match limit; a text that needs more stack is matched again
 * by the interpreter, whose heap and depth are limited too.  Texts are not
 * always UTF-8 (attributes may hold any bytes), which MATCH_INVALID_UTF allows.
 *
 * The clock is read once for each CLOCK_BYTES of text looked at, so that short
 * texts do not pay for it. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "query/regex.h"

#include "base/alloc.h"
#include "os/clock.h"

#include <pcre2.h>

enum {
    HEAP_LIMIT_KIB = 4096,
    DEPTH_LIMIT = 10000,
    MAX_PARENTHESES = 50,
    MAX_CODE_BYTES = 256 * 1024,
    CLOCK_BYTES = 64 * 1024,
    CALL_BYTES = 256 /* what a call costs, in bytes of text */
};

struct Regex {
    pcre2_general_context *memory;
    pcre2_compile_context *compiling;
    pcre2_match_context *limits;
    pcre2_match_data *data;
    pcre2_code *code;
    RegexWork *work;
    size_t looked_at; /* bytes since the clock was read */
    int64_t since_ns; /* when it was read */
};

static void *take_memory(PCRE2_SIZE size, void *context)
{
    (void)context;
    return mem_alloc(size);
}

static void give_memory(void *ptr, void *context)
{
    (void)context;
    mem_free(ptr);
}

static uint32_t options_of(unsigned flags)
{
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;

    if (flags & REGEX_NOCASE)
        options |= PCRE2_CASELESS;
    if (flags & REGEX_DOT_ALL)
        options |= PCRE2_DOTALL;
    if (flags & REGEX_LINES)
        options |= PCRE2_MULTILINE;
    return options;
}

static Status make_contexts(Regex *r)
{
    r->memory = pcre2_general_context_create(take_memory, give_memory, NULL);
    if (!r->memory)
        return ST_NOMEM;
    r->compiling = pcre2_compile_context_create(r->memory);
    r->limits = pcre2_match_context_create(r->memory);
    if (!r->compiling || !r->limits)
        return ST_NOMEM;
    (void)pcre2_set_parens_nest_limit(r->compiling, MAX_PARENTHESES);
    (void)pcre2_set_max_pattern_length(r->compiling, REGEX_MAX_PATTERN);
    (void)pcre2_set_match_limit(r->limits, REGEX_MATCH_STEPS);
    (void)pcre2_set_heap_limit(r->limits, HEAP_LIMIT_KIB);
    (void)pcre2_set_depth_limit(r->limits, DEPTH_LIMIT);
    return ST_OK;
}

static Status told(Err *err, size_t pos, int code)
{
    PCRE2_UCHAR reason[160];

    if (pcre2_get_error_message(code, reason, sizeof reason) < 0)
        reason[0] = '\0';
    return err_set(err, ST_INVALID, pos, "this regular expression does not compile: %s",
                   (const char *)reason);
}

static Status compile(Regex *r, Str pattern, unsigned flags, size_t pos, Err *err)
{
    PCRE2_SIZE at = 0;
    size_t bytes = 0;
    int code = 0;

    r->code = pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len, options_of(flags), &code, &at,
                            r->compiling);
    if (!r->code)
        return code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED
                   ? ST_NOMEM
                   : told(err, pos + at, code);
    if (pcre2_pattern_info(r->code, PCRE2_INFO_SIZE, &bytes) || bytes > MAX_CODE_BYTES)
        return err_set(err, ST_LIMIT, pos,
                       "this regular expression is too large once its repetitions are written out");
    return ST_OK;
}

static Status make(Str pattern, unsigned flags, size_t pos, Err *err, Regex **out)
{
    Regex *r = mem_calloc(1, sizeof *r);
    Status st = r ? make_contexts(r) : ST_NOMEM;

    if (!st)
        st = compile(r, pattern, flags, pos, err);
    if (st)
        regex_close(r);
    else
        *out = r;
    return st;
}

Status regex_check(Str pattern, unsigned flags, size_t pos, Err *err)
{
    Regex *r = NULL;
    Status st;

    if (pattern.len > REGEX_MAX_PATTERN)
        return err_set(err, ST_LIMIT, pos, "a regular expression has at most %d bytes",
                       REGEX_MAX_PATTERN);
    st = make(pattern, flags, pos, err, &r);
    if (!st)
        regex_close(r);
    return st;
}

Status regex_open(Str pattern, unsigned flags, RegexWork *work, Regex **out)
{
    Regex *r = NULL;
    Status st = make(pattern, flags, 0, NULL, &r);

    if (st)
        return st;
    r->work = work;
    r->data = pcre2_match_data_create(1, r->memory);
    if (!r->data) {
        regex_close(r);
        return ST_NOMEM;
    }
    (void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE); /* without it: the interpreter */
    *out = r;
    return ST_OK;
}

/* Add the time since the last look at the clock to what the pattern has cost. */
static void account(Regex *r)
{
    const int64_t now = clock_mono_ns();
    const long long before =
        atomic_fetch_add_explicit(&r->work->spent_ns, now - r->since_ns, memory_order_relaxed);

    r->looked_at = 0;
    r->since_ns = now;
    if (before > REGEX_BUDGET_NS)
        atomic_store_explicit(&r->work->failure, REGEX_TOO_MUCH_TIME, memory_order_relaxed);
}

void regex_begin(Regex *r)
{
    if (r)
        r->since_ns = clock_mono_ns();
}

void regex_end(Regex *r)
{
    if (r)
        account(r);
}

void regex_close(Regex *r)
{
    if (!r)
        return;
    pcre2_match_data_free(r->data);
    pcre2_code_free(r->code);
    pcre2_match_context_free(r->limits);
    pcre2_compile_context_free(r->compiling);
    pcre2_general_context_free(r->memory);
    mem_free(r);
}

static int match(Regex *r, Str text)
{
    const PCRE2_SPTR subject = (PCRE2_SPTR)(text.ptr ? text.ptr : "");
    int rc = pcre2_match(r->code, subject, text.len, 0, 0, r->data, r->limits);

    if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
        rc = pcre2_match(r->code, subject, text.len, 0, PCRE2_NO_JIT, r->data, r->limits);
    return rc;
}

bool regex_matches(Regex *r, Str text)
{
    int rc;

    if (atomic_load_explicit(&r->work->failure, memory_order_relaxed) != REGEX_FINE)
        return false;
    rc = match(r, text);
    r->looked_at += text.len + CALL_BYTES;
    if (r->looked_at >= CLOCK_BYTES)
        account(r);
    if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH)
        return rc >= 0;
    atomic_store_explicit(&r->work->failure,
                          rc == PCRE2_ERROR_NOMEMORY ? REGEX_NO_MEMORY : REGEX_TOO_MANY_STEPS,
                          memory_order_relaxed);
    return false;
}
