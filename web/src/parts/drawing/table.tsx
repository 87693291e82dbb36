// SPDX-License-Identifier: Apache-2.0
// What is drawn, in words: a row for each annotation, those of all sides together by where
// they are.  What the reader points at in one is marked in the other.
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type Annotation, type Form, whereText } from "../../lib/annotation";
import { formatMetric } from "../../lib/metric";
import { keyOf, type Layer, type Linked } from "./layers";

interface Props extends Linked {
  layers: readonly Layer[];
  /** The text that a segment is of. */
  textOf: (layer: number, annotation: Annotation) => string | null;
  /** Goes to a time; null: nothing plays. */
  onSeek: ((seconds: number) => void) | null;
}

const KINDS: Record<Form["kind"], string> = {
  box: "box",
  polygon: "polygon",
  line: "line",
  points: "key points",
  text: "text",
  time: "time",
  mask: "mask",
  box3d: "3-D box",
  line3d: "3-D line",
  points3d: "3-D points",
};

/** Those that begin first, or stand farther up and left, first. */
function orderOf({ form }: Annotation): number[] {
  if (form.kind === "text" || form.kind === "time") return [form.start, form.end];
  if (form.kind === "box3d") return [...form.center];
  if (form.kind === "mask") return [0];
  const [first = []] = form.points;
  return [first[1] ?? 0, first[0] ?? 0];
}

const HEAD = 34;

function before(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((v, i) => v !== (b[i] ?? 0));
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

export function AnnotationTable({ layers, textOf, onSeek, on = null, onPoint }: Props) {
  const rows = useMemo(
    () =>
      layers
        .flatMap((layer, l) =>
          layer.annotations.map((annotation, i) => ({
            key: keyOf(l, i),
            l,
            layer,
            annotation,
            order: orderOf(annotation),
          })),
        )
        .sort((a, b) => before(a.order, b.order) || a.l - b.l),
    [layers],
  );
  const body = useRef<HTMLTableSectionElement>(null);
  const own = useRef(false); // the pointer is in the table itself
  useEffect(() => {
    const row = own.current ? null : body.current?.querySelector<HTMLElement>(`[data-key="${on ?? ""}"]`);
    const room = row?.closest<HTMLElement>(".annotation-table");
    // Only the table moves: the drawing stays under the pointer.
    if (row && room)
      room.scrollTop = Math.max(
        row.offsetTop + row.offsetHeight - room.clientHeight,
        Math.min(room.scrollTop, row.offsetTop - HEAD),
      );
  }, [on]);
  if (rows.length === 0) return null;
  const scored = rows.some((r) => r.annotation.score !== null);
  const kinds = new Set(rows.map((r) => r.annotation.form.kind)).size > 1;
  return (
    <div class="annotation-table" tabIndex={0} role="group" aria-label="Annotations">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Side</th>
            {kinds && <th scope="col">What</th>}
            <th scope="col">Label</th>
            {scored && (
              <th scope="col" class="right">
                Score
              </th>
            )}
            <th scope="col">Where</th>
          </tr>
        </thead>
        <tbody
          ref={body}
          onPointerEnter={() => (own.current = true)}
          onPointerLeave={() => {
            own.current = false;
            onPoint?.(null);
          }}
        >
          {rows.map(({ key, l, layer, annotation }) => {
            const { form, label, score, more } = annotation;
            const covered = textOf(l, annotation);
            return (
              <tr
                key={key}
                data-key={key}
                class={key === on ? "row-selected" : ""}
                onPointerEnter={() => onPoint?.(key)}
              >
                <td>
                  <span class="row">
                    <span class="dot dot-small" style={{ background: `var(${layer.color})` }} /> {layer.name}
                  </span>
                </td>
                {kinds && <td class="muted">{KINDS[form.kind]}</td>}
                <td>
                  {/* A button, so that keys point too. */}
                  <button
                    type="button"
                    class="text-button"
                    onFocus={() => onPoint?.(key)}
                    onBlur={() => onPoint?.(null)}
                    onClick={() => form.kind === "time" && onSeek?.(form.start)}
                  >
                    {label || "–"}
                  </button>
                  {more && <span class="faint"> {more}</span>}
                </td>
                {scored && <td class="right">{score === null ? "" : formatMetric(score)}</td>}
                <td class="muted" title={whereText(form)}>
                  {covered === null ? whereText(form) : `“${covered}”`}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
