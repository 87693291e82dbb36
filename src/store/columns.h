/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of the table `spans`: the fixed ones, and the names of the others.
 *
 * Attributes get a column each, named by key and kind:
 *
 *   attr.<key>          a string          resource.<key>   the same for resources
 *   attr.<key>#int      #double #bool #json #bytes
 *   attr.<key>#str      a string whose key itself ends in one of these suffixes
 *
 * so that a key with values of several kinds has several columns and nothing is
 * converted.  Past MAX_ATTRIBUTE_COLUMNS a segment, the rarest keys go into
 * `attributes_rest` (JSON: {"<column name>": value}). */
#ifndef VIREO_STORE_COLUMNS_H
#define VIREO_STORE_COLUMNS_H

#include "column/vector.h"

enum { MAX_ATTRIBUTE_COLUMNS = 1000 };

/* name, type, fixed length, required, bloom, large */
#define SPAN_COLUMNS(X)                                            \
    X(trace_start, TIME, 0, true, false, false)                    \
    X(trace_id, FIXED, 16, true, true, false)                      \
    X(span_id, FIXED, 8, true, true, false)                        \
    X(parent_id, FIXED, 8, false, false, false)                    \
    X(name, STR, 0, true, false, false)                            \
    X(type, STR, 0, true, false, false)                            \
    X(model, STR, 0, false, false, false)                          \
    X(model_version, INT, 0, false, false, false)                  \
    X(fingerprint, STR, 0, false, false, false)                    \
    X(otel_kind, INT, 0, true, false, false)                       \
    X(start, TIME, 0, true, false, false)                          \
    X(duration, INT, 0, true, false, false) /* ns */               \
    X(status, STR, 0, true, false, false)   /* ok, error, unset */ \
    X(status_message, STR, 0, false, false, false)                 \
    X(error_type, STR, 0, false, false, false)                     \
    X(error_message, STR, 0, false, false, false)                  \
    X(service, STR, 0, false, false, false)                        \
    X(session, STR, 0, false, false, false)                        \
    X(user, STR, 0, false, false, false)                           \
    X(llm_model, STR, 0, false, false, false)                      \
    X(llm_provider, STR, 0, false, false, false)                   \
    X(input_tokens, INT, 0, false, false, false)                   \
    X(output_tokens, INT, 0, false, false, false)                  \
    X(cost, DOUBLE, 0, false, false, false) /* US dollars */       \
    X(input_preview, STR, 0, false, false, false)                  \
    X(output_preview, STR, 0, false, false, false)                 \
    X(input, STR, 0, false, false, true)                           \
    X(output, STR, 0, false, false, true)                          \
    X(input_key, STR, 0, false, false, false)                      \
    X(output_key, STR, 0, false, false, false)                     \
    X(events, JSON, 0, false, false, true)                         \
    X(links, JSON, 0, false, false, false)                         \
    X(trace_state, STR, 0, false, false, false)                    \
    X(flags, INT, 0, true, false, false)                           \
    X(dropped_attributes, INT, 0, true, false, false)              \
    X(dropped_events, INT, 0, true, false, false)                  \
    X(dropped_links, INT, 0, true, false, false)                   \
    X(scope_name, STR, 0, false, false, false)                     \
    X(scope_version, STR, 0, false, false, false)                  \
    X(scope_attributes, JSON, 0, false, false, false)              \
    X(attributes_rest, JSON, 0, false, false, false)               \
    X(received, TIME, 0, true, false, false)                       \
    X(seq, INT, 0, true, false, false)

#endif
