/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of the filter language and the columns behind them. */
#ifndef VIREO_QUERY_FIELDS_H
#define VIREO_QUERY_FIELDS_H

#include "base/arena.h"

typedef enum FieldKind {
    FIELD_TEXT,     /* equal, wildcards; case counts */
    FIELD_CONTAINS, /* equal means: contains, any case */
    FIELD_NUMBER,
    FIELD_DURATION, /* ns; values with a unit */
    FIELD_TIME,
    FIELD_ID,    /* hex */
    FIELD_MODEL, /* name or name:vN */
    FIELD_ROOT,  /* true, false */
    FIELD_ATTRIBUTE
} FieldKind;

typedef enum FieldUnit { UNIT_NONE, UNIT_MONEY } FieldUnit;

/* Fields of scores are attributes of the scores' own rows (score_rows.h). */
typedef enum ScoreField {
    SCORE_NONE,
    SCORE_OF_NAME,
    SCORE_PASS_OF_NAME,
    SCORE_OF_JUDGE
} ScoreField;

typedef struct Field {
    FieldKind kind;
    FieldUnit unit; /* of FIELD_NUMBER: how its values may be written */
    Str name;       /* as the canonical text has it */
    Str column;
    /* FIELD_ATTRIBUTE: columns of a string, without the kind's suffix; the
     * second is empty or a fallback (tag.x: vireo.tag.x, then x). */
    Str attribute[2];
    ScoreField score;
} Field;

/* ST_NOTFOUND with the nearest name in `err`; ST_UNSUPPORTED for fields that
 * this version does not have yet. */
MUST_CHECK Status field_find(Str name, Arena *arena, Err *err, Field *out);

/* Names for suggestions: field_name(0), ... until NULL. */
const char *field_name(size_t i);

#endif
