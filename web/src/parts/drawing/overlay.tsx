// SPDX-License-Identifier: Apache-2.0
// Boxes, polygons, lines and key points over an image, in its pixels.
import { type Annotation, FLAT, type Point } from "../../lib/annotation";
import { boxCorners, BOX_EDGES, BOX_FRONT, type Projection, projectLine } from "../../lib/space";
import { keyOf, type Layer, type Linked, titleOf } from "./layers";

interface Props extends Linked {
  layers: readonly Layer[];
  size: { width: number; height: number };
  /** Of the camera, for what stands in space. */
  projection?: Projection | null;
}

export function Overlay({ layers, size, projection = null, on = null, onPoint }: Props) {
  const stroke = Math.max(size.width, size.height) / 200;
  return (
    <svg
      class={`annotations${on === null ? "" : " annotations-pointed"}`}
      viewBox={`0 0 ${size.width} ${size.height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {layers.map((layer, l) => (
        <g key={l} stroke={`var(${layer.color})`} fill="none" stroke-width={stroke}>
          {layer.annotations.map((annotation, i) => {
            const drawn = drawnOf(annotation, stroke, projection);
            if (!drawn) return null;
            const key = keyOf(l, i);
            return (
              <g
                key={i}
                class={key === on ? "annotation-on" : ""}
                {...(onPoint
                  ? { onPointerEnter: () => onPoint(key), onPointerLeave: () => onPoint(null) }
                  : {})}
              >
                <title>{titleOf(annotation)}</title>
                {drawn}
              </g>
            );
          })}
        </g>
      ))}
    </svg>
  );
}

const dots = (points: readonly Point[], radius: number) =>
  points.map(([x, y], i) => <circle key={i} cx={x} cy={y} r={radius} />);

function drawnOf({ form }: Annotation, stroke: number, projection: Projection | null) {
  if (form.kind === "box3d") return projection && <Solid lines={boxLines(form, projection)} />;
  if (!FLAT.includes(form.kind) || !("points" in form)) return null;
  const points = form.points as readonly Point[];
  const [a = [0, 0], b = [0, 0]] = points;
  const list = points.map((p) => p.join(",")).join(" ");
  if (form.kind === "box")
    return (
      <rect
        x={Math.min(a[0], b[0])}
        y={Math.min(a[1], b[1])}
        width={Math.abs(b[0] - a[0])}
        height={Math.abs(b[1] - a[1])}
      />
    );
  if (form.kind === "polygon") return <polygon points={list} />;
  if (form.kind === "line") return <polyline points={list} />;
  const bones = form.kind === "points" ? form.bones : [];
  return (
    <>
      <Solid lines={bones.flatMap(([i, j]) => pairOf(points, i, j))} />
      {dots(points, 2 * stroke)}
    </>
  );
}

function pairOf(points: readonly Point[], i: number, j: number): [Point, Point][] {
  const [a, b] = [points[i], points[j]];
  return a && b ? [[a, b]] : [];
}

function boxLines(box: Parameters<typeof boxCorners>[0], projection: Projection): [Point, Point][] {
  const corners = boxCorners(box);
  return [...BOX_EDGES, ...BOX_FRONT].flatMap(([i, j]) => {
    const [a, b] = [corners[i], corners[j]];
    const line = a && b ? projectLine(projection, a, b) : null;
    return line ? [line] : [];
  });
}

function Solid({ lines }: { lines: readonly [Point, Point][] }) {
  return <path d={lines.map(([a, b]) => `M${a.join(" ")}L${b.join(" ")}`).join("")} />;
}
