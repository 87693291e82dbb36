/* SPDX-License-Identifier: Apache-2.0 */
/* query_parse: operator precedence by the shunting-yard method, so that no
 * nesting of the input is nesting of our calls.
 *
 *   text ---terms---> program being written      formula, or that of an open span( child( parent(
 *        ---operators-> stack                     or < and < not; ( and its like are barriers
 *
 * Between two operands without an operator stands an `and`. */
#include "query/score_join.h"
#include "query/term_parse.h"

#include "base/vec.h"
#include "os/clock.h"

#include <assert.h>
#include <string.h>

enum { MAX_STACK = 3 * QUERY_MAX_DEPTH, MAX_OPS = 4 * QUERY_MAX_TERMS, MAX_SCOPES = 8 };

typedef enum ItemKind {
    ITEM_OR,
    ITEM_AND,
    ITEM_NOT,
    ITEM_PAREN, /* barriers from here on */
    ITEM_SPAN,
    ITEM_CHILD,
    ITEM_PARENT
} ItemKind;

typedef struct StackItem {
    ItemKind kind;
    size_t pos;
} StackItem;

typedef VEC_OF(Op) OpList;

typedef struct Parser {
    Cursor cursor;
    VEC_OF(Term) terms;
    VEC_OF(Program) atoms;
    VEC_OF(Program) relations;
    size_t related;                /* of them, those of child( ) and parent( ) */
    OpList scopes[MAX_SCOPES + 1]; /* the formula, then what is in each open span( ), child( ) .. */
    size_t scope;
    VEC_OF(StackItem) stack;
    bool want_operand;
} Parser;

static Status fail(Parser *p, const char *what)
{
    return err_set(p->cursor.err, ST_INVALID, p->cursor.at, "%s", what);
}

static Status emit(Parser *p, OpCode code, size_t index)
{
    return VEC_PUSH(&p->scopes[p->scope], ((Op){code, (uint16_t)index}), MAX_OPS);
}

static Status keep_program(Parser *p, const OpList *ops, Program *out)
{
    Op *copy = arena_calloc(p->cursor.arena, ops->len ? ops->len : 1, sizeof *copy);

    if (!copy)
        return ST_NOMEM;
    if (ops->len)
        memcpy(copy, ops->items, ops->len * sizeof *copy);
    *out = (Program){copy, ops->len};
    return ST_OK;
}

/* A finished atom becomes an operand of the formula. */
static Status add_atom(Parser *p, const OpList *ops)
{
    Program atom = {0};
    Status st = keep_program(p, ops, &atom);

    if (!st)
        st = VEC_PUSH(&p->atoms, atom, QUERY_MAX_ATOMS);
    if (st == ST_LIMIT)
        return err_set(p->cursor.err, ST_LIMIT, p->cursor.at, "at most %d conditions on a trace",
                       QUERY_MAX_ATOMS);
    return st ? st : emit(p, OP_PUSH, p->atoms.len - 1);
}

static Status pop_operator(Parser *p)
{
    static const OpCode codes[] = {[ITEM_OR] = OP_OR, [ITEM_AND] = OP_AND, [ITEM_NOT] = OP_NOT};

    return emit(p, codes[p->stack.items[--p->stack.len].kind], 0);
}

static bool top_binds(const Parser *p, ItemKind at_least)
{
    if (p->stack.len == 0)
        return false;
    return p->stack.items[p->stack.len - 1].kind >= at_least &&
           p->stack.items[p->stack.len - 1].kind < ITEM_PAREN;
}

static Status push_item(Parser *p, ItemKind kind)
{
    /* Behind the ( or the operator, which is consumed already. */
    const StackItem item = {kind, p->cursor.at ? p->cursor.at - 1 : 0};
    const Status st = VEC_PUSH(&p->stack, item, MAX_STACK);

    return st == ST_LIMIT ? err_set(p->cursor.err, ST_LIMIT, p->cursor.at,
                                    "nested deeper than %d levels", QUERY_MAX_DEPTH)
                          : st;
}

static Status push_binary(Parser *p, ItemKind item)
{
    while (top_binds(p, item)) {
        const Status st = pop_operator(p);

        if (st)
            return st;
    }
    p->want_operand = true;
    return push_item(p, item);
}

static Status push_term(Parser *p, const Term *term)
{
    const Status st = VEC_PUSH(&p->terms, *term, QUERY_MAX_TERMS);

    return st == ST_LIMIT
               ? err_set(p->cursor.err, ST_LIMIT, term->pos, "at most %d terms", QUERY_MAX_TERMS)
               : st;
}

/* A term is an operand: of the open group, or as an atom of its own. */
static Status add_term(Parser *p, const Term *term)
{
    Op op;
    OpList alone;
    const Status st = push_term(p, term);

    if (st)
        return st;
    op = (Op){OP_PUSH, (uint16_t)(p->terms.len - 1)};
    alone = (OpList){.items = &op, .len = 1};
    return p->scope ? emit(p, op.code, op.index) : add_atom(p, &alone);
}

