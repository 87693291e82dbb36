/* SPDX-License-Identifier: Apache-2.0 */
/* A span's area: its attributes, events and links, in wire form as they came. */
#ifndef VIREO_CLIENT_SPAN_AREA_H
#define VIREO_CLIENT_SPAN_AREA_H

#include "client/client.h"

enum { SPAN_KEY_MAX = 1024, SPAN_KEY_PREFIX_MAX = 32, SPAN_KEY_BYTES = 1024 + 32 };

/* "<prefix><key>" in `out`; the prefix is at most SPAN_KEY_PREFIX_MAX long, the
 * key is cut at SPAN_KEY_MAX. */
Str span_join_key(const char *prefix, Str key, char out[SPAN_KEY_BYTES]);
/* A string attribute, clipped and marked when it is too long; `key` is clean. */
void span_put_str(vireo_span *s, Str key, const char *value, size_t len);
/* Note that the text of `key` was cut and how long it was. */
void span_mark_cut(vireo_span *s, Str key, size_t len);
/* An attribute that did not fit is counted in the span. */
void span_count_dropped(vireo_span *s, Status st);

/* Take away what a slot holds; what is put next is then filled into it, from
 * the area's length before to its end. */
void span_slot_clear(vireo_span *s, SpanSlot slot);
void span_slot_filled(vireo_span *s, SpanSlot slot, size_t from);

#endif
