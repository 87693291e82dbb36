/* SPDX-License-Identifier: Apache-2.0 */
/* A parsed query as flat lists; nothing here recurses.
 *
 *   terms      what one span can satisfy:   status:error   latency>2s   "refund"
 *   relations  programs over terms:         a child, the parent, or a score, for which it is true:
 *                                           a term again
 *   atoms      programs over terms:         exists a span for which the program is true
 *   formula    a program over atoms:        true for the traces that match
 *
 * A program is in postfix order: `a and not b` is PUSH a, PUSH b, NOT, AND.  A
 * plain term is an atom of its own; span(...) is one atom of several terms.
 *
 * `score.x<0.5` is a relation whose terms look at the rows of scores: its own first, then those
 * that are asked of the same score (score_join.h). */
#ifndef VIREO_QUERY_AST_H
#define VIREO_QUERY_AST_H

#include "query/fields.h"
#include "query/query.h"
#include "query/regex.h"
#include "query/text_match.h"

/* As many as there are bits in a trace's mask. */
enum { QUERY_MAX_ATOMS = 64, QUERY_MAX_RELATIONS = 16 };

typedef enum OpCode { OP_PUSH, OP_NOT, OP_AND, OP_OR } OpCode;

typedef struct Op {
    OpCode code;
    uint16_t index; /* OP_PUSH: which atom or term */
} Op;

typedef struct Program {
    Op *ops; /* empty: true */
    size_t len;
} Program;

typedef enum TermKind {
    TERM_EQUAL,  /* any of `values` */
    TERM_RANGE,  /* low .. high, numbers, durations, times */
    TERM_EXISTS, /* the field is there */
    TERM_TEXT,   /* free text: values[0] somewhere in the span */
    TERM_CHILD,  /* relation `relation`: a child of the span satisfies it */
    TERM_PARENT, /* the parent of the span does */
    TERM_SCORE,  /* a score that judges the span does; or, of a root, the trace */
    TERM_REGEX   /* the pattern values[0] somewhere in the field, or in the span's texts */
} TermKind;

/* One value as written, read in every way that it can be read. */
typedef struct TermValue {
    Str text;
    size_t pos;    /* in the query's text */
    bool quoted;   /* then `*` is a star */
    bool wildcard; /* has an unquoted `*` */
    bool is_number;
    double number;
    bool is_int;
    int64_t integer;
    Needle needle; /* of texts that are searched */
} TermValue;

typedef struct Bound {
    bool set; /* false: open end */
    bool inclusive;
    TermValue value;
} Bound;

typedef struct Term {
    TermKind kind;
    Field field; /* not for free text */
    TermValue *values;
    size_t value_count;
    Bound low;
    Bound high;
    size_t pos;           /* in the query's text, for messages */
    unsigned regex_flags; /* RegexFlag */
    RegexWork *work;      /* TERM_REGEX: what it cost so far */
    size_t relation;      /* TERM_CHILD, TERM_PARENT, TERM_SCORE */
    bool alone;           /* TERM_SCORE: an atom of its own, not in a group of one span */
    Regex *regex;         /* TERM_REGEX: while a block is looked at, in a copy of the term */
} Term;

struct Query {
    Term *terms;
    size_t term_count;
    Program *relations; /* inner ones before those that hold them */
    size_t relation_count;
    Program *atoms;
    size_t atom_count;
    Program formula;
};

static inline bool term_is_relation(const Term *t)
{
    return t->kind == TERM_CHILD || t->kind == TERM_PARENT || t->kind == TERM_SCORE;
}

/* Does the term look at the span's texts instead of one field? */
static inline bool term_is_free(const Term *t)
{
    return t->kind == TERM_TEXT || (t->kind == TERM_REGEX && t->field.name.len == 0);
}

/* Is the atom one score field alone?  *relation is then the program of its score. */
bool atom_is_score(const Query *q, size_t atom, size_t *relation);

/* The formula for one trace; bit i of `mask`: atom i holds. */
bool program_eval_mask(const Program *formula, uint64_t mask);

#endif
