// SPDX-License-Identifier: Apache-2.0
// Measures of aggregates: their unit, and how a value reads.
import { exactDuration, formatCount, formatDuration, groupThousands, significant } from "./format";

export type Unit = "count" | "rate" | "share" | "duration" | "money" | "number";

const NARROW = "\u202f";

export const MEASURES: readonly (readonly [measure: string, what: string])[] = [
  ["count", "how many"],
  ["rate", "how many a second"],
  ["errors", "how many failed"],
  ["error_rate", "share that failed"],
  ["p50(latency)", "median latency"],
  ["p90(latency)", "90th percentile"],
  ["p95(latency)", "95th percentile"],
  ["p99(latency)", "99th percentile"],
  ["mean(latency)", "mean latency"],
  ["max(latency)", "longest"],
  ["sum(tokens.input)", "tokens in"],
  ["sum(tokens.output)", "tokens out"],
  ["sum(cost)", "money"],
  ["distinct(user)", "users"],
  ["distinct(session)", "sessions"],
];

/** The functions that take a field, for suggestions. */
export const FUNCTIONS = ["sum", "mean", "min", "max", "p50", "p90", "p95", "p99", "distinct"] as const;

const CALL = /^(\w+)\((?:[\d.]+\s*,\s*)?(.+)\)$/;

function unitOfField(field: string): Unit {
  if (field === "latency" || field === "duration") return "duration";
  if (field === "cost" || field.endsWith(".cost")) return "money";
  if (field.startsWith("tokens.")) return "count";
  return "number";
}

export function unitOf(measure: string): Unit {
  if (measure === "count" || measure === "errors") return "count";
  if (measure === "rate") return "rate";
  if (measure === "error_rate") return "share";
  const [, name = "", field = ""] = CALL.exec(measure) ?? [];
  return name === "distinct" ? "count" : unitOfField(field);
}

/** Groups of these make a whole: bars may stand on each other. */
export function addsUp(measure: string): boolean {
  return ["count", "errors", "rate"].includes(measure) || measure.startsWith("sum(");
}

/** Is a percentile or a count of distinct values, which sketches tell within a bound. */
export function isSketched(measure: string): boolean {
  return /^(p[\d(]|distinct\()/.test(measure);
}

function formatMoney(value: number): string {
  const size = Math.abs(value);
  return `${value < 0 ? "−" : ""}$${size >= 100 ? groupThousands(Math.round(size)) : significant(size)}`;
}

function formatNumber(value: number): string {
  return Math.abs(value) >= 1e5 || Number.isInteger(value) ? formatCount(value) : significant(value);
}

export function formatMeasure(measure: string, value: number | null): string {
  if (value === null) return "–";
  switch (unitOf(measure)) {
    case "count":
      return Number.isInteger(value) ? formatCount(value) : significant(value);
    case "rate":
      return `${formatNumber(value)}${NARROW}/s`;
    case "share":
      return value > 0 && value < 0.0001
        ? `<${NARROW}0.01${NARROW}%`
        : `${significant(value * 100)}${NARROW}%`;
    case "duration":
      return formatDuration(value);
    case "money":
      return formatMoney(value);
    default:
      return formatNumber(value);
  }
}

export function exactMeasure(measure: string, value: number | null): string {
  if (value === null) return "no data";
  return unitOf(measure) === "duration" ? exactDuration(Math.round(value)) : groupThousands(value);
}
