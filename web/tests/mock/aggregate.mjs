// SPDX-License-Identifier: Apache-2.0
// GET /aggregate of the mock, over spans or root spans, by any field of them.
import { Problem } from "./problem.mjs";

const UNITS = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 };
const MAX_BUCKETS = 1000;

function splitList(text) {
  return text.match(/(?:[^,(]|\([^)]*\))+/g) ?? [];
}

/** A field of a span; null when it is absent. */
export function fieldOf(row, span, field) {
  if (field.startsWith("tag.")) return span.tags?.[field.slice(4)] ?? null;
  if (field === "latency") return span.duration_ns;
  if (field === "status") return span.status.code;
  if (field === "tokens.input") return span.llm?.input_tokens ?? null;
  if (field === "tokens.output") return span.llm?.output_tokens ?? null;
  const value = span[field] ?? row.summary[field];
  return value === undefined || value === "" ? null : value;
}

const FUNCTIONS = {
  sum: (v) => v.reduce((a, b) => a + b, 0),
  mean: (v) => v.reduce((a, b) => a + b, 0) / v.length,
  min: (v) => Math.min(...v),
  max: (v) => Math.max(...v),
};

function measureOf(text) {
  if (text === "count") return (spans) => spans.length;
  if (text === "rate") return (spans, seconds) => spans.length / seconds;
  const failed = (spans) => spans.filter(({ span }) => span.status.code === "error").length;
  if (text === "errors") return failed;
  if (text === "error_rate") return (spans) => (spans.length ? failed(spans) / spans.length : null);
  const [, name, field] = /^(\w+)\((.+)\)$/.exec(text) ?? [];
  const values = (spans) => spans.map(({ row, span }) => fieldOf(row, span, field)).filter((v) => v !== null);
  if (name === "distinct") return (spans) => new Set(values(spans)).size;
  const percent = /^p(\d+)$/.exec(name ?? "");
  if (percent)
    return (spans) => {
      const sorted = values(spans).sort((a, b) => a - b);
      return sorted.length ? sorted[Math.floor(((sorted.length - 1) * Number(percent[1])) / 100)] : null;
    };
  const run = FUNCTIONS[name];
  if (!run) throw new Problem(400, `measure: there is no "${text}"`, "measure");
  return (spans) => (values(spans).length ? run(values(spans)) : null);
}

function timesOf(spans, params) {
  const starts = spans.length ? spans.map(({ span }) => Date.parse(span.start_time)) : [Date.now()];
  const from = params.get("from") ? Date.parse(params.get("from")) : Math.min(...starts);
  const to = params.get("to") ? Date.parse(params.get("to")) : Math.max(...starts) + 1;
  const wanted = Number(params.get("buckets") ?? 0);
  const [, number, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(params.get("step") ?? "") ?? [];
  const step = number ? Number(number) * UNITS[unit] : wanted ? Math.ceil((to - from) / wanted) : null;
  if (step !== null && (to - from) / step > MAX_BUCKETS)
    throw new Problem(400, "step: too small for the time range", "step");
  const count = step === null || !spans.length ? 0 : Math.ceil((to - from) / step);
  return { from, to, step, times: Array.from({ length: count }, (_, i) => from + i * step) };
}

export function aggregate(mock, project, params) {
  const rows = mock.select(project, params);
  const roots = params.get("of") === "traces";
  const spans = rows.flatMap((row) =>
    row.trace.spans.filter((s) => !roots || !s.parent_span_id).map((span) => ({ row, span })),
  );
  const measures = splitList(params.get("measure") ?? "count");
  const run = measures.map(measureOf);
  const by = splitList(params.get("by") ?? "");
  const { from, to, step, times } = timesOf(spans, params);
  const seconds = Math.max(1, (to - from) / 1000);
  const values = (list, span = seconds) => run.map((m) => m(list, span));
  const series = (list) => {
    const buckets = times.map(() => []);
    for (const s of list) buckets[Math.floor((Date.parse(s.span.start_time) - from) / step)]?.push(s);
    const cells = buckets.map((b) => values(b, step / 1000));
    return measures.map((_, m) => cells.map((c) => c[m]));
  };
  const groups = new Map();
  for (const s of spans) {
    const key = by.map((field) => fieldOf(s.row, s.span, field));
    const id = JSON.stringify(key);
    if (!groups.has(id)) groups.set(id, { key, spans: [] });
    groups.get(id).spans.push(s);
  }
  const answerOf = (list) => ({ values: values(list), ...(step === null ? {} : { series: series(list) }) });
  const sorted = [...groups.values()].sort((a, b) => values(b.spans)[0] - values(a.spans)[0]);
  const top = Number(params.get("top") ?? 10);
  const rest = sorted.slice(top);
  return {
    of: roots ? "traces" : "spans",
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    step_ns: step === null ? null : step * 1e6,
    measures,
    by,
    total: { values: values(spans) },
    groups: sorted.slice(0, top).map((g) => ({ key: g.key, ...answerOf(g.spans) })),
    other: rest.length ? { groups: rest.length, ...answerOf(rest.flatMap((g) => g.spans)) } : null,
    ...(step === null ? {} : { times: times.map((t) => new Date(t).toISOString()) }),
    rows: spans.length,
    scanned: spans.length,
    error_bound: 0.01,
    cached: false,
    approximate: false,
  };
}
