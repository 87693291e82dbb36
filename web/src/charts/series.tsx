// SPDX-License-Identifier: Apache-2.0
// Several series over time: lines, bars on top of each other (what adds up), or
// bars side by side.  A drag chooses a time window, a click what is nearest.
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import { formatAbsolute } from "../lib/time";
import Plot, { axis, type Look, timeLabels } from "./plot";

export interface Series {
  name: string;
  color: string; // a custom property
  /** Tells series apart that share a colour. */
  dashed?: boolean;
  values: readonly (number | null)[];
}

export type SeriesKind = "line" | "stack" | "cluster";

interface Props {
  times: readonly number[]; // seconds; the starts of buckets
  /** Width of a bucket in seconds; points stand in the middle of theirs. */
  step?: number;
  series: readonly Series[];
  format: (value: number) => string;
  label: string;
  kind?: SeriesKind;
  height?: number;
  /** A series and a bucket, by their indices. */
  onPick?: (series: number, bucket: number) => void;
  onZoom?: (fromMs: number, toMs: number) => void;
}

const MAX_TIP_ROWS = 12;
const MAX_POINTS = 60;
const SAME_PLACE_PX = 3;
/** uPlot declares this enumeration without exporting its values. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
const IN_DATA = 1 as uPlot.Series.BarsPathBuilderFacetUnit;

type Values = readonly (number | null)[];

/** What is drawn: sums from the bottom for a stack, else the values. */
export function drawnValues(series: readonly Series[], kind: SeriesKind): Values[] {
  if (kind !== "stack") return series.map((s) => s.values);
  const below: number[] = [];
  return series.map((s) => s.values.map((v, i) => (below[i] = (below[i] ?? 0) + (v ?? 0))));
}

/** The series whose mark at a bucket is nearest to a value; null where nothing is. */
export function nearestSeries(
  drawn: readonly Values[],
  kind: SeriesKind,
  bucket: number,
  value: number,
): number | null {
  let best: number | null = null;
  let distance = Infinity;
  for (const [i, values] of drawn.entries()) {
    const at = values[bucket];
    if (at === null || at === undefined) continue;
    if (kind === "stack") {
      const below = i === 0 ? 0 : (drawn[i - 1]?.[bucket] ?? 0);
      if (at > below && value <= at) return i;
      if (at > below) best = i;
    } else if (Math.abs(at - value) < distance) {
      distance = Math.abs(at - value);
      best = i;
    }
  }
  return best;
}

export default function SeriesPlot(props: Props) {
  const { times, step = 0, series, format, label, kind = "line", height = 140 } = props;
  const drawn = useMemo(() => drawnValues(series, kind), [series, kind]);
  const data = useMemo<uPlot.AlignedData>(() => {
    const rows = drawn.map((v) => v as (number | null)[]);
    // The highest sum first: what stands below it is painted over it.
    if (kind === "stack") rows.reverse();
    return [times.map((t) => t + step / 2), ...rows];
  }, [times, step, drawn, kind]);
  const options = (look: Look): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: props.onZoom !== undefined, y: false, setScale: false },
      points: { show: kind === "line", size: 6 },
    },
    scales: {
      x: { time: true, range: (_u, min, max) => timeRange(times, step, min, max) },
      y: { range: (_u, _min, max) => [0, max > 0 ? max * 1.1 : 1] },
    },
    axes: [
      axis(look, { size: 22, values: timeLabels, space: 80, grid: { show: false } }),
      axis(look, { size: 62, space: 30, values: (_u, ticks) => ticks.map(format) }),
    ],
    series: [{}, ...drawnOptions(look, series, kind, step)],
    hooks: {
      ready: [addTip, (u) => listen(u, props, drawn, kind)],
      setCursor: [(u) => moveTip(u, series, times, format)],
      setSelect: [(u) => zoom(u, times, step, props.onZoom)],
    },
  });
  const key = `${kind}/${step}/${series.map((s) => `${s.name}=${s.color}`).join("/")}`;
  return <Plot options={options} data={data} height={height} label={label} optionsKey={key} />;
}

function timeRange(times: readonly number[], step: number, min: number, max: number): [number, number] {
  const first = times[0];
  const last = times.at(-1);
  if (step === 0 || first === undefined || last === undefined) return [min, max];
  return [first, last + step];
}

