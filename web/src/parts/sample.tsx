// SPDX-License-Identifier: Apache-2.0
// A sample as somebody looks at it: its picture with annotations where it has one,
// else its text.
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type Grid, gridOf, picturesOf, type Shape, shapesOf } from "../lib/annotation";
import { inlineText, isObject, type Json, toNumber } from "../lib/json";
import { formatMetric } from "../lib/metric";
import { BlobImage, DrawnImage } from "./image";

/** A small picture of numbers, each pixel a cell with hard edges. */
function GridPicture({ grid, label }: { grid: Grid; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(grid.width, grid.height);
    for (const [i, value] of grid.values.entries()) {
      const grey = Math.round(255 * (1 - value));
      image.data.set([grey, grey, grey, 255], 4 * i);
    }
    context.putImageData(image, 0, 0);
  }, [grid]);
  return (
    <canvas
      ref={canvas}
      class="grid-picture pixelated"
      width={grid.width}
      height={grid.height}
      role="img"
      aria-label={label}
    />
  );
}

export interface DrawnShapes {
  name: string;
  /** A custom property. */
  color: string;
  shapes: readonly Shape[];
}

/** Annotations over an image, in its pixels. */
export function Overlay({
  layers,
  size,
}: {
  layers: readonly DrawnShapes[];
  size: { width: number; height: number };
}) {
  const stroke = Math.max(size.width, size.height) / 200;
  return (
    <svg
      class="annotations"
      viewBox={`0 0 ${size.width} ${size.height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {layers.map((layer) => (
        <g key={layer.name} stroke={`var(${layer.color})`} fill="none" stroke-width={stroke}>
          {layer.shapes.map((shape, i) => (
            <Drawn key={i} shape={shape} stroke={stroke} />
          ))}
        </g>
      ))}
    </svg>
  );
}

function Drawn({ shape, stroke }: { shape: Shape; stroke: number }) {
  const [a = [0, 0], b = [0, 0]] = shape.points;
  const list = shape.points.map((p) => p.join(",")).join(" ");
  const title = <title>{[shape.label, shape.score?.toFixed(3)].filter(Boolean).join(" ")}</title>;
  if (shape.kind === "box")
    return (
      <rect
        x={Math.min(a[0], b[0])}
        y={Math.min(a[1], b[1])}
        width={Math.abs(b[0] - a[0])}
        height={Math.abs(b[1] - a[1])}
      >
        {title}
      </rect>
    );
  if (shape.kind === "polygon") return <polygon points={list}>{title}</polygon>;
  if (shape.kind === "line") return <polyline points={list}>{title}</polyline>;
  return (
    <>
      {shape.points.map(([x, y], i) => (
        <circle key={i} cx={x} cy={y} r={2 * stroke}>
          {title}
        </circle>
      ))}
    </>
  );
}

export const hasPicture = (value: Json): boolean => picturesOf(value).length > 0 || gridOf(value) !== null;

interface PictureProps {
  project: string;
  value: Json;
  /** Annotations of the ground truth, of inferences ... */
  over?: readonly { name: string; color: string; value: Json }[];
}

const NOTHING: NonNullable<PictureProps["over"]> = [];

/** The first picture of a sample; nothing when it has none. */
export function SamplePicture({ project, value, over = NOTHING }: PictureProps) {
  const [picture] = useMemo(() => picturesOf(value), [value]);
  const grid = useMemo(() => (picture ? null : gridOf(value)), [picture, value]);
  const layers = useMemo(
    () => over.map((o) => ({ name: o.name, color: o.color, shapes: shapesOf(o.value) })),
    [over],
  );
  if (picture) {
    const overlay = (size: { width: number; height: number }) => <Overlay layers={layers} size={size} />;
    return "src" in picture ? (
      <DrawnImage src={picture.src} name={picture.name}>
        {overlay}
      </DrawnImage>
    ) : (
      <BlobImage project={project} sha256={picture.sha256} name={picture.name}>
        {overlay}
      </BlobImage>
    );
  }
  return grid ? <GridPicture grid={grid} label={`${grid.width} by ${grid.height} numbers`} /> : null;
}

/** Wrappings are left out: an object that holds one thing is that thing, one with a label its label. */
function unwrap(value: Json, depth = 0): Json {
  if (!isObject(value) || depth > MAX_WRAPS) return value;
  const shown = Object.entries(value).filter(([key]) => key !== "data_type");
  const [only] = shown;
  if (shown.length === 1 && only) return unwrap(only[1], depth + 1);
  const { label, score } = value;
  if (typeof label !== "string") return Object.fromEntries(shown);
  return score === undefined || score === null ? label : `${label} ${formatMetric(toNumber(score))}`;
}

const MAX_WRAPS = 8;

/** What a value says in one line. */
export const shortText = (value: Json): string => inlineText(unwrap(value));

export function ShortValue({ value }: { value: Json }) {
  if (value === null) return <span class="faint">–</span>;
  const text = shortText(value);
  return (
    <span class="cut short-value" title={text.slice(0, 600)}>
      {text.slice(0, 400)}
    </span>
  );
}
