// SPDX-License-Identifier: Apache-2.0
// Runs, failures and latency over time, one colour a version.
import { useMemo } from "preact/hooks";
import type { VersionStats } from "../../api/types";
import type { Series } from "../../charts/series";
import { TimeChart } from "../../charts/timechart";
import { formatCount, formatDuration } from "../../lib/format";

const MAX_VERSIONS = 8;

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
      <TimeChart
        title="Runs"
        label="Runs over time by version"
        times={times}
        series={series.runs}
        format={formatCount}
      />
      <TimeChart
        title="Failed runs"
        label="Failed runs over time by version"
        times={times}
        series={series.errors}
        format={formatCount}
      />
      <TimeChart
        title="Latency, median"
        label="Latency, median over time by version"
        times={times}
        series={series.latency}
        format={formatDuration}
      />
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
