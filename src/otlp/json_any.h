/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text of a value back to OTLP's AnyValue, without recursion. */
#ifndef VIREO_OTLP_JSON_ANY_H
#define VIREO_OTLP_JSON_ANY_H

#include "codec/json_scan.h"
#include "codec/protobuf.h"

/* Put `json` as the AnyValue `number`.  Text that is not JSON becomes a string
 * value: nothing is lost.  ST_LIMIT in `w` when nested past JSON_MAX_DEPTH. */
void json_any_put(PbWriter *w, uint32_t number, Str json);

/* Put the decoded text of a KEY or STR event as the string `number`. */
void json_text_put(PbWriter *w, uint32_t number, const JsonEvent *e);

#endif
