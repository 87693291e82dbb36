/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of attribute dialects: which key feeds which normalised field.
 *
 * Order is priority: of several keys for one field the first in the table wins,
 * whatever the order of a span's attributes.  A change of meaning raises
 * OTLP_ALIASES_VERSION, so that old spans can be normalised again. */
#ifndef VIREO_OTLP_ALIASES_H
#define VIREO_OTLP_ALIASES_H

#include "model/span.h"

typedef enum AliasField {
    ALIAS_TYPE,
    ALIAS_MODEL,
    ALIAS_MODEL_TAG,
    ALIAS_FINGERPRINT,
    ALIAS_SESSION,
    ALIAS_USER,
    ALIAS_INPUT,
    ALIAS_OUTPUT,
    ALIAS_LLM_MODEL,
    ALIAS_LLM_PROVIDER,
    ALIAS_INPUT_TOKENS,
    ALIAS_OUTPUT_TOKENS,
    ALIAS_COST,
    ALIAS_ERROR_TYPE,
    ALIAS_FIELD_COUNT
} AliasField;

typedef enum AliasConvert {
    AS_TEXT,        /* strings as they are, arrays and maps as JSON, numbers as digits */
    AS_TYPE,        /* the dialects' words for kinds of spans to ours */
    AS_JSON_STRING, /* text that is a JSON string itself, as MLflow writes them */
    AS_JSON_TYPE,   /* the same, then AS_TYPE */
    AS_COUNT,       /* a whole number, also as text or double */
    AS_JSON_COUNT,  /* the first of `member`, `member2` of a JSON object */
    AS_AMOUNT,      /* a finite number, also as text */
    AS_JSON_AMOUNT  /* the same of `member`, `member2` of a JSON object */
} AliasConvert;

typedef struct Alias {
    AliasField field;
    AliasConvert convert;
    Str key;
    Str member; /* AS_JSON_COUNT, AS_JSON_AMOUNT */
    Str member2;
} Alias;

extern const Alias alias_table[];
extern const size_t alias_count;

/* Our word for a dialect's kind of span, any case; unknown words are lowered by
 * the caller.  Empty when the word means nothing special. */
bool alias_type(Str word, Str *out);

/* Messages spread over keys with an index, "<prefix>0.content": gathered into
 * one JSON array when no other key gave the field. */
typedef struct AliasPrefix {
    AliasField field;
    Str prefix;
    Str strip; /* taken off the rest of the key, "message." */
} AliasPrefix;

extern const AliasPrefix alias_prefixes[];
extern const size_t alias_prefix_count;

#endif