static Status add_relation(Parser *p, Program program)
{
    return VEC_PUSH(&p->relations, program, QUERY_MAX_RELATIONS + QUERY_MAX_TERMS);
}

/* What a score must satisfy becomes a relation, and having such a score the term. */
static Status add_score_term(Parser *p, const Term *inner)
{
    const Term term = {.kind = TERM_SCORE,
                       .pos = inner->pos,
                       .relation = p->relations.len,
                       .alone = p->scope == 0};
    Op op = {OP_PUSH, (uint16_t)p->terms.len};
    Program program = {0};
    Status st = keep_program(p, &(OpList){.items = &op, .len = 1}, &program);

    if (!st)
        st = push_term(p, inner);
    if (!st)
        st = add_relation(p, program);
    return st ? st : add_term(p, &term);
}

static Status close_relation(Parser *p, TermKind kind)
{
    OpList *inner = &p->scopes[p->scope--];
    const Term term = {.kind = kind, .pos = p->cursor.at - 1, .relation = p->relations.len};
    Program program = {0};
    Status st = keep_program(p, inner, &program);

    inner->len = 0;
    if (!st)
        st = p->related++ == QUERY_MAX_RELATIONS ? ST_LIMIT : add_relation(p, program);
    if (st == ST_LIMIT)
        return err_set(p->cursor.err, ST_LIMIT, term.pos, "at most %d of child( ) and parent( )",
                       QUERY_MAX_RELATIONS);
    return st ? st : add_term(p, &term);
}

/* A group of one span ends. */
static Status close_scope(Parser *p, ItemKind kind)
{
    const OpList *ops = &p->scopes[p->scope];
    const Program group = {ops->items, ops->len};
    const Status st = score_join(&group, p->terms.items, p->relations.items, p->cursor.arena);

    if (st)
        return st;
    if (kind == ITEM_SPAN)
        return add_atom(p, &p->scopes[p->scope--]);
    return close_relation(p, kind == ITEM_CHILD ? TERM_CHILD : TERM_PARENT);
}

static Status close_group(Parser *p)
{
    ItemKind barrier;

    while (top_binds(p, ITEM_OR)) {
        const Status st = pop_operator(p);

        if (st)
            return st;
    }
    if (p->stack.len == 0)
        return fail(p, "this ) closes nothing");
    p->cursor.at++;
    barrier = p->stack.items[--p->stack.len].kind;
    return barrier == ITEM_PAREN ? ST_OK : close_scope(p, barrier);
}

static Status parse_term(Parser *p)
{
    Term term = {0};
    bool negated = false;
    Status st = term_parse(&p->cursor, &term, &negated);

    if (!st)
        st = term.field.score ? add_score_term(p, &term) : add_term(p, &term);
    if (!st && negated)
        st = emit(p, OP_NOT, 0);
    p->want_operand = false;
    return st;
}

static Status open_scope(Parser *p, ItemKind kind)
{
    if (kind == ITEM_SPAN && p->scope)
        return fail(p, "span( ) cannot stand inside another group of one span");
    if (p->scope == MAX_SCOPES)
        return err_set(p->cursor.err, ST_LIMIT, p->cursor.at,
                       "child( ) and parent( ) nested deeper than %d levels", MAX_SCOPES);
    p->scopes[++p->scope].len = 0;
    return push_item(p, kind);
}

static bool take_minus(Parser *p)
{
    const Str rest = str_slice(p->cursor.text, p->cursor.at, p->cursor.text.len);

    if (rest.len < 2 || rest.ptr[0] != '-' || rest.ptr[1] == ' ')
        return false;
    p->cursor.at++;
    return true;
}

static Status parse_operand(Parser *p)
{
    if (cursor_take(&p->cursor, STR("(")))
        return push_item(p, ITEM_PAREN);
    if (cursor_take(&p->cursor, STR("span(")))
        return open_scope(p, ITEM_SPAN);
    if (cursor_take(&p->cursor, STR("child(")))
        return open_scope(p, ITEM_CHILD);
    if (cursor_take(&p->cursor, STR("parent(")))
        return open_scope(p, ITEM_PARENT);
    if (cursor_take_keyword(&p->cursor, STR("not")) || take_minus(p))
        return push_item(p, ITEM_NOT);
    if (cursor_peek(&p->cursor) == ')')
        return fail(p, "expected a term before )");
    return parse_term(p);
}

static Status parse_operator(Parser *p)
{
    if (cursor_peek(&p->cursor) == ')')
        return close_group(p);
    if (cursor_take_keyword(&p->cursor, STR("or")))
        return push_binary(p, ITEM_OR);
    (void)cursor_take_keyword(&p->cursor, STR("and"));
    return push_binary(p, ITEM_AND);
}

static Status parse_all(Parser *p)
{
    Status st = ST_OK;

    p->want_operand = true;
    for (;;) {
        cursor_skip_space(&p->cursor);
        if (p->cursor.at == p->cursor.text.len)
            break;
        st = p->want_operand ? parse_operand(p) : parse_operator(p);
        if (st)
            return st;
    }
    if (p->want_operand && (p->stack.len || p->scopes[0].len))
        return fail(p, "expected a term at the end");
    while (p->stack.len) {
        if (!top_binds(p, ITEM_OR))
            return err_set(p->cursor.err, ST_INVALID, p->stack.items[p->stack.len - 1].pos,
                           "this ( is not closed: a ) is missing");
        st = pop_operator(p);
        if (st)
            return st;
    }
    return ST_OK;
}

