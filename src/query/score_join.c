/* SPDX-License-Identifier: Apache-2.0 */
/* The group read backwards, so that an operator comes before its operands: each inherits its
 * chain, or begins one. */
#include "query/score_join.h"

/* chain[i]: of ops[i]. */
static Status find_chains(const Program *p, Arena *arena, size_t *chain)
{
    size_t *waiting = arena_alloc(arena, (p->len + 2) * sizeof *waiting);
    size_t next = 1;
    size_t top = 0;

    if (!waiting)
        return ST_NOMEM;
    waiting[top++] = 0;
    for (size_t i = p->len; i-- > 0;) {
        const OpCode code = p->ops[i].code;

        chain[i] = waiting[--top];
        if (code == OP_PUSH)
            continue;
        waiting[top++] = code == OP_AND ? chain[i] : next++;
        if (code != OP_NOT)
            waiting[top++] = code == OP_AND ? chain[i] : next++;
    }
    return ST_OK;
}

/* What is asked of the score; NULL: the operation asks for none. */
static const Term *asked(Op op, const Term *terms, const Program *relations)
{
    const Term *t = &terms[op.index];

    if (op.code != OP_PUSH || t->kind != TERM_SCORE)
        return NULL;
    return &terms[relations[t->relation].ops[0].index];
}

/* NAME of score.NAME and passed.NAME. */
static Str name_of(const Term *t)
{
    Str before;
    Str name = {0};

    (void)str_cut(t->field.name, '.', &before, &name);
    return name;
}

static bool is_of_one_score(const Term *named, const Term *other)
{
    return other->field.score == SCORE_OF_JUDGE || str_eq(name_of(named), name_of(other));
}

/* All of the chain that is asked of the same score as ops[at]. */
static Status join(const Program *group, const size_t *chain, size_t at, const Term *terms,
                   Program *relations, Arena *arena)
{
    const Term *own = asked(group->ops[at], terms, relations);
    Program *relation = &relations[terms[group->ops[at].index].relation];
    Op *ops = arena_alloc(arena, 2 * group->len * sizeof *ops);
    size_t len = 1;

    if (!ops)
        return ST_NOMEM;
    ops[0] = relation->ops[0];
    for (size_t i = 0; i < group->len; i++) {
        const Term *other =
            i != at && chain[i] == chain[at] ? asked(group->ops[i], terms, relations) : NULL;

        if (!other || !is_of_one_score(own, other))
            continue;
        ops[len++] = (Op){OP_PUSH, relations[terms[group->ops[i].index].relation].ops[0].index};
        ops[len++] = (Op){.code = OP_AND};
    }
    *relation = (Program){ops, len};
    return ST_OK;
}

Status score_join(const Program *group, const Term *terms, Program *relations, Arena *arena)
{
    size_t *chain = arena_alloc(arena, (group->len + 1) * sizeof *chain);
    Status st = chain ? find_chains(group, arena, chain) : ST_NOMEM;

    for (size_t i = 0; i < group->len && !st; i++) {
        const Term *t = asked(group->ops[i], terms, relations);

        if (t && t->field.score != SCORE_OF_JUDGE)
            st = join(group, chain, i, terms, relations, arena);
    }
    return st;
}
