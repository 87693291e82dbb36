// SPDX-License-Identifier: Apache-2.0
// The plots that an evaluator made, read from their JSON: what does not fit is left out.
import { anyNumber } from "../api/evaluations";
import { inlineText, isObject, type Json } from "./json";

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
