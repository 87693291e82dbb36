/* SPDX-License-Identifier: Apache-2.0 */
#include "support/check.h"

#include "codec/zstd_pool.h"

#include <pthread.h>

static void what_was_given_back_is_taken_again(void **state)
{
    ZstdPool pool = {{NULL}};
    Zstd *first = NULL;
    Zstd *second = NULL;
    Zstd *again = NULL;

    (void)state;
    CHECK_OK(zstd_pool_take(&pool, &first));
    CHECK_OK(zstd_pool_take(&pool, &second));
    assert_ptr_not_equal(first, second);
    zstd_pool_give(&pool, second);
    CHECK_OK(zstd_pool_take(&pool, &again));
    assert_ptr_equal(again, second);
    zstd_pool_give(&pool, first);
    zstd_pool_give(&pool, again);
    zstd_pool_deinit(&pool);
}

static void a_full_pool_frees_what_it_is_given(void **state)
{
    enum { TAKEN = ZSTD_POOL_SLOTS + 2 };
    ZstdPool pool = {{NULL}};
    Zstd *z[TAKEN] = {0};

    (void)state;
    for (size_t i = 0; i < TAKEN; i++)
        CHECK_OK(zstd_pool_take(&pool, &z[i]));
    for (size_t i = 0; i < TAKEN; i++)
        zstd_pool_give(&pool, z[i]);
    for (size_t i = 0; i < ZSTD_POOL_SLOTS; i++)
        assert_ptr_equal(pool.idle[i], z[i]);
    zstd_pool_deinit(&pool);
    zstd_pool_deinit(&pool);
}

static void without_a_pool_each_context_is_new(void **state)
{
    Zstd *z = NULL;

    (void)state;
    CHECK_OK(zstd_pool_take(NULL, &z));
    assert_non_null(z);
    zstd_pool_give(NULL, z);
    zstd_pool_give(NULL, NULL);
}

/* A context that has just met a broken frame serves the next one. */
static void a_context_is_as_new_after_a_failure(void **state)
{
    ZstdPool pool = {{NULL}};
    Zstd *z = NULL;
    Buf frame;
    char out[16];

    (void)state;
    buf_init(&frame, 1 << 10);
    CHECK_OK(zstd_pool_take(&pool, &z));
    CHECK_OK(zstd_compress(z, 1, STR("hello"), &frame));
    CHECK_STATUS(zstd_decompress_exact(z, str_slice(buf_str(&frame), 0, frame.len - 2), out, 5),
                 ST_CORRUPT);
    zstd_pool_give(&pool, z);
    CHECK_OK(zstd_pool_take(&pool, &z));
    CHECK_OK(zstd_decompress_exact(z, buf_str(&frame), out, 5));
    CHECK_SAME(((Str){out, 5}), STR("hello"));
    zstd_pool_give(&pool, z);
    zstd_pool_deinit(&pool);
    buf_deinit(&frame);
}

enum { THREADS = 4 };

/* What each thread holds; threads start together. */
typedef struct Crowd {
    ZstdPool pool;
    _Atomic(Zstd *) held[THREADS];
    pthread_barrier_t start;
    atomic_bool shared; /* a context was with two threads */
} Crowd;

typedef struct Member {
    Crowd *crowd;
    size_t place;
} Member;

/* Each tells what it holds before it looks at the others, so that of two with the
 * same context at least one sees it. */
static bool held_by_another(Crowd *c, size_t place, Zstd *z)
{
    bool found = false;

    atomic_store(&c->held[place], z);
    for (size_t i = 0; i < THREADS; i++)
        found = found || (i != place && atomic_load(&c->held[i]) == z);
    return found;
}

static void *take_and_give(void *context)
{
    enum { ROUNDS = 1000000 };
    const Member *m = context;
    Crowd *c = m->crowd;
    uintptr_t bad = 0;

    (void)pthread_barrier_wait(&c->start);
    for (size_t i = 0; i < ROUNDS && !bad && !atomic_load(&c->shared); i++) {
        Zstd *z = NULL;

        bad = zstd_pool_take(&c->pool, &z) != ST_OK || held_by_another(c, m->place, z);
        if (bad) /* nobody frees what somebody else may hold */
            atomic_store(&c->shared, true);
        atomic_store(&c->held[m->place], NULL);
        if (!bad)
            zstd_pool_give(&c->pool, z);
    }
    return (void *)bad;
}

static void a_context_is_never_with_two_threads(void **state)
{
    static Crowd crowd; /* stays as it is when the test fails */
    pthread_t threads[THREADS];
    Member members[THREADS];
    uintptr_t bad = 0;

    (void)state;
    assert_int_equal(pthread_barrier_init(&crowd.start, NULL, THREADS), 0);
    for (size_t i = 0; i < THREADS; i++) {
        members[i] = (Member){&crowd, i};
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, &members[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *found = NULL;

        assert_int_equal(pthread_join(threads[i], &found), 0);
        bad += (uintptr_t)found;
    }
    assert_int_equal(bad, 0);
    (void)pthread_barrier_destroy(&crowd.start);
    zstd_pool_deinit(&crowd.pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_given_back_is_taken_again),
        cmocka_unit_test(a_full_pool_frees_what_it_is_given),
        cmocka_unit_test(without_a_pool_each_context_is_new),
        cmocka_unit_test(a_context_is_as_new_after_a_failure),
        cmocka_unit_test(a_context_is_never_with_two_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
