// SPDX-License-Identifier: Apache-2.0
// A sample as somebody looks at it: its picture with annotations where it has one,
// else its text.
import { useEffect, useMemo, useRef } from "preact/hooks";
import { annotationsOf } from "../lib/annotation";
import { type Grid, gridOf, picturesOf } from "../lib/picture";
import { inlineText, isObject, type Json, toNumber } from "../lib/json";
import { formatMetric } from "../lib/metric";
import { Masks } from "./drawing/masks";
import { Overlay } from "./drawing/overlay";
import { AssetImage } from "./image";

/** A small picture of numbers, each pixel a cell with hard edges. */
export function GridPicture({ grid, label }: { grid: Grid; label: string }) {
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
    () => over.map((o) => ({ name: o.name, color: o.color, annotations: annotationsOf(o.value) })),
    [over],
  );
  if (picture)
    return (
      <AssetImage project={project} picture={picture}>
        {(size) => (
          <>
            <Masks project={project} layers={layers} />
            <Overlay layers={layers} size={size} />
          </>
        )}
      </AssetImage>
    );
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
