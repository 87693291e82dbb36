/* SPDX-License-Identifier: Apache-2.0 */
/* The queue's accounting: bytes are counted from put to settle, and never pass
 * the limit. */
#include "base/alloc.h"
#include "client/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { LIMIT = 64 * 1024 };

static Status put(Queue *q, size_t len)
{
    static const char bytes[LIMIT + 1];
    const Str part = {bytes, len};

    return queue_put(q, &part, 1, len);
}

static void bytes_count_until_they_are_settled(void **state)
{
    Queue q;
    Chunk *taken;

    (void)state;
    queue_init(&q, LIMIT);
    assert_null(queue_take(&q, 1000));
    assert_int_equal(put(&q, 100), ST_OK);
    assert_int_equal(put(&q, 50), ST_OK);
    assert_int_equal(q.waiting, 150);
    taken = queue_take(&q, LIMIT);
    assert_int_equal(taken->spans, 2);
    assert_int_equal(taken->last_seq, 2);
    assert_int_equal(q.waiting, 0);
    assert_int_equal(q.bytes, 150);
    queue_settle(&q, taken);
    assert_int_equal(q.bytes, 0);
    queue_clear(&q);
    assert_int_equal(mem_live(), 0);
}

static void the_limit_holds_while_records_are_being_delivered(void **state)
{
    Queue q;
    Chunk *taken;
    size_t put_bytes = 0;

    (void)state;
    queue_init(&q, LIMIT);
    while (put(&q, 1000) == ST_OK)
        put_bytes += 1000;
    assert_int_equal(put_bytes, LIMIT / 1000 * 1000);
    taken = queue_take(&q, LIMIT);
    assert_int_equal(put(&q, 1000), ST_LIMIT);
    assert_int_equal(put(&q, LIMIT - put_bytes), ST_OK);
    queue_settle(&q, taken);
    assert_int_equal(put(&q, 1000), ST_OK);
    assert_int_equal(put(&q, LIMIT + 1), ST_LIMIT);
    queue_clear(&q);
    assert_int_equal(mem_live(), 0);
}

static void a_record_larger_than_a_chunk_gets_its_own(void **state)
{
    Queue q;
    Chunk *taken;

    (void)state;
    queue_init(&q, LIMIT);
    assert_int_equal(put(&q, 10), ST_OK);
    assert_int_equal(put(&q, LIMIT / 2), ST_OK);
    assert_int_equal(put(&q, 10), ST_OK);
    taken = queue_take(&q, 1);
    assert_null(taken->next);
    assert_int_equal(taken->len, 10);
    queue_settle(&q, taken);
    taken = queue_take(&q, 1);
    assert_int_equal(taken->len, LIMIT / 2);
    queue_settle(&q, taken);
    queue_clear(&q);
    assert_int_equal(mem_live(), 0);
}

static void a_steady_load_allocates_nothing(void **state)
{
    Queue q;
    long blocks = 0;

    (void)state;
    queue_init(&q, LIMIT);
    for (int i = 0; i < 1000; i++) {
        for (int n = 0; n < 5; n++)
            assert_int_equal(put(&q, 1500), ST_OK);
        queue_settle(&q, queue_take(&q, LIMIT));
        if (i == 0)
            blocks = mem_live();
        assert_int_equal(mem_live(), blocks);
    }
    queue_clear(&q);
    assert_int_equal(mem_live(), 0);
}

static void extras_keep_their_order_and_close_a_chunk_that_grew_large(void **state)
{
    Queue q;
    Chunk *taken;
    static const char json[3000];
    const Str body = {json, sizeof json};

    (void)state;
    queue_init(&q, LIMIT);
    for (int i = 0; i < 4; i++) {
        const char name = (char)('a' + i);
        Extra *e = queue_extra_new(EXTRA_MODEL, (Str){&name, 1}, &body, 1);

        assert_non_null(e);
        assert_int_equal(queue_put_extra(&q, e), ST_OK);
    }
    taken = queue_take(&q, 1);
    assert_int_equal(taken->extras->name.ptr[0], 'a');
    assert_int_equal(taken->extras->next->name.ptr[0], 'b');
    assert_null(taken->extras->next->next);
    assert_int_equal(taken->spans, 0);
    queue_settle(&q, taken);
    taken = queue_take(&q, LIMIT);
    assert_int_equal(taken->extras->name.ptr[0], 'c');
    queue_settle(&q, taken);
    assert_int_equal(q.bytes, 0);
    queue_clear(&q);
    assert_int_equal(mem_live(), 0);
}

static void what_running_spans_hold_stays_counted_when_the_rest_is_forgotten(void **state)
{
    Queue q;

    (void)state;
    queue_init(&q, LIMIT);
    assert_int_equal(queue_hold(&q, 1000), ST_OK);
    assert_int_equal(queue_hold(&q, LIMIT), ST_LIMIT);
    assert_int_equal(put(&q, 500), ST_OK);
    queue_clear(&q);
    assert_int_equal(q.bytes, 1000);
    assert_int_equal(q.seq, 1);
    queue_release(&q, 1000);
    assert_int_equal(q.bytes, 0);
    assert_int_equal(mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_count_until_they_are_settled),
        cmocka_unit_test(the_limit_holds_while_records_are_being_delivered),
        cmocka_unit_test(a_record_larger_than_a_chunk_gets_its_own),
        cmocka_unit_test(a_steady_load_allocates_nothing),
        cmocka_unit_test(extras_keep_their_order_and_close_a_chunk_that_grew_large),
        cmocka_unit_test(what_running_spans_hold_stays_counted_when_the_rest_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
