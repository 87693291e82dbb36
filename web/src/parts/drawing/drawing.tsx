// SPDX-License-Identifier: Apache-2.0
// A sample with all that is said of it: annotations over its picture, in its text, along its
// time, in its space, and the same in a table beside.  Each side can be hidden.
import { Suspense } from "preact/compat";
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import { type Annotation, annotationsOf, FLAT, SOLID } from "../../lib/annotation";
import { assetKey } from "../../lib/asset";
import type { Json } from "../../lib/json";
import { cloudOf, mediaOf } from "../../lib/media";
import { gridOf, picturesOf } from "../../lib/picture";
import { projectionOf } from "../../lib/space";
import { coveredText } from "../../lib/textruns";
import { AssetImage } from "../image";
import { lazyPart } from "../lazy";
import { GridPicture } from "../sample";
import { type Layer, type Side } from "./layers";
import { MaskLegend } from "./masklegend";
import { Masks, masksOf } from "./masks";
import { Overlay } from "./overlay";
import { AnnotationTable } from "./table";
import { Texts, textsOf } from "./texts";
import { TimeLine } from "./timeline";
import "./drawing.css";

const Scene = lazyPart(() => import("./scene"), "The points");

interface Props {
  project: string;
  value: Json;
  sides: readonly Side[];
}

const isKind = (kinds: readonly string[]) => (l: Layer) =>
  l.annotations.some((a) => kinds.includes(a.form.kind));

/** All that does not change while the reader points and hides. */
function useRead(value: Json, sides: readonly Side[]) {
  return useMemo(() => {
    const own: Side = { name: "sample", color: "--series-8", value };
    // Keys hold a layer's place: those of a side come first, in the order of the sides.
    const all = [...sides, own];
    const layers = all.map(({ name, title, color, value: of }) => ({
      name: title ?? name,
      color,
      annotations: annotationsOf(of),
    }));
    const solid = layers.some(isKind(SOLID));
    const [picture] = picturesOf(value);
    const cloud = cloudOf(value, solid);
    const projection = solid ? projectionOf(value) : null;
    return {
      all,
      layers,
      picture,
      grid: picture || cloud ? null : gridOf(value),
      media: mediaOf(value),
      cloud,
      projection,
      inSpace: cloud !== null || (solid && !(picture && projection)),
      timed: layers.some(isKind(["time"])),
      flat: layers.some(isKind(FLAT)),
    };
  }, [value, sides]);
}

/** What one points at in this sample.  What is hidden, and the opacity, stay from one sample to the next. */
function usePointed(sample: unknown): [string | null, (key: string | null) => void] {
  const [pointed, setPointed] = useState<{ sample: unknown; key: string | null }>({ sample, key: null });
  const point = useCallback((key: string | null) => setPointed({ sample, key }), [sample]);
  return [pointed.sample === sample ? pointed.key : null, point];
}

const NONE: readonly Annotation[] = [];

export default function Drawing({ project, value, sides }: Props) {
  const read = useRead(value, sides);
  const [hidden, setHidden] = useState<readonly number[]>([]);
  const [opacity, setOpacity] = useState(0.55);
  const [on, setOn] = usePointed(read);
  const [only, setOnly] = usePointed(read);
  const seek = useRef<(seconds: number) => void>(() => undefined);
  const layers = useMemo(
    () => read.layers.map((l, i) => (hidden.includes(i) ? { ...l, annotations: NONE } : l)),
    [read, hidden],
  );
  const texts = useMemo(() => textsOf(value, read.all, layers), [value, read, layers]);
  const masks = useMemo(() => masksOf(layers), [layers]);
  const { picture, grid, media, cloud, projection } = read;
  const linked = { on, onPoint: setOn };
  const textOf = (layer: number, annotation: Annotation) => {
    const part = texts.find((t) => t.parts.some((p) => p.layer === layer && p.annotation === annotation));
    const { form } = annotation;
    return part && form.kind === "text" ? coveredText(part.text, form) : null;
  };
  return (
    <div class="drawing">
      <Legend
        layers={read.layers}
        hidden={hidden}
        onToggle={(i) => setHidden(hidden.includes(i) ? hidden.filter((h) => h !== i) : [...hidden, i])}
      />
      {picture && (
        <div class="sample-picture sample-picture-large">
          <AssetImage project={project} picture={picture}>
            {(size) => (
              <>
                <Masks project={project} layers={layers} opacity={opacity} only={only} />
                <Overlay layers={layers} size={size} projection={projection} {...linked} />
              </>
            )}
          </AssetImage>
        </div>
      )}
      {grid && (
        <div class="sample-picture sample-picture-large">
          <GridPicture grid={grid} label={`${grid.width} by ${grid.height} numbers`} />
        </div>
      )}
      {masks.length > 0 && (
        <MaskLegend
          project={project}
          masks={masks}
          layers={layers}
          opacity={opacity}
          onOpacity={setOpacity}
          onOnly={setOnly}
        />
      )}
      <Texts texts={texts} layers={layers} {...linked} />
      {(media !== null || read.timed) && (
        <TimeLine
          key={media?.asset ? assetKey(media.asset) : media?.locator}
          project={project}
          media={media}
          layers={layers}
          seek={seek}
          {...linked}
        />
      )}
      {read.inSpace && (
        <Suspense fallback={null}>
          <Scene project={project} source={cloud} layers={layers} {...linked} />
        </Suspense>
      )}
      <AnnotationTable
        layers={layers}
        textOf={textOf}
        onSeek={media?.asset ? (s) => seek.current(s) : null}
        {...linked}
      />
    </div>
  );
}

interface LegendProps {
  layers: readonly Layer[];
  hidden: readonly number[];
  onToggle: (layer: number) => void;
}

function Legend({ layers, hidden, onToggle }: LegendProps) {
  const shown = layers.flatMap((layer, index) => (layer.annotations.length > 0 ? [{ layer, index }] : []));
  if (shown.length === 0) return null;
  return (
    <div class="drawing-legend" role="group" aria-label="What is drawn">
      {shown.map(({ layer, index }) => (
        <label key={index}>
          <input type="checkbox" checked={!hidden.includes(index)} onChange={() => onToggle(index)} />
          <span class="dot" style={{ background: `var(${layer.color})` }} /> {layer.name}{" "}
          <span class="faint">{layer.annotations.length}</span>
        </label>
      ))}
    </div>
  );
}
