/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of models in the API's JSON (docs/api.md). */
#ifndef VIREO_API_VERSION_JSON_H
#define VIREO_API_VERSION_JSON_H

#include "catalog/version.h"
#include "codec/json_write.h"

/* With `details`, also source, dependencies and packages. */
void version_write(JsonWriter *w, const VersionRow *row, bool details);

#endif
