/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of many dialects to the normalised fields of a Span.
 *
 * One table (aliases.h) says which key feeds which field and who wins when
 * several are there: Vireo's own, Langfuse, OpenTelemetry GenAI (new, then old
 * names), OpenInference, Traceloop, MLflow, generic.  Raw attributes are not
 * changed, so that a newer table can be run over old spans. */
#ifndef VIREO_OTLP_NORMALISE_H
#define VIREO_OTLP_NORMALISE_H

#include "base/arena.h"
#include "model/span.h"

/* Raised with every change of the table's meaning. */
enum { OTLP_ALIASES_VERSION = 2 };

/* Fill the normalised fields of all spans.  What they point to lives where the
 * attributes do, or in `a`.  model_version is set only from a tag "name:vN".
 * ST_LIMIT when the arena's limit forbids it, ST_NOMEM when memory is out. */
MUST_CHECK Status otlp_normalise(SpanBatch batch, Arena *a);

/* The first PREVIEW_MAX_BYTES of `s` as one line: control characters become
 * spaces, no character is cut.  Returns the length; no NUL. */
size_t span_preview(Str s, char out[PREVIEW_MAX_BYTES]);

#endif
