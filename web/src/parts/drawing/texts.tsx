// SPDX-License-Identifier: Apache-2.0
// Texts with their segments: tinted where one is, with a line beneath for each, in lanes where
// they overlap.
import { useMemo } from "preact/hooks";
import type { Annotation } from "../../lib/annotation";
import type { Json } from "../../lib/json";
import { textField } from "../../lib/media";
import { lanesOf, textRuns } from "../../lib/textruns";
import { keyOf, type Layer, type Linked, type Side, titleOf } from "./layers";

interface TextPart {
  field: string;
  text: string;
  parts: { layer: number; index: number; annotation: Annotation; start: number; end: number }[];
}

/** Each text that segments name, from the sample, else from what holds the segments. */
export function textsOf(sample: Json, sides: readonly Side[], layers: readonly Layer[]): TextPart[] {
  const found = new Map<string, TextPart>();
  layers.forEach((layer, l) =>
    layer.annotations.forEach((annotation, index) => {
      const { form } = annotation;
      if (form.kind !== "text") return;
      const own = textField(sample, form.field);
      const text = own ?? textField(sides[l]?.value ?? null, form.field);
      if (text === null) return;
      // A text of the sample is of all sides; another side may have another text of that name.
      const key = own === null ? `${l}/${form.field}` : `/${form.field}`;
      const part = found.get(key) ?? {
        field: own === null ? `${layer.name}/${form.field}` : form.field,
        text,
        parts: [],
      };
      part.parts.push({ layer: l, index, annotation, start: form.start, end: form.end });
      found.set(key, part);
    }),
  );
  return [...found.values()];
}

interface Props extends Linked {
  texts: readonly TextPart[];
  layers: readonly Layer[];
}

export function Texts({ texts, layers, on, onPoint }: Props) {
  return (
    <>
      {texts.map((part, i) => (
        <section key={i} class="drawn-text" aria-label={part.field || "Text"}>
          {texts.length > 1 && <h4 class="muted">{part.field}</h4>}
          <MarkedText part={part} layers={layers} on={on} onPoint={onPoint} />
        </section>
      ))}
    </>
  );
}

const LANE = 4;
const MAX_LANES = 6;

function MarkedText({
  part,
  layers,
  on = null,
  onPoint,
}: Linked & { part: TextPart; layers: readonly Layer[] }) {
  const lanes = useMemo(() => lanesOf(part.parts), [part]);
  const runs = useMemo(() => textRuns(part.text, part.parts), [part]);
  const depth = Math.min(MAX_LANES, Math.max(0, ...lanes.map((l) => l + 1)));
  return (
    <p class="marked-text" style={{ lineHeight: `${19 + LANE * depth}px` }}>
      {runs.map((run, i) => {
        const over = run.over.flatMap((at) => {
          const p = part.parts[at];
          return p ? [{ ...p, lane: lanes[at] ?? 0, key: keyOf(p.layer, p.index) }] : [];
        });
        const [first] = over;
        if (!first) return run.text;
        const color = (layer: number) => `var(${layers[layer]?.color ?? "--text-3"})`;
        const pointed = over.find((o) => o.key === on);
        const tint = color((pointed ?? first).layer);
        const lines = over.filter((o) => o.lane < MAX_LANES);
        return (
          <mark
            key={i}
            class={pointed ? "marked marked-on" : "marked"}
            title={over
              .map((o) => [layers[o.layer]?.name, titleOf(o.annotation)].filter(Boolean).join(": "))
              .join("\n")}
            style={{
              backgroundColor: `color-mix(in srgb, ${tint} ${pointed ? 42 : 14}%, transparent)`,
              backgroundImage: lines
                .map((o) => `linear-gradient(${color(o.layer)}, ${color(o.layer)})`)
                .join(", "),
              backgroundPosition: lines
                .map((o) => `0 calc(100% - ${LANE * (depth - 1 - o.lane)}px)`)
                .join(", "),
              paddingBottom: `${LANE * depth}px`,
            }}
            onPointerEnter={() => onPoint?.(first.key)}
            onPointerLeave={() => onPoint?.(null)}
          >
            {run.text}
          </mark>
        );
      })}
    </p>
  );
}
