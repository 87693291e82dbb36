// SPDX-License-Identifier: Apache-2.0
// Runs, failures and latency over time, one colour a version.
import { Suspense } from "preact/compat";
import { lazyPart } from "../../parts/lazy";
import { useMemo } from "preact/hooks";
import type { VersionStats } from "../../api/types";
import type { Series } from "../../charts/series";
import { formatCount, formatDuration } from "../../lib/format";

const SeriesPlot = lazyPart(() => import("../../charts/series"), "The chart");

const MAX_VERSIONS = 8;
const HEIGHT = 132;

/** Neighbouring versions get different colours, stable by number. */
export const versionColor = (version: number) => `--series-${((version - 1) % 8) + 1}`;

export function ModelCharts({ stats, stale }: { stats: readonly VersionStats[]; stale: boolean }) {
  const newest = useMemo(
    () =>
      [...stats]
        .sort((a, b) => b.version - a.version)
        .slice(0, MAX_VERSIONS)
        .reverse(),
    [stats],
  );
  const times = useMemo(() => (newest[0]?.buckets ?? []).map((b) => Number(b.timeNs) / 1e9), [newest]);
  const series = useMemo(() => makeSeries(newest), [newest]);
  if (times.length === 0) return null;
  return (
    <div class={`model-charts${stale ? " stale" : ""}`}>
      <Chart title="Runs" times={times} series={series.runs} format={formatCount} />
      <Chart title="Failed runs" times={times} series={series.errors} format={formatCount} />
      <Chart title="Latency, median" times={times} series={series.latency} format={formatDuration} />
    </div>
  );
}

function makeSeries(stats: readonly VersionStats[]): Record<"runs" | "errors" | "latency", Series[]> {
  const pick = (value: (b: VersionStats["buckets"][number]) => number | null): Series[] =>
    stats.map((s) => ({
      name: `v${s.version}`,
      color: versionColor(s.version),
      values: s.buckets.map(value),
    }));
  return {
    runs: pick((b) => b.runs),
    errors: pick((b) => b.errors),
    latency: pick((b) => b.latency_p50_ns),
  };
}

interface ChartProps {
  title: string;
  times: readonly number[];
  series: readonly Series[];
  format: (value: number) => string;
}

function Chart({ title, times, series, format }: ChartProps) {
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span>
        <span class="legend">
          {series.map((s) => (
            <span key={s.name} class="legend-item">
              <span class="dot" style={{ background: `var(${s.color})` }} />
              {s.name}
            </span>
          ))}
        </span>
      </figcaption>
      <div style={{ height: `${HEIGHT}px` }}>
        <Suspense fallback={null}>
          <SeriesPlot
            times={times}
            series={series}
            format={format}
            label={`${title} over time by version`}
            height={HEIGHT}
          />
        </Suspense>
      </div>
    </figure>
  );
}
