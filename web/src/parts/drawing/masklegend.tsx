// SPDX-License-Identifier: Apache-2.0
// The labels of masks: how much of the picture each side gives to it, and how far an
// inference agrees with what is expected.
import { useMemo } from "preact/hooks";
import { labelCounts, labelOverlap } from "../../lib/mask";
import { formatPercent } from "../../lib/format";
import { formatMetric } from "../../lib/metric";
import type { Layer } from "./layers";
import { labelColors, type LayerMask, useMaskPixels } from "./masks";

interface Props {
  project: string;
  masks: readonly LayerMask[];
  layers: readonly Layer[];
  opacity: number;
  onOpacity: (opacity: number) => void;
  /** The one label that is looked at; null: all. */
  onOnly: (label: string | null) => void;
}

export function MaskLegend({ project, masks, layers, opacity, onOpacity, onOnly }: Props) {
  const labelled = masks.filter((m) => m.mask.labels !== null);
  return (
    <div class="mask-legend">
      <label class="row">
        <span class="muted">Opacity</span>
        <input
          type="range"
          min="0"
          max="100"
          value={Math.round(opacity * 100)}
          onInput={(e) => onOpacity(Number(e.currentTarget.value) / 100)}
        />
      </label>
      {labelled.length > 0 && <Labels project={project} masks={labelled} layers={layers} onOnly={onOnly} />}
    </div>
  );
}

type LabelProps = Pick<Props, "project" | "masks" | "layers" | "onOnly">;

function Labels({ project, masks, layers, onOnly }: LabelProps) {
  const colors = useMemo(() => labelColors(masks), [masks]);
  const [first, second] = masks;
  const a = useMaskPixels(project, first?.mask ?? null);
  const b = useMaskPixels(project, second?.mask ?? null);
  const sides = useMemo(
    () =>
      [
        { of: first, pixels: a },
        { of: second, pixels: b },
      ].flatMap(({ of, pixels }) =>
        of?.mask.labels && pixels
          ? [{ layer: of.layer, total: pixels.values.length, counts: labelCounts(pixels, of.mask.labels) }]
          : [],
      ),
    [first, second, a, b],
  );
  const overlap = useMemo(
    () =>
      a && b && first?.mask.labels && second?.mask.labels
        ? labelOverlap(a, first.mask.labels, b, second.mask.labels)
        : null,
    [a, b, first, second],
  );
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Label</th>
          {sides.map((s) => (
            <th key={s.layer} scope="col" class="right">
              {layers[s.layer]?.name}
            </th>
          ))}
          {overlap && (
            <th scope="col" class="right" title="Intersection over union of the two masks">
              IoU
            </th>
          )}
        </tr>
      </thead>
      <tbody onPointerLeave={() => onOnly(null)}>
        {[...colors].map(([name, color]) => (
          <tr key={name} onPointerEnter={() => onOnly(name)}>
            <td>
              <button
                type="button"
                class="text-button row"
                onFocus={() => onOnly(name)}
                onBlur={() => onOnly(null)}
              >
                <span class="dot" style={{ background: `var(${color})` }} /> {name}
              </button>
            </td>
            {sides.map((s) => (
              <td key={s.layer} class="right">
                {formatPercent(s.counts.get(name) ?? 0, s.total)}
              </td>
            ))}
            {overlap && <td class="right">{shownOverlap(overlap.get(name))}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const shownOverlap = (value: number | null | undefined) => (value == null ? "–" : formatMetric(value));
