/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation fails once while a request is handled: the answer is an
 * error that says "later" (or is right after all), nothing leaks, and the next
 * request works. */
#include "unit/api/api_test.h"

#define PROJECT "/api/v1/projects/default"

static const Call calls[] = {
    GET(PROJECT "/traces?query=status:error%20tag.tier:free&limit=10"),
    GET(PROJECT "/traces/0102030405060708090a0b0c0d0e0f10"),
    GET(PROJECT "/traces/histogram?buckets=5"),
    GET(PROJECT "/traces/facets"),
    GET(PROJECT "/traces?offset=0&limit=10"),
    GET(PROJECT "/traces?offset=0&limit=10&sort=latency"),
    GET(PROJECT "/traces/export?format=jsonl"),
    GET(PROJECT "/traces/export?format=protobuf"),
    GET(PROJECT "/traces/live?query=status:error"),
    GET(PROJECT "/models"),
    GET(PROJECT "/models/net"),
    GET(PROJECT "/models/net/stats"),
    GET(PROJECT "/models/net/versions/1"),
    GET("/api/v1/projects"),
    GET("/api/v1/keys"),
    GET("/metrics"),
    GET("/api/v1/info"),
    POST("/v1/traces", ONE_SPAN, "application/json"),
    POST(PROJECT "/models/m/versions",
         "{\"fingerprint\":\"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd\","
         "\"source\":\"x\"}",
         NULL),
};

/* True when the call survived `k` allocations, that is, none failed. */
static bool survives(World *w, const Call *call, long k)
{
    Answer a;
    int status;

    mem_fail_after(k);
    status = answer(w, call, &a);
    mem_fail_after(-1);
    if (status >= 400 && status != 503 && status != 413 && status != 500)
        fail_msg("%s %s: %d after %ld allocations", call->method, call->target, status, k);
    answer_end(&a);
    return status < 300;
}

static void every_allocation_failure_is_an_answer(void **state)
{
    World w;

    (void)state;
    world_open(&w, false);
    expect(&w, &calls[17], 200, NULL);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        long k = 0;

        for (int fine = 0; fine < 3 && k < 5000; k++)
            fine = survives(&w, &calls[i], k) ? fine + 1 : 0;
        if (k == 5000)
            fail_msg("%s never works", calls[i].target);
    }
    world_close(&w);
}

static bool is_renamed(World *w)
{
    Answer a;
    bool renamed;

    assert_int_equal(answer(w, &(Call)GET(PROJECT "/judges"), &a), 200);
    renamed = strstr(answer_text(&a), "\"name\":\"k\"") != NULL;
    answer_end(&a);
    return renamed;
}

/* What is refused has not happened, but where the answer's own text found no memory. */
static void a_judge_that_cannot_be_told_is_not_changed(void **state)
{
    static const Call judge = POST(
        PROJECT "/judges/j/versions",
        "{\"fingerprint\":\"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd\","
        "\"kind\":\"code\"}",
        "application/json");
    static const Call change = {"PATCH",
                                PROJECT "/judges/j",
                                "{\"name\":\"k\",\"description\":\"changed\"}",
                                "application/json",
                                NULL,
                                NULL};
    World w;
    int late = 0;

    (void)state;
    world_open(&w, false);
    expect(&w, &judge, 201, NULL);
    for (long k = 0; !survives(&w, &change, k); k++)
        late += is_renamed(&w);
    assert_in_range(late, 0, 6); /* the text that grows, and a header */
    expect(&w, &(Call)GET(PROJECT "/judges/k"), 200,
           "\"former_names\":[\"j\"],\"kind\":\"code\",\"description\":\"changed\"");
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_failure_is_an_answer),
        cmocka_unit_test(a_judge_that_cannot_be_told_is_not_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