function drawnOptions(look: Look, series: readonly Series[], kind: SeriesKind, step: number): uPlot.Series[] {
  const options = series.map((s, i) =>
    kind === "line"
      ? lineOptions(look, s)
      : barOptions(look, s, kind === "stack" ? null : i, series.length, step),
  );
  return kind === "stack" ? options.reverse() : options;
}

function lineOptions(look: Look, series: Series): uPlot.Series {
  const color = look.color(series.color);
  const known = series.values.filter((v) => v !== null).length;
  return {
    stroke: color,
    width: 1.5,
    spanGaps: false,
    ...(series.dashed ? { dash: [5, 3] } : {}),
    points: { show: known < MAX_POINTS, size: 4, fill: color },
  };
}

/** `place` is the bar's among those side by side; null: it has the bucket to itself. */
function barOptions(
  look: Look,
  series: Series,
  place: number | null,
  count: number,
  step: number,
): uPlot.Series {
  const width = (0.84 * step) / (place === null ? 1 : count);
  const start = place === null ? 0.08 * step : 0.08 * step + place * width;
  const paths = uPlot.paths.bars?.({
    disp: {
      x0: { unit: IN_DATA, values: (u) => Array.from(u.data[0], (x) => x - step / 2 + start) },
      size: { unit: IN_DATA, values: () => [width] },
    },
  });
  return {
    fill: look.color(series.color),
    width: 0,
    points: { show: false },
    ...(paths ? { paths } : {}),
  };
}

function zoom(u: uPlot, times: readonly number[], step: number, onZoom: Props["onZoom"]): void {
  const { left, width } = u.select;
  const first = times[0];
  if (width < 4 || !onZoom || first === undefined) return;
  // Whole buckets: what is marked is what is counted.
  const snap = (x: number, round: (v: number) => number) =>
    step > 0 ? first + round((u.posToVal(x, "x") - first) / step) * step : u.posToVal(x, "x");
  const from = snap(left, Math.floor);
  const to = snap(left + width, Math.ceil);
  u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  onZoom(from * 1000, to * 1000);
}

function listen(u: uPlot, props: Props, drawn: readonly Values[], kind: SeriesKind): void {
  const { onPick } = props;
  if (!onPick) return;
  u.over.classList.add("plot-pick");
  let downAt = 0;
  u.over.addEventListener("pointerdown", (e) => (downAt = e.clientX));
  u.over.addEventListener("click", (e) => {
    const { idx, top = 0 } = u.cursor;
    if (idx === null || idx === undefined || Math.abs(e.clientX - downAt) > SAME_PLACE_PX) return;
    const series = nearestSeries(drawn, kind, idx, u.posToVal(top, "y"));
    if (series !== null) onPick(series, idx);
  });
}

function addTip(u: uPlot): void {
  const element = document.createElement("div");
  element.className = "plot-tip plot-tip-list";
  element.hidden = true;
  u.over.append(element);
}

function moveTip(
  u: uPlot,
  series: readonly Series[],
  times: readonly number[],
  format: Props["format"],
): void {
  const element = u.over.querySelector<HTMLElement>(".plot-tip");
  if (!element) return;
  const index = u.cursor.idx;
  const left = u.cursor.left ?? -1;
  const time = index === null || index === undefined ? undefined : times[index];
  element.hidden = time === undefined || left < 0;
  if (element.hidden || time === undefined || typeof index !== "number") return;
  const rows = series
    .flatMap((s) => {
      const value = s.values[index];
      return typeof value === "number" ? [{ name: s.name, color: s.color, value }] : [];
    })
    .sort((a, b) => b.value - a.value);
  element.replaceChildren(
    line("plot-tip-head", formatAbsolute(time * 1000)),
    ...rows.slice(0, MAX_TIP_ROWS).map((r) => tipRow(r.name, r.color, format(r.value))),
    ...(rows.length > MAX_TIP_ROWS ? [line("faint", `${rows.length - MAX_TIP_ROWS} more`)] : []),
  );
  const right = left > u.over.clientWidth / 2;
  element.style.left = right ? "" : `${left + 10}px`;
  element.style.right = right ? `${u.over.clientWidth - left + 10}px` : "";
}

function line(className: string, text: string): HTMLElement {
  const element = document.createElement("div");
  element.className = className;
  element.textContent = text;
  return element;
}

function tipRow(name: string, color: string, value: string): HTMLElement {
  const row = line("plot-tip-row", "");
  const dot = line("dot", "");
  dot.style.background = `var(${color})`;
  row.append(dot, line("cut", name), line("plot-tip-value", value));
  return row;
}
