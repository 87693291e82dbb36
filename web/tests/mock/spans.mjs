// SPDX-License-Identifier: Apache-2.0
// Windows, shape and single spans of a trace, of docs/api.md "Large traces".  The
// critical path is made up: the first child of each span on it.
import { Problem } from "./problem.mjs";

const made = new WeakMap();
const ns = (text) => BigInt(Date.parse(text)) * 1000000n + BigInt(text.slice(23, -1) || 0);

function rowsOf(trace) {
  if (made.has(trace.spans)) return made.get(trace.spans);
  const ids = new Set(trace.spans.map((s) => s.span_id));
  const children = new Map();
  for (const span of trace.spans) {
    const parent = ids.has(span.parent_span_id) ? span.parent_span_id : null;
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const times = trace.spans.map((s) => ns(s.start_time));
  const start = times.reduce((a, b) => (a < b ? a : b));
  const rows = [];
  const stack = (children.get(null) ?? []).map((span) => ({ span, depth: 0, critical: true })).reverse();
  for (let item = stack.pop(); item; item = stack.pop()) {
    const { span, depth, critical } = item;
    const kids = children.get(span.span_id) ?? [];
    const offset = Number(ns(span.start_time) - start);
    rows.push({
      position: rows.length,
      span_id: span.span_id,
      parent_span_id: span.parent_span_id,
      orphan: depth === 0 && span.parent_span_id !== null,
      depth,
      child_count: kids.length,
      descendant_count: 0,
      name: span.name,
      type: span.type,
      model: span.model,
      status: span.status.code,
      start_offset_ns: offset,
      duration_ns: Math.round(span.duration_ns),
      self_ns: Math.round(span.duration_ns / 2),
      critical,
      ...(critical ? { critical_ns: 1000, critical_parts: [[offset, Math.round(span.duration_ns)]] } : {}),
    });
    for (let i = kids.length - 1; i >= 0; i--)
      stack.push({ span: kids[i], depth: depth + 1, critical: critical && i === 0 });
  }
  const open = [];
  for (const row of rows) {
    open.length = row.depth;
    for (const above of open) above.descendant_count++;
    open.push(row);
  }
  made.set(trace.spans, rows);
  return rows;
}

function facts(trace, rows) {
  return {
    trace_id: trace.trace_id,
    total: rows.length,
    roots: rows.filter((r) => r.depth === 0).length,
    orphans: rows.filter((r) => r.orphan).length,
    errors: rows.filter((r) => r.status === "error").length,
    start_time: trace.spans[0].start_time,
    end_time: trace.spans[0].end_time,
    duration_ns: Math.max(...rows.map((r) => r.start_offset_ns + r.duration_ns)),
  };
}

function window(trace, rows, params) {
  const limit = Number(params.get("limit") ?? 200);
  const q = (params.get("q") ?? "").toLowerCase();
  const depth = Number(params.get("collapsed") ?? 1e9);
  let chosen = rows.filter((r) => r.depth <= depth);
  if (q) chosen = rows.filter((r) => `${r.name} ${r.type} ${r.status}`.toLowerCase().includes(q));
  if (params.get("at"))
    chosen = params
      .get("at")
      .split(",")
      .flatMap((p) => rows[Number(p)] ?? []);
  let offset = Number(params.get("offset") ?? 0);
  if (params.get("span")) {
    const at = chosen.findIndex((r) => r.span_id === params.get("span"));
    if (at < 0) throw new Problem(404, "there is no such span in this trace", "span");
    offset = Math.max(0, at - limit / 2);
  }
  const items = chosen.slice(offset, offset + limit);
  const positions = q ? { positions: chosen.map((r) => r.position) } : {};
  return { ...facts(trace, rows), rows: chosen.length, offset, items, ...positions };
}

function shape(trace, rows) {
  const shares = new Map();
  for (const row of rows) {
    const key = `${row.type}`;
    const share = shares.get(key) ?? {
      name: `any ${key}`,
      type: key,
      spans: 0,
      errors: 0,
      self_ns: 0,
      critical_ns: 0,
    };
    share.spans++;
    share.errors += row.status === "error";
    share.self_ns += row.self_ns;
    share.critical_ns += row.critical_ns ?? 0;
    shares.set(key, share);
  }
  const sum = (key) => rows.reduce((n, r) => n + (r[key] ?? 0), 0);
  return {
    ...facts(trace, rows),
    self_ns: sum("self_ns"),
    critical_ns: sum("critical_ns"),
    share_count: shares.size,
    shares: [...shares.values()],
    depths: rows.map((r) => r.depth),
  };
}

/** GET /traces/{id}/{what}/{spanId} */
export function spans(trace, what, spanId, params) {
  const rows = rowsOf(trace);
  if (what === "shape") return shape(trace, rows);
  if (what !== "spans") throw new Problem(404, "no such resource");
  if (spanId === undefined) return window(trace, rows, params);
  const span = trace.spans.find((s) => s.span_id === spanId);
  if (!span) throw new Problem(404, "there is no such span in this trace", "span_id");
  return span;
}
