/* SPDX-License-Identifier: Apache-2.0 */
/* Intersection over union of boxes and polygons.
 *
 * Two boxes: closed form.  Boxes that only touch, have no area or whose corners are
 * swapped share nothing.  As soon as a polygon takes part, both are sets of points under
 * the even-odd rule: a bow-tie is its two triangles, what is covered twice is a hole.  A
 * box with swapped corners is then the box it spans.
 *
 * Polygons are swept by horizontal slabs between which no two edges cross; in each, the
 * areas are sums of trapezoids.  There is nothing to repair and nothing that can fail
 * for being degenerate; the error is a few rounding steps.  Cost: O((n + c) a) for n
 * points, c crossings and a edges over the same height. */
#ifndef VIREO_STATS_SHAPE_H
#define VIREO_STATS_SHAPE_H

#include "base/status.h"

#include <stdbool.h>

typedef struct Point {
    double x;
    double y;
} Point;

/* A box: two points, top left and bottom right.  A polygon: its corners, in order; the
 * first one may be repeated at the end or not. */
typedef struct Shape {
    const Point *points;
    size_t count;
    bool box;
} Shape;

/* Most corners of a polygon. */
#define SHAPE_POINTS_MAX 1000000u

/* In [0, 1]; 0 when the union has no area or a coordinate is not finite.  The same for
 * (a, b) and (b, a).  ST_LIMIT for too many corners, or for polygons that cross
 * so often that this would take minutes. */
MUST_CHECK Status shape_iou(const Shape *a, const Shape *b, double *out);
/* Of two boxes. */
double box_iou(const Point *a, const Point *b);

#endif
