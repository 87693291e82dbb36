// SPDX-License-Identifier: Apache-2.0
// What Explore asks, as the address holds it:
// of=spans&m=count,p95(latency)&by=model,tag.tier&step=1h&top=10&chart=line
import type { Params } from "./route";

export const CHARTS = ["line", "bar", "table"] as const;
export type ChartKind = (typeof CHARTS)[number];

export interface Ask {
  of: "spans" | "traces";
  measures: readonly string[];
  by: readonly string[];
  /** "auto", "none" (no time axis), or a duration such as "1h". */
  step: string;
  top: number;
  chart: ChartKind;
}

export const MAX_MEASURES = 8;
export const MAX_BY = 3;
export const TOPS = [5, 10, 20, 50, 100] as const;
export const STEPS = ["auto", "none", "10s", "1m", "5m", "15m", "1h", "6h", "1d"] as const;
/** About so many buckets when the step is left to the page. */
export const AUTO_BUCKETS = 72;

export const FIRST_ASK: Ask = {
  of: "spans",
  measures: ["count"],
  by: [],
  step: "auto",
  top: 10,
  chart: "line",
};

/** Cuts at commas outside of quotes and parentheses: `p(99.5,latency),count`. */
export function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const c = text.charAt(at);
    if (quoted) {
      if (c === "\\") at++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === "(") depth++;
    else if (c === ")") depth--;
    if (at < text.length && (c !== "," || depth > 0 || quoted)) continue;
    const part = text.slice(start, at).trim();
    if (part !== "") parts.push(part);
    start = at + 1;
  }
  return parts;
}

type Read = (name: string) => string | null;

export function readAsk(param: Read): Ask {
  const measures = splitList(param("m") ?? "").slice(0, MAX_MEASURES);
  const top = Number(param("top"));
  const step = param("step") ?? "auto";
  return {
    of: param("of") === "traces" ? "traces" : "spans",
    measures: measures.length ? measures : FIRST_ASK.measures,
    by: splitList(param("by") ?? "").slice(0, MAX_BY),
    step: step === "none" || /^[1-9]\d{0,5}(ms|s|m|h|d)$/.test(step) ? step : "auto",
    top: Number.isInteger(top) && top >= 1 && top <= 1000 ? top : FIRST_ASK.top,
    chart: CHARTS.find((c) => c === param("chart")) ?? FIRST_ASK.chart,
  };
}

/** What is as at first is not written. */
export function writeAsk(ask: Ask): Params {
  const unless = (value: string, first: string) => (value === first ? null : value);
  return {
    of: unless(ask.of, FIRST_ASK.of),
    m: unless(ask.measures.join(","), FIRST_ASK.measures.join(",")),
    by: ask.by.join(",") || null,
    step: unless(ask.step, FIRST_ASK.step),
    top: unless(String(ask.top), String(FIRST_ASK.top)),
    chart: unless(ask.chart, FIRST_ASK.chart),
  };
}
