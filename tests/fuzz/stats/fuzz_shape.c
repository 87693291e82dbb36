/* SPDX-License-Identifier: Apache-2.0 */
/* IoU of two polygons, or of a box and a polygon: in [0, 1], the same both ways, 1 or 0
 * with itself.  The first byte tells the kinds and the coordinates: small grids give
 * shared corners and edges, whole doubles everything else. */
#include "stats/shape.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { MOST = 40 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t read_points(const uint8_t *data, size_t size, int grid, Point *points)
{
    const size_t step = grid ? 1 : sizeof(double);
    size_t n = 0;

    for (size_t at = 0; n < MOST && at + 2 * step <= size; at += 2 * step, n++) {
        double xy[2] = {data[at] % 8, data[at + step] % 8};

        if (!grid)
            memcpy(xy, data + at, sizeof xy);
        points[n] = (Point){xy[0], xy[1]};
    }
    return n;
}

static double iou_of(const Shape *a, const Shape *b)
{
    double iou = -1;

    if (shape_iou(a, b, &iou) || !(iou >= 0 && iou <= 1))
        __builtin_trap();
    return iou;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Point points[MOST];
    Shape a = {.points = points};
    Shape b;
    size_t n;

    if (size < 1)
        return 0;
    n = read_points(data + 1, size - 1, data[0] & 1, points);
    a.box = (data[0] & 2) && n >= 2;
    a.count = a.box ? 2 : n / 2;
    b = (Shape){points + a.count, n - a.count, false};
    if (fabs(iou_of(&a, &b) - iou_of(&b, &a)) > 1e-9)
        __builtin_trap();
    if (!a.box) {
        const double self = iou_of(&a, &a);

        if (self > 0 && self < 1 - 1e-9)
            __builtin_trap();
    }
    return 0;
}
