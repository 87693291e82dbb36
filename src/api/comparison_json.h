/* SPDX-License-Identifier: Apache-2.0 */
/* What comparisons, standards and leaderboards write and read alike. */
#ifndef VIREO_API_COMPARISON_JSON_H
#define VIREO_API_COMPARISON_JSON_H

#include "api/evaluation_json.h"
#include "domain/comparison.h"

/* Everything but ids points into the request.  False: the answer is a 400 already. */
bool comparison_read_wish(const Request *q, Response *r, int64_t ids[COMPARISON_MAX],
                          Str *configuration, ComparisonWish *out);
/* `higher`, `lower` and `neither`, each a list of names. */
void directions_read(const Request *q, Directions *out);
/* The lines as members of an open array. */
void comparison_write_lines(JsonWriter *w, const ComparisonWish *wish, const Comparison *c);
/* Everything around the lines, as members of an open object. */
void comparison_write_about(JsonWriter *w, const ComparisonWish *wish, const Comparison *c);
/* A number, null for NaN. */
void write_number(JsonWriter *w, Str key, double v);
/* "higher", "lower" or null. */
void write_direction(JsonWriter *w, Direction d);

#endif
