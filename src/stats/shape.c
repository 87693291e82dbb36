/* SPDX-License-Identifier: Apache-2.0 */
/* The sweep.  Heights of all corners, sorted, cut the plane into slabs:
 *
 *   y3 ------------------------------------
 *        \   A   \      /   B    /            active edges of a slab: those that span it,
 *   y2 ---\-------\----/--------/-----        ordered by x in its middle
 *          \       \  /        /
 *   y1 -----\-------\/--------/-------        a crossing inside of a slab cuts it again
 *
 * Within a slab that nothing crosses, the widths between neighbouring edges at half of
 * its height are the areas over its height.  Walking over the edges, each toggles
 * whether one is inside of its polygon.  Whatever is added to the intersection is added
 * to the union too, in the same order, so the ratio never passes 1.
 *
 * Coordinates are first moved and scaled by the extent of both: nothing overflows. */
#include "stats/shape.h"

#include "base/alloc.h"
#include "stats/counts.h"
#include "stats/order.h"

#include <math.h>
#include <stdint.h>

/* Edge visits: a few seconds. */
#define WORK_MAX UINT64_C(2000000000)

enum { BOX_CORNERS = 4 };

typedef struct Edge {
    double x_low;
    double y_low;
    double y_high;
    double slope; /* dx / dy */
    double at;    /* x where it was last looked at */
    int owner;    /* 0 or 1 */
} Edge;

typedef struct Sweep {
    Edge *edges; /* by y_low, ascending */
    size_t count;
    size_t next;      /* the first that has not begun */
    uint32_t *active; /* places of the edges that span the slab, by x */
    size_t active_count;
    double *heights; /* of the corners */
    size_t height_count;
    double *cuts; /* heights of crossings in the slab */
    size_t cut_count;
    size_t cut_cap;
    double shared; /* areas */
    double either;
    uint64_t work;
} Sweep;

/* Inline, unlike fmin(): box_iou() is all that matching does. */
static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

double box_iou(const Point *a, const Point *b)
{
    const double width = smaller(a[1].x, b[1].x) - larger(a[0].x, b[0].x);
    const double height = smaller(a[1].y, b[1].y) - larger(a[0].y, b[0].y);
    double shared;
    double of_a;
    double of_b;
    double ratio;

    if (!(width > 0 && height > 0))
        return 0;
    shared = width * height;
    of_a = (a[1].x - a[0].x) * (a[1].y - a[0].y);
    of_b = (b[1].x - b[0].x) * (b[1].y - b[0].y);
    ratio = ratio_or_zero(shared, of_a + of_b - shared);
    return ratio > 1 ? 1 : ratio;
}

/* ------------------------------------------------------------------ setting up */

/* The corners of either kind. */
static size_t corners_of(const Shape *s, Point box[BOX_CORNERS], const Point **corners)
{
    if (!s->box) {
        *corners = s->points;
        return s->count;
    }
    box[0] = s->points[0];
    box[1] = (Point){s->points[1].x, s->points[0].y};
    box[2] = s->points[1];
    box[3] = (Point){s->points[0].x, s->points[1].y};
    *corners = box;
    return BOX_CORNERS;
}

typedef struct Extent {
    Point low;
    Point high;
} Extent;

static Extent extent_of(const Point *points, size_t n)
{
    Extent e = {{INFINITY, INFINITY}, {-INFINITY, -INFINITY}};

    for (size_t i = 0; i < n; i++) {
        const Point p = points[i];

        if (!isfinite(p.x) || !isfinite(p.y))
            return (Extent){{INFINITY, INFINITY}, {-INFINITY, -INFINITY}};
        e.low = (Point){smaller(e.low.x, p.x), smaller(e.low.y, p.y)};
        e.high = (Point){larger(e.high.x, p.x), larger(e.high.y, p.y)};
    }
    return e;
}

