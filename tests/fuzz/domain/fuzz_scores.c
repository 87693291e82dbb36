/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies with scores: what is taken can be told from what is refused, and why. */
#include "domain/score_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_score(const ScoreIn *s)
{
    static const uint8_t none[TRACE_ID_BYTES];

    check(s->name.len != 0);
    check(memcmp(s->trace_id, none, TRACE_ID_BYTES) != 0);
    check(memcmp(s->id, none, SPAN_ID_BYTES) != 0);
    check(!s->has_cost || (isfinite(s->cost) && s->cost >= 0));
    check(s->value.kind != VALUE_STR || s->value.as.s.len <= SCORE_MAX_LABEL);
    check(s->reason.len <= SCORE_MAX_TEXT && s->error.len <= SCORE_MAX_TEXT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ScoresResult result;
    ScoreIn *items = NULL;
    FieldErr err = {0};
    size_t len = 0;
    Arena arena;
    Status st;

    arena_init(&arena, 64 << 20);
    st = scores_read((Str){(const char *)data, size}, 7, &arena, &items, &len, &result, &err);
    if (st)
        check(st == ST_NOMEM || err.err.msg[0]);
    for (size_t i = 0; !st && i < len; i++)
        check_score(&items[i]);
    for (size_t i = 0; !st && i < result.rejected_count; i++)
        check(result.rejected[i].detail[0] != '\0');
    arena_deinit(&arena);
    return 0;
}
