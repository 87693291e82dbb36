/* SPDX-License-Identifier: Apache-2.0 */
/* What a gate asks of a metric.
 *
 *     requirement = metric op expression
 *     metric      = name | '"' text '"'            a name has no space, quote or operator in it
 *     op          = ">=" | ">" | "<=" | "<" | "=="
 *     expression  = [ "-" ] term { ("+" | "-") term }
 *     term        = factor { ("*" | "/") factor }
 *     factor      = number [ "%" ] | "baseline"
 *
 * `baseline` is the same metric of the baseline; 5% is 0.05.  Spaces may stand between all parts;
 * an operator of an expression needs none, but `a-b` is a name.  A text means the same as its
 * printed form. */
#ifndef VIREO_CLI_REQUIREMENT_H
#define VIREO_CLI_REQUIREMENT_H

#include "base/arena.h"
#include "base/buf.h"

enum { REQUIREMENT_MAX_STEPS = 64, REQUIREMENT_MAX_TEXT = 1000 };

typedef enum RequirementOp { NEED_GE, NEED_GT, NEED_LE, NEED_LT, NEED_EQ } RequirementOp;

/* An expression in reverse Polish notation. */
typedef enum StepKind {
    STEP_NUMBER,
    STEP_BASELINE,
    STEP_ADD,
    STEP_SUBTRACT,
    STEP_MULTIPLY,
    STEP_DIVIDE
} StepKind;

typedef struct Step {
    StepKind kind;
    double number;
} Step;

typedef struct Requirement {
    Str text; /* as it was written */
    Str metric;
    RequirementOp op;
    Step steps[REQUIREMENT_MAX_STEPS];
    size_t len;
} Requirement;

/* ST_INVALID with the position and what was expected.  Texts are in `text` or the arena. */
MUST_CHECK Status requirement_parse(Str text, Arena *arena, Requirement *out, Err *err);
/* What the metric is compared with; NaN when the baseline is and it is needed, or 0 / 0. */
double requirement_limit(const Requirement *r, double baseline);
/* False too when either is NaN. */
bool requirement_holds(const Requirement *r, double value, double limit);
/* ">=" */
const char *requirement_op(const Requirement *r);
/* The metric is better when it is larger (>=, >), smaller (<=, <), or neither (0). */
int requirement_direction(const Requirement *r);
/* The metric in quotes where it needs them, the operator, and the steps in reverse Polish notation:
 * for tests, which compare what two texts mean. */
MUST_CHECK Status requirement_print(const Requirement *r, Buf *out);

#endif