/* Both together; false when they are apart, or one is not finite or flat. */
static bool join_extents(const Extent *a, const Extent *b, Extent *both)
{
    *both = (Extent){
        {smaller(a->low.x, b->low.x), smaller(a->low.y, b->low.y)},
        {larger(a->high.x, b->high.x), larger(a->high.y, b->high.y)},
    };
    return smaller(a->high.x, b->high.x) > larger(a->low.x, b->low.x) &&
           smaller(a->high.y, b->high.y) > larger(a->low.y, b->low.y) &&
           isfinite(both->high.x - both->low.x) && isfinite(both->high.y - both->low.y);
}

static Point scaled(Point p, const Extent *e)
{
    return (Point){(p.x - e->low.x) / (e->high.x - e->low.x),
                   (p.y - e->low.y) / (e->high.y - e->low.y)};
}

/* Edges of a polygon but the level ones, which bound no width. */
static void add_edges(Sweep *s, const Point *points, size_t n, const Extent *extent, int owner)
{
    for (size_t i = 0; i < n; i++) {
        const Point a = scaled(points[i], extent);
        const Point b = scaled(points[i + 1 < n ? i + 1 : 0], extent);
        const Point low = a.y < b.y ? a : b;
        const Point high = a.y < b.y ? b : a;

        s->heights[s->height_count++] = a.y;
        if (low.y < high.y)
            s->edges[s->count++] = (Edge){
                .x_low = low.x,
                .y_low = low.y,
                .y_high = high.y,
                .slope = (high.x - low.x) / (high.y - low.y),
                .owner = owner,
            };
    }
}

static Status sort_edges(Sweep *s)
{
    Edge *sorted = mem_array(s->count, sizeof *sorted);
    double *lows = mem_array(s->count, sizeof *lows);
    Status st = ST_NOMEM;

    if (!sorted || !lows)
        goto done;
    for (size_t i = 0; i < s->count; i++)
        lows[i] = s->edges[i].y_low;
    st = order_ascending(lows, s->count, s->active);
    if (st)
        goto done;
    for (size_t i = 0; i < s->count; i++)
        sorted[i] = s->edges[s->active[i]];
    mem_free(s->edges);
    s->edges = sorted;
    sorted = NULL;
    st = order_sort(s->heights, s->height_count);
done:
    mem_free(lows);
    mem_free(sorted);
    return st;
}

/* ------------------------------------------------------------------ slabs */

static double x_at(const Edge *e, double y)
{
    return e->x_low + (y - e->y_low) * e->slope;
}

/* Where two edges meet that are on either side of each other at `low` and at `high`. */
static double crossing(const Edge *a, const Edge *b, double low, double high)
{
    const double apart_low = x_at(b, low) - x_at(a, low);
    const double apart_high = x_at(b, high) - x_at(a, high);
    const double y = low + (high - low) * (apart_low / (apart_low - apart_high));

    return y > low && y < high ? y : low;
}

static Status add_cut(Sweep *s, double y)
{
    if (s->cut_count == s->cut_cap) {
        const size_t cap = s->cut_cap ? s->cut_cap * 2 : 64;
        double *cuts = mem_realloc(s->cuts, cap * sizeof *cuts);

        if (!cuts)
            return ST_NOMEM;
        s->cuts = cuts;
        s->cut_cap = cap;
    }
    s->cuts[s->cut_count++] = y;
    return ST_OK;
}

/* Insertion sort by x at `y`; the order changes little from one height to the next.  With
 * `low`, each pair that changes places has crossed since then: its height is a cut. */
static Status order_active(Sweep *s, double y, const double *low)
{
    for (size_t i = 0; i < s->active_count; i++)
        s->edges[s->active[i]].at = x_at(&s->edges[s->active[i]], y);
    for (size_t i = 1; i < s->active_count; i++) {
        const uint32_t place = s->active[i];
        const Edge *edge = &s->edges[place];
        size_t k = i;

        for (; k > 0 && s->edges[s->active[k - 1]].at > edge->at; k--) {
            const Edge *other = &s->edges[s->active[k - 1]];

            s->active[k] = s->active[k - 1];
            if (low) {
                const Status st = add_cut(s, crossing(other, edge, *low, y));

                if (st)
                    return st;
            }
        }
        s->active[k] = place;
        s->work += 1 + i - k;
    }
    return s->work > WORK_MAX ? ST_LIMIT : ST_OK;
}

