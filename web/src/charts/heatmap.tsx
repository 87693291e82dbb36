// SPDX-License-Identifier: Apache-2.0
// How numbers lie at each time: a column a time, a row a range of values, the more the fuller.
// What the pointer or the arrow keys are at is said in words; a click or Enter opens it.
import { useMemo, useState } from "preact/hooks";
import { plural } from "../lib/format";
import { formatMetric } from "../lib/metric";
import { formatAbsolute } from "../lib/time";

export interface HeatCell {
  time: number; // its place in `times`
  bin: number;
}

interface Props {
  title: string;
  times: readonly number[]; // ms, the starts of columns
  low: number;
  high: number;
  /** Of each time, by ranges of equal width from low to high. */
  counts: readonly (readonly number[])[];
  onPick: (cell: HeatCell) => void;
}

/** Where a range begins; that of the last plus one is where it ends. */
export const edgeOf = (low: number, high: number, bins: number, bin: number) =>
  bin === bins ? high : low + ((high - low) * bin) / bins;

const MOVES: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

const within = (value: number, end: number) => Math.min(Math.max(value, 0), end - 1);

export default function HeatMap({ title, times, low, high, counts, onPick }: Props) {
  const [at, setAt] = useState<HeatCell | null>(null);
  const bins = counts[0]?.length ?? 0;
  const filled = useMemo(() => filledCells(counts), [counts]);
  const wordsOf = ({ time, bin }: HeatCell) => {
    const [from, to] = [bin, bin + 1].map((b) => formatMetric(edgeOf(low, high, bins, b)));
    const range = from === to ? from : `${from} to ${to}`;
    return `${range}: ${plural(counts[time]?.[bin] ?? 0, "score")}, ${formatAbsolute(times[time] ?? 0)}`;
  };
  const cellAt = (event: MouseEvent): HeatCell => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return {
      time: within(Math.floor(((event.clientX - box.left) / box.width) * times.length), times.length),
      bin: within(Math.floor((1 - (event.clientY - box.top) / box.height) * bins), bins),
    };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = MOVES[event.key];
    if (event.key === "Enter" && at) onPick(at);
    else if (move && at)
      setAt({ time: within(at.time + move[0], times.length), bin: within(at.bin + move[1], bins) });
    else return;
    event.preventDefault();
    event.stopPropagation(); // the page's arrows are for lists
  };
  return (
    <figure class="chart heat">
      <figcaption>
        <span class="cut">{title}</span>
      </figcaption>
      <div class="heat-values faint" aria-hidden="true">
        <span>{formatMetric(high)}</span>
        <span>{high > low && formatMetric(low)}</span>
      </div>
      <div
        class="heat-cells"
        role="button"
        tabIndex={0}
        aria-label={`${title} over time. Arrows move, Enter opens the traces.`}
        onFocus={() => setAt(at ?? { time: times.length - 1, bin: bins - 1 })}
        onBlur={() => setAt(null)}
        onKeyDown={onKeyDown}
        onPointerMove={(e) => setAt(cellAt(e))}
        onPointerLeave={() => setAt(null)}
        onClick={(e) => onPick(cellAt(e))}
      >
        <svg viewBox={`0 0 ${times.length} ${bins}`} preserveAspectRatio="none" aria-hidden="true">
          {filled.map(({ time, bin, share }) => (
            <rect
              key={`${time}/${bin}`}
              x={time}
              y={bins - 1 - bin}
              width={1}
              height={1}
              style={{ fillOpacity: 0.15 + 0.85 * Math.sqrt(share) }}
            />
          ))}
          {at && <rect class="heat-at" x={at.time} y={bins - 1 - at.bin} width={1} height={1} />}
        </svg>
      </div>
      <div class="heat-times faint">
        {at === null && <span>{formatAbsolute(times[0] ?? 0)}</span>}
        <output class="heat-said">{at && wordsOf(at)}</output>
        {at === null && times.length > 1 && <span>{formatAbsolute(times.at(-1) ?? 0)}</span>}
      </div>
    </figure>
  );
}

/** Cells that have something, with their share of the fullest one. */
function filledCells(counts: Props["counts"]): (HeatCell & { share: number })[] {
  const cells = counts.flatMap((column, time) =>
    column.flatMap((count, bin) => (count > 0 ? [{ time, bin, count }] : [])),
  );
  const most = cells.reduce((best, c) => Math.max(best, c.count), 1);
  return cells.map(({ time, bin, count }) => ({ time, bin, share: count / most }));
}
