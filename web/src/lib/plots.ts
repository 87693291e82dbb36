// SPDX-License-Identifier: Apache-2.0
// The plots that an evaluator made, read from their JSON: what does not fit is left out.
import { anyNumber } from "../api/evaluations";
import { inlineText, isObject, type Json, type JsonObject } from "./json";

export interface Curve {
  label: string;
  x: number[];
  y: number[];
}

export interface Axis {
  label: string;
  log: boolean;
}

export type EvaluatorPlot =
  | { kind: "curve"; title: string; x: Axis; y: Axis; curves: Curve[] }
  | {
      kind: "bars";
      title: string;
      x: Axis;
      y: Axis;
      names: string[];
      series: { label: string; values: (number | null)[] }[];
    }
  | { kind: "confusion"; title: string; x: string; y: string; labels: string[]; matrix: (number | null)[][] };

export type CurvePlot = Extract<EvaluatorPlot, { kind: "curve" }>;

const text = (value: Json | undefined) => (typeof value === "string" ? value : "");
const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const numbers = (value: Json | undefined) => list(value).map(anyNumber);

function axisOf(plot: Record<string, Json>, side: "x" | "y", config = `${side}_config`): Axis {
  const settings = plot[config];
  return { label: text(plot[`${side}_label`]), log: isObject(settings) && settings["type"] === "log" };
}

function curveOf(json: Json): Curve[] {
  if (!isObject(json)) return [];
  const x = numbers(json["x"]);
  const y = numbers(json["y"]);
  const points = x.flatMap((at, i): [number, number][] => {
    const value = y[i] ?? null;
    return at !== null && value !== null && Number.isFinite(at) && Number.isFinite(value)
      ? [[at, value]]
      : [];
  });
  if (points.length === 0) return [];
  return [{ label: text(json["label"]), x: points.map((p) => p[0]), y: points.map((p) => p[1]) }];
}

function histogram(plot: Record<string, Json>, title: string): EvaluatorPlot {
  const edges = numbers(plot["buckets"]).map((v) => v ?? 0);
  const frequency = list(plot["frequency"]);
  const many = frequency.some((f) => Array.isArray(f));
  const labels = list(plot["labels"]).map(text);
  const short = (v: number) => String(Number(v.toPrecision(3)));
  return {
    kind: "bars",
    title,
    x: axisOf(plot, "x"),
    y: axisOf(plot, "y"),
    names: edges.slice(0, -1).map((low, i) => `${short(low)}–${short(edges[i + 1] ?? low)}`),
    series: (many ? frequency : [frequency]).map((f, i) => ({ label: labels[i] ?? "", values: numbers(f) })),
  };
}

export function readPlot(json: Json): EvaluatorPlot | null {
  if (!isObject(json)) return null;
  const title = text(json["title"]);
  switch (text(json["data_type"]).replace(/^PLOT\//, "")) {
    case "CURVE":
      return {
        kind: "curve",
        title,
        x: axisOf(json, "x"),
        y: axisOf(json, "y"),
        curves: list(json["curves"]).flatMap(curveOf),
      };
    case "HISTOGRAM":
      return histogram(json, title);
    case "BAR":
      return {
        kind: "bars",
        title,
        x: axisOf(json, "x"),
        y: axisOf(json, "y", "config"),
        names: list(json["labels"]).map(inlineText),
        series: [{ label: "", values: numbers(json["values"]) }],
      };
    case "CONFUSION_MATRIX":
      return {
        kind: "confusion",
        title,
        x: text(json["x_label"]) || "Predicted",
        y: text(json["y_label"]) || "Actual",
        labels: list(json["labels"]).map(inlineText),
        matrix: list(json["matrix"]).map(numbers),
      };
    default:
      return null;
  }
}

export interface Sweep {
  name: string;
  rows: JsonObject[]; // by threshold
  plots: CurvePlot[];
}

/** Metrics at thresholds, as lists of one name each. Shares and counts have a plot of their own. */
export function sweepsOf(thresholded: readonly Json[]): Sweep[] {
  const byName = new Map<string, JsonObject[]>();
  for (const row of thresholded.filter(isObject)) {
    const { name, ...rest } = row;
    const key = text(name);
    byName.set(key, [...(byName.get(key) ?? []), key === "" ? row : rest]);
  }
  return [...byName].map(([name, all]) => {
    const at = (row: JsonObject) => anyNumber(row["threshold"]) ?? NaN;
    const rows = [...all].sort((a, b) => at(a) - at(b));
    return { name, rows, plots: sweepPlots(name, rows) };
  });
}

function sweepPlots(name: string, rows: readonly JsonObject[]): CurvePlot[] {
  const metrics = [...new Set(rows.flatMap((r) => Object.keys(r)))].filter(
    (m) => m !== "threshold" && rows.some((r) => typeof r[m] !== "string" && anyNumber(r[m]) !== null),
  );
  const column = (key: string): Json[] => rows.map((r) => r[key] ?? null);
  const curves = metrics.flatMap((label) => curveOf({ label, x: column("threshold"), y: column(label) }));
  const isShare = (c: Curve) => c.y.every((v) => v >= 0 && v <= 1);
  const groups = [curves.filter(isShare), curves.filter((c) => !isShare(c))];
  return groups
    .filter((g) => g.length > 0)
    .map((g) => ({
      kind: "curve",
      title: [name, g.map((c) => c.label).join(", ")].filter(Boolean).join(": "),
      x: { label: "threshold", log: false },
      y: { label: "", log: false },
      curves: g,
    }));
}

/** Round numbers between two bounds, about `count` of them. */
export function ticks(low: number, high: number, count = 5): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? rough;
  const found: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
    found.push(Number((i * step).toPrecision(12)));
  return found;
}

/** A place between 0 and 1 on an axis; what a logarithm cannot hold stands at its start. */
export function scaleOf(low: number, high: number, log: boolean): (value: number) => number {
  if (log && high > 0) {
    const bottom = Math.log10(low > 0 ? low : high / 1e6);
    const span = Math.log10(high) - bottom || 1;
    return (v) => (v > 0 ? Math.max(0, (Math.log10(v) - bottom) / span) : 0);
  }
  const span = high - low || 1;
  return (v) => (v - low) / span;
}
