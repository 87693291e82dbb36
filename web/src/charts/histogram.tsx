// SPDX-License-Identifier: Apache-2.0
// Traces over time: all in grey-green, those with errors in red from the
// bottom.  Dragging across it chooses the time window; a click chooses a bucket.
import uPlot from "uplot";
import type { Histogram } from "../api/types";
import { compactCount, formatCount } from "../lib/format";
import { formatAbsolute, nsToMs } from "../lib/time";
import { useMemo } from "preact/hooks";
import Plot, { axis, type Look, timeLabels } from "./plot";

interface Props {
  histogram: Histogram;
  onZoom: (fromMs: number, toMs: number) => void;
}

const HEIGHT = 92;

export default function TraceHistogram({ histogram, onZoom }: Props) {
  const bucket = histogram.bucketNs / 1e9;
  const data = useMemo<uPlot.AlignedData>(() => {
    const items = histogram.items;
    return [
      items.map((i) => Number(i.timeNs) / 1e9 + bucket / 2),
      items.map((i) => i.count),
      items.map((i) => (i.errors > 0 ? i.errors : null)),
    ];
  }, [histogram, bucket]);
  const first = histogram.items[0];
  const last = histogram.items.at(-1);
  const range: [number, number] = [
    first ? Number(first.timeNs) / 1e9 : 0,
    last ? Number(last.timeNs) / 1e9 + bucket : 1,
  ];
  const options = (look: Look) => makeOptions(look, range, bucket, onZoom);
  const label = `${formatCount(histogram.total)} traces over time, ${formatCount(histogram.errors)} with errors. Drag to zoom.`;
  return (
    <Plot
      options={options}
      data={data}
      height={HEIGHT}
      label={label}
      optionsKey={`${range.join("/")}/${bucket}`}
    />
  );
}

function makeOptions(
  look: Look,
  range: [number, number],
  bucket: number,
  onZoom: Props["onZoom"],
): Omit<uPlot.Options, "width" | "height"> {
  const bars = uPlot.paths.bars?.({ size: [0.86, 40], align: 0 });
  const series = (color: string): uPlot.Series => ({
    fill: color,
    width: 0,
    points: { show: false },
    ...(bars ? { paths: bars } : {}),
  });
  return {
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { show: false } },
    scales: {
      x: { time: true, range: () => range },
      y: { range: (_u, _min, max) => [0, Math.max(1, max * 1.08)] },
    },
    axes: [
      axis(look, { size: 22, values: timeLabels, space: 90, grid: { show: false } }),
      axis(look, { size: 46, space: 26, incrs: WHOLE, values: (_u, ticks) => ticks.map(compactCount) }),
    ],
    series: [{}, series(look.color("--bar")), series(look.color("--red-fill"))],
    hooks: {
      setSelect: [(u) => zoom(u, range, bucket, onZoom)],
      setCursor: [tip],
      ready: [clickable(bucket, onZoom)],
    },
  };
}

const WHOLE = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7,
];

function zoom(u: uPlot, range: [number, number], bucket: number, onZoom: Props["onZoom"]): void {
  const { left, width } = u.select;
  if (width < 4) return;
  // Whole buckets: what is marked is what is counted.
  const snap = (x: number, round: (v: number) => number) =>
    range[0] + round((u.posToVal(x, "x") - range[0]) / bucket) * bucket;
  const from = snap(left, Math.floor);
  const to = snap(left + width, Math.ceil);
  u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  onZoom(from * 1000, to * 1000);
}

function clickable(bucket: number, onZoom: Props["onZoom"]): (u: uPlot) => void {
  return (u) => {
    const text = document.createElement("div");
    text.className = "plot-tip";
    text.hidden = true;
    u.over.append(text);
    let downAt = 0;
    u.over.addEventListener("pointerdown", (e) => (downAt = e.clientX));
    u.over.addEventListener("click", (e) => {
      const index = u.cursor.idx;
      const time = index === null || index === undefined ? undefined : u.data[0][index];
      if (time === undefined || Math.abs(e.clientX - downAt) > 3) return;
      onZoom((time - bucket / 2) * 1000, (time + bucket / 2) * 1000);
    });
  };
}

function tip(u: uPlot): void {
  const element = u.over.querySelector<HTMLElement>(".plot-tip");
  if (!element) return;
  const index = u.cursor.idx;
  const left = u.cursor.left ?? -1;
  element.hidden = index === null || index === undefined || left < 0;
  if (element.hidden || index === null || index === undefined) return;
  const count = u.data[1]?.[index] ?? 0;
  const errors = u.data[2]?.[index] ?? 0;
  const step = (u.data[0][1] ?? 0) - (u.data[0][0] ?? 0);
  const ms = nsToMs(BigInt(Math.round(((u.data[0][index] ?? 0) - step / 2) * 1000)) * 1_000_000n);
  element.textContent = `${formatAbsolute(ms)} · ${formatCount(count)} traces${errors ? ` · ${formatCount(errors)} errors` : ""}`;
  const right = left > u.over.clientWidth / 2;
  element.style.left = right ? "" : `${left + 8}px`;
  element.style.right = right ? `${u.over.clientWidth - left + 8}px` : "";
}
