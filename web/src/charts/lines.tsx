// SPDX-License-Identifier: Apache-2.0
// Several series over time: lines, or bars for counts.  Colours come from the
// names, so that a version looks the same everywhere.
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import Plot, { axis, type Look, timeLabels } from "./plot";

export interface LineSeries {
  name: string;
  color: string; // a custom property
  values: readonly (number | null)[];
}

interface Props {
  times: readonly number[]; // seconds
  series: readonly LineSeries[];
  format: (value: number) => string;
  label: string;
  kind?: "line" | "bar";
  height?: number;
}

export default function Lines({ times, series, format, label, kind = "line", height = 140 }: Props) {
  const data = useMemo<uPlot.AlignedData>(
    () => [times as number[], ...series.map((s) => s.values as (number | null)[])],
    [times, series],
  );
  const options = (look: Look): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { x: { time: true }, y: { range: (_u, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      axis(look, { size: 22, values: timeLabels, space: 80, grid: { show: false } }),
      axis(look, { size: 58, space: 30, values: (_u, ticks) => ticks.map(format) }),
    ],
    series: [{}, ...series.map((s) => seriesOptions(look, s, kind))],
    hooks: { ready: [addTip], setCursor: [(u) => moveTip(u, series, format)] },
  });
  const key = `${kind}/${series.map((s) => s.name).join("/")}`;
  return <Plot options={options} data={data} height={height} label={label} optionsKey={key} />;
}

function seriesOptions(look: Look, series: LineSeries, kind: "line" | "bar"): uPlot.Series {
  const color = look.color(series.color);
  if (kind === "bar") {
    const paths = uPlot.paths.bars?.({ size: [0.8, 30] });
    return { fill: color, width: 0, points: { show: false }, ...(paths ? { paths } : {}) };
  }
  return {
    stroke: color,
    width: 1.5,
    spanGaps: true,
    points: { show: series.values.filter((v) => v !== null).length < 40, size: 4, fill: color },
  };
}

function addTip(u: uPlot): void {
  const element = document.createElement("div");
  element.className = "plot-tip";
  element.hidden = true;
  u.over.append(element);
}

function moveTip(u: uPlot, series: readonly LineSeries[], format: (value: number) => string): void {
  const element = u.over.querySelector<HTMLElement>(".plot-tip");
  if (!element) return;
  const index = u.cursor.idx;
  const left = u.cursor.left ?? -1;
  const parts =
    index === null || index === undefined || left < 0
      ? []
      : series.flatMap((s, i) => {
          const value = u.data[i + 1]?.[index];
          return typeof value === "number" ? [`${s.name} ${format(value)}`] : [];
        });
  element.hidden = parts.length === 0;
  element.textContent = parts.join(" · ");
  const right = left > u.over.clientWidth / 2;
  element.style.left = right ? "" : `${left + 8}px`;
  element.style.right = right ? `${u.over.clientWidth - left + 8}px` : "";
}
