// SPDX-License-Identifier: Apache-2.0
// One drawing a measure: over time as lines or bars, without time as a ranking.
import { Suspense } from "preact/compat";
import { useMemo } from "preact/hooks";
import type { Aggregate } from "../../api/aggregate";
import type { Series, SeriesKind } from "../../charts/series";
import { addsUp, exactMeasure, formatMeasure } from "../../lib/measure";
import { Link } from "../../parts/link";
import { lazyPart } from "../../parts/lazy";
import type { Row } from "./rows";

const SeriesPlot = lazyPart(() => import("../../charts/series"), "The chart");

interface Props {
  answer: Aggregate;
  rows: readonly Row[];
  bars: boolean;
  onPick: (row: Row, bucket: number) => void;
  onZoom: (fromMs: number, toMs: number) => void;
}

const HEIGHTS = [300, 220, 180] as const;

export function Charts(props: Props) {
  const { measures } = props.answer;
  const height = HEIGHTS[Math.min(measures.length, HEIGHTS.length) - 1] ?? 180;
  return (
    <div class={`explore-charts${measures.length > 2 ? " explore-charts-many" : ""}`}>
      {measures.map((measure, i) => (
        <figure key={measure} class="chart">
          <figcaption>
            <span class="mono">{measure}</span>
          </figcaption>
          <div style={{ height: `${height}px` }}>
            <Suspense fallback={null}>
              <MeasureChart {...props} measure={measure} index={i} height={height} />
            </Suspense>
          </div>
        </figure>
      ))}
    </div>
  );
}

interface ChartProps extends Props {
  measure: string;
  index: number;
  height: number;
}

function MeasureChart({ answer, rows, bars, onPick, onZoom, measure, index, height }: ChartProps) {
  const times = useMemo(() => answer.times.map((t) => Number(t / 1_000_000n) / 1000), [answer]);
  const series = useMemo(
    () =>
      rows.map((r): Series => {
        return { name: r.name, color: r.look.color, dashed: r.look.dashed, values: r.series[index] ?? [] };
      }),
    [rows, index],
  );
  const kind: SeriesKind = !bars ? "line" : addsUp(measure) ? "stack" : "cluster";
  return (
    <SeriesPlot
      times={times}
      step={(answer.stepNs ?? 0) / 1e9}
      series={series}
      format={(v) => formatMeasure(measure, v)}
      label={`${measure} over time${answer.by.length ? ` by ${answer.by.join(", ")}` : ""}. Drag to zoom; click for the traces.`}
      kind={kind}
      height={height}
      onPick={(row, bucket) => {
        const picked = rows[row];
        if (picked) onPick(picked, bucket);
      }}
      onZoom={onZoom}
    />
  );
}

interface RankProps {
  answer: Aggregate;
  rows: readonly Row[];
  href: (row: Row) => string | null;
}

/** Without a time axis: a bar a group. */
export function Ranking({ answer, rows, href }: RankProps) {
  return (
    <div class={`explore-charts${answer.measures.length > 1 ? " explore-charts-many" : ""}`}>
      {answer.measures.map((measure, i) => {
        const most = Math.max(0, ...rows.map((r) => r.values[i] ?? 0));
        return (
          <figure key={measure} class="chart">
            <figcaption>
              <span class="mono">{measure}</span>
            </figcaption>
            <ul class="rank">
              {rows.map((r) => {
                const value = r.values[i] ?? null;
                const to = href(r);
                const share = most > 0 ? Math.max(0, value ?? 0) / most : 0;
                const inside = (
                  <>
                    <span class="cut rank-name" title={r.name}>
                      {r.name}
                    </span>
                    <span class="rank-track">
                      <span
                        class="rank-bar"
                        style={{ width: `${share * 100}%`, background: `var(${r.look.color})` }}
                      />
                    </span>
                    <span class="rank-value" title={exactMeasure(measure, value)}>
                      {formatMeasure(measure, value)}
                    </span>
                  </>
                );
                return (
                  <li key={r.name}>
                    {to === null ? (
                      <span class="rank-row">{inside}</span>
                    ) : (
                      <Link class="rank-row rank-link" href={to}>
                        {inside}
                      </Link>
                    )}
                  </li>
                );
              })}
            </ul>
          </figure>
        );
      })}
    </div>
  );
}