/* The areas of a slab that nothing crosses, whose middle the edges are ordered at. */
static void add_areas(Sweep *s, double height)
{
    bool inside[2] = {false, false};

    for (size_t i = 0; i + 1 < s->active_count; i++) {
        const Edge *edge = &s->edges[s->active[i]];
        const double area = (s->edges[s->active[i + 1]].at - edge->at) * height;

        inside[edge->owner] = !inside[edge->owner];
        if (inside[0] || inside[1])
            s->either += area;
        if (inside[0] && inside[1])
            s->shared += area;
    }
    s->work += s->active_count;
}

static void begin_and_end_edges(Sweep *s, double low)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->active_count; i++)
        if (s->edges[s->active[i]].y_high > low)
            s->active[kept++] = s->active[i];
    for (; s->next < s->count && s->edges[s->next].y_low <= low; s->next++)
        s->active[kept++] = (uint32_t)s->next;
    s->active_count = kept;
}

/* Order at the bottom, find the crossings on the way to the top, then take the parts
 * between them from the bottom up. */
static Status sweep_slab(Sweep *s, double low, double high)
{
    Status st;

    begin_and_end_edges(s, low);
    s->cut_count = 0;
    st = order_active(s, low, NULL);
    if (!st)
        st = order_active(s, high, &low);
    if (!st)
        st = order_sort(s->cuts, s->cut_count);
    for (size_t i = 0; !st && i <= s->cut_count; i++) {
        const double end = i < s->cut_count ? s->cuts[i] : high;

        if (end > low) {
            st = order_active(s, low + (end - low) / 2, NULL);
            add_areas(s, end - low);
            low = end;
        }
    }
    return st;
}

static Status sweep(Sweep *s)
{
    Status st = sort_edges(s);

    for (size_t i = 0; !st && i + 1 < s->height_count; i++)
        if (s->heights[i] < s->heights[i + 1])
            st = sweep_slab(s, s->heights[i], s->heights[i + 1]);
    return st;
}

static Status sweep_iou(const Point *a, size_t of_a, const Point *b, size_t of_b,
                        const Extent *extent, double *out)
{
    Sweep s = {
        .edges = mem_array(of_a + of_b, sizeof *s.edges),
        .active = mem_array(of_a + of_b, sizeof *s.active),
        .heights = mem_array(of_a + of_b, sizeof *s.heights),
    };
    Status st = ST_NOMEM;

    if (!s.edges || !s.active || !s.heights)
        goto done;
    add_edges(&s, a, of_a, extent, 0);
    add_edges(&s, b, of_b, extent, 1);
    st = sweep(&s);
    if (!st)
        *out = ratio_or_zero(s.shared, s.either);
done:
    mem_free(s.cuts);
    mem_free(s.heights);
    mem_free(s.active);
    mem_free(s.edges);
    return st;
}

Status shape_iou(const Shape *a, const Shape *b, double *out)
{
    Point boxes[2][BOX_CORNERS];
    const Point *corners_a;
    const Point *corners_b;
    size_t of_a;
    size_t of_b;
    Extent extent_a;
    Extent extent_b;
    Extent both;

    if (a->box && b->box) {
        *out = box_iou(a->points, b->points);
        return ST_OK;
    }
    if (a->count > SHAPE_POINTS_MAX || b->count > SHAPE_POINTS_MAX)
        return ST_LIMIT;
    of_a = corners_of(a, boxes[0], &corners_a);
    of_b = corners_of(b, boxes[1], &corners_b);
    extent_a = extent_of(corners_a, of_a);
    extent_b = extent_of(corners_b, of_b);
    if (!join_extents(&extent_a, &extent_b, &both)) {
        *out = 0;
        return ST_OK;
    }
    return sweep_iou(corners_a, of_a, corners_b, of_b, &both, out);
}
