/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest traced program in C.
 *
 *     cc detect.c $(pkg-config --cflags --libs vireo) -o detect && ./detect
 *
 * It works with and without a running server: without one, the span waits in the spool
 * for the next program that finds the server. */
#include <vireo/vireo.h>

int main(void)
{
    vireo_client *c = NULL;
    vireo_options o = {.project = "Concept Project"};

    if (vireo_open(&o, &c))
        return 1;
    vireo_span *s = vireo_span_start(c, NULL, "detect");
    vireo_span_input_json(s, "{\"frame\": 17}", 13);
    vireo_span_finish(s);
    vireo_close(c, 5000); /* milliseconds to drain; the rest stays in the spool */
    return 0;
}