static Status keep_query(Parser *p, Query **out)
{
    Query *q = arena_calloc(p->cursor.arena, 1, sizeof *q);
    Status st;

    if (!q)
        return ST_NOMEM;
    q->terms = arena_calloc(p->cursor.arena, p->terms.len + 1, sizeof *q->terms);
    q->atoms = arena_calloc(p->cursor.arena, p->atoms.len + 1, sizeof *q->atoms);
    q->relations = arena_calloc(p->cursor.arena, p->relations.len + 1, sizeof *q->relations);
    if (!q->terms || !q->atoms || !q->relations)
        return ST_NOMEM;
    if (p->terms.len)
        memcpy(q->terms, p->terms.items, p->terms.len * sizeof *q->terms);
    if (p->atoms.len)
        memcpy(q->atoms, p->atoms.items, p->atoms.len * sizeof *q->atoms);
    if (p->relations.len)
        memcpy(q->relations, p->relations.items, p->relations.len * sizeof *q->relations);
    q->term_count = p->terms.len;
    q->relation_count = p->relations.len;
    q->atom_count = p->atoms.len;
    st = keep_program(p, &p->scopes[0], &q->formula);
    if (!st)
        *out = q;
    return st;
}

static Status check_text(Str text, Err *err)
{
    if (text.len > QUERY_MAX_TEXT)
        return err_set(err, ST_LIMIT, QUERY_MAX_TEXT, "a query has at most %d bytes",
                       QUERY_MAX_TEXT);
    if (!utf8_valid(text))
        return err_set(err, ST_INVALID, 0, "the query is not valid UTF-8");
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < '\t' || text.ptr[i] == 0x7F)
            return err_set(err, ST_INVALID, i, "a control character");
    return ST_OK;
}

Status query_parse(Str text, Arena *arena, Err *err, Query **out)
{
    return query_parse_at(text, clock_now_ns(), arena, err, out);
}

bool query_is_local(const Query *q)
{
    return q->relation_count == 0;
}

bool atom_is_score(const Query *q, size_t atom, size_t *relation)
{
    const Program *p = &q->atoms[atom];
    const Term *t = p->len == 1 ? &q->terms[p->ops[0].index] : NULL;

    if (!t || t->kind != TERM_SCORE || !t->alone)
        return false;
    *relation = t->relation;
    return true;
}

bool query_gave_up(const Query *q, Err *err)
{
    for (size_t i = 0; i < q->term_count; i++) {
        const Term *t = &q->terms[i];
        const int failure = t->work ? atomic_load(&t->work->failure) : REGEX_FINE;

        if (failure == REGEX_FINE || failure == REGEX_NO_MEMORY)
            continue;
        (void)err_set(err, ST_TIMEOUT, t->pos,
                      failure == REGEX_TOO_MANY_STEPS
                          ? "the regular expression /%.*s/ takes too many steps on one of the texts"
                          : "the regular expression /%.*s/ takes too long; narrow the time range",
                      STR_ARG(str_slice(t->values[0].text, 0, 100)));
        return true;
    }
    return false;
}

Status query_parse_at(Str text, int64_t now_ns, Arena *arena, Err *err, Query **out)
{
    Parser p = {.cursor = {.arena = arena, .err = err, .now_ns = now_ns}};
    Status st = check_text(text, err);

    if (!st)
        st = arena_copy(arena, text, &p.cursor.text);
    if (!st)
        st = parse_all(&p);
    if (!st)
        st = keep_query(&p, out);
    VEC_FREE(&p.terms);
    VEC_FREE(&p.atoms);
    VEC_FREE(&p.relations);
    for (size_t i = 0; i <= MAX_SCOPES; i++)
        VEC_FREE(&p.scopes[i]);
    VEC_FREE(&p.stack);
    if (st == ST_NOMEM)
        return err_set(err, ST_NOMEM, 0, "%s", status_text(ST_NOMEM));
    return st;
}

bool program_eval_mask(const Program *formula, uint64_t mask)
{
    bool stack[MAX_STACK + QUERY_MAX_TERMS];
    size_t top = 0;

    for (size_t i = 0; i < formula->len; i++) {
        const Op op = formula->ops[i];

        assert(op.code == OP_PUSH || top >= (op.code == OP_NOT ? 1 : 2));
        if (op.code == OP_PUSH) {
            stack[top++] = (mask >> op.index & 1) != 0;
        } else if (op.code == OP_NOT) {
            stack[top - 1] = !stack[top - 1];
        } else {
            top--;
            stack[top - 1] =
                op.code == OP_AND ? stack[top - 1] && stack[top] : stack[top - 1] || stack[top];
        }
    }
    return top == 0 || stack[0];
}
