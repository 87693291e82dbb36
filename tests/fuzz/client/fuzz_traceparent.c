/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a traceparent: what is accepted is written back the same, but for
 * the version and what later versions add. */
#include "vireo/vireo.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1000, VERSION_CHARS = 2, TEXT_CHARS = 55 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_MAX + 1];
    char again[56];
    vireo_context c;

    if (size > TEXT_MAX)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (vireo_traceparent_parse(text, &c))
        return 0;
    vireo_traceparent_format(&c, again);
    if (memcmp(again + VERSION_CHARS, text + VERSION_CHARS, TEXT_CHARS - VERSION_CHARS) != 0)
        abort();
    return 0;
}
