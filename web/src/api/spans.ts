// SPDX-License-Identifier: Apache-2.0
// Large traces: windows of light rows, the shape of the whole, single spans.
import { useEffect, useReducer, useRef } from "preact/hooks";
import type { Json } from "../lib/json";
import { parseTime } from "../lib/time";
import { type QueryResult, useQuery } from "./cache";
import * as decode from "./decode";
import { type ApiError, apiPath, asApiError, getJson, isAbort, list, num, obj, str, strOrNull } from "./http";
import type { Span, Status } from "./types";

export interface TraceRow {
  position: number;
  span_id: string;
  orphan: boolean;
  depth: number;
  child_count: number;
  descendant_count: number;
  name: string;
  type: string;
  model: string | null;
  status: Status;
  start_offset_ns: number;
  duration_ns: number;
  self_ns: number;
  /** Stretches of the critical path: offset since the start of the trace, length. */
  critical: readonly (readonly [number, number])[];
}

/** What is known of the whole trace. */
export interface TraceFacts {
  trace_id: string;
  total: number;
  roots: number;
  orphans: number;
  errors: number;
  startNs: bigint;
  duration_ns: number;
}

export interface TraceWindow extends TraceFacts {
  rows: number;
  items: TraceRow[];
  positions: number[];
}

export interface TraceShare {
  name: string;
  type: string;
  spans: number;
  errors: number;
  self_ns: number;
  critical_ns: number;
}

export interface TraceShape extends TraceFacts {
  self_ns: number;
  critical_ns: number;
  share_count: number;
  shares: TraceShare[];
  depths: number[];
}

function readRow(json: Json): TraceRow {
  const o = obj(json);
  const status = str(o["status"]);
  return {
    position: num(o["position"]),
    span_id: str(o["span_id"]),
    orphan: o["orphan"] === true,
    depth: num(o["depth"]),
    child_count: num(o["child_count"]),
    descendant_count: num(o["descendant_count"]),
    name: str(o["name"]),
    type: str(o["type"]),
    model: strOrNull(o["model"]),
    status: status === "ok" || status === "error" ? status : "unset",
    start_offset_ns: num(o["start_offset_ns"]),
    duration_ns: num(o["duration_ns"]),
    self_ns: num(o["self_ns"]),
    critical: list(o["critical_parts"]).map((part) => [num(list(part)[0]), num(list(part)[1])] as const),
  };
}

function readFacts(o: Record<string, Json>): TraceFacts {
  return {
    trace_id: str(o["trace_id"]),
    total: num(o["total"]),
    roots: num(o["roots"]),
    orphans: num(o["orphans"]),
    errors: num(o["errors"]),
    startNs: parseTime(str(o["start_time"])) ?? 0n,
    duration_ns: num(o["duration_ns"]),
  };
}

type WindowParams = Record<string, string | number | undefined>;

export async function fetchWindow(
  project: string,
  traceId: string,
  params: WindowParams,
  signal?: AbortSignal,
): Promise<TraceWindow> {
  const o = obj(await getJson(apiPath(project, ["traces", traceId, "spans"], params), signal));
  return {
    ...readFacts(o),
    rows: num(o["rows"]),
    items: list(o["items"]).map(readRow),
    positions: list(o["positions"]).map(num),
  };
}

/** Rows that a first look needs. */
export const FIRST_ROWS = 100;

/** The first rows, or those around a span when the address names one. */
export function useFirstRows(
  project: string,
  traceId: string,
  spanId: string | null,
): QueryResult<TraceWindow> {
  return useQuery(
    `rows/${project}/${traceId}`,
    async (signal) => {
      const span = spanId !== null && /^[0-9a-f]{16}$/i.test(spanId) ? spanId : undefined;
      try {
        return await fetchWindow(project, traceId, { limit: FIRST_ROWS, span }, signal);
      } catch (error) {
        // A link to a span that is not there still shows its trace.
        if (span === undefined || isAbort(error)) throw error;
        return fetchWindow(project, traceId, { limit: FIRST_ROWS }, signal);
      }
    },
    { staleMs: 10_000 },
  );
}

export function useShape(project: string, traceId: string, wanted = true): QueryResult<TraceShape> {
  return useQuery(
    wanted ? `shape/${project}/${traceId}` : null,
    async (signal) => {
      const o = obj(await getJson(apiPath(project, ["traces", traceId, "shape"]), signal));
      const shares = list(o["shares"]).map((item) => {
        const s = obj(item);
        return {
          name: str(s["name"]),
          type: str(s["type"]),
          spans: num(s["spans"]),
          errors: num(s["errors"]),
          self_ns: num(s["self_ns"]),
          critical_ns: num(s["critical_ns"]),
        };
      });
      return {
        ...readFacts(o),
        self_ns: num(o["self_ns"]),
        critical_ns: num(o["critical_ns"]),
        share_count: num(o["share_count"]),
        shares,
        depths: list(o["depths"]).map(num),
      };
    },
    { staleMs: 60_000 },
  );
}

/** Stretches of the critical path by span, of a trace that is small enough for one answer. */
export function useCriticalPath(
  project: string,
  traceId: string,
  wanted: boolean,
): QueryResult<ReadonlyMap<string, TraceRow["critical"]>> {
  return useQuery(
    wanted ? `critical/${project}/${traceId}` : null,
    async (signal) => {
      const window = await fetchWindow(project, traceId, { limit: 5000 }, signal);
      return new Map(window.items.map((row) => [row.span_id, row.critical]));
    },
    { staleMs: 60_000 },
  );
}

/** One span, whole. */
export function useSpan(project: string, traceId: string, spanId: string | null): QueryResult<Span> {
  return useQuery(
    spanId === null ? null : `span/${project}/${traceId}/${spanId}`,
    async (signal) =>
      decode.span(await getJson(apiPath(project, ["traces", traceId, "spans", spanId ?? ""]), signal)),
    { staleMs: 60_000, keep: true },
  );
}

export interface Found {
  /** All that have the text. */
  count: number;
  /** Where the first of them are, ascending. */
  positions: number[];
}

/** Where a text is found in the trace; nothing is asked for no text. */
export function useFound(project: string, traceId: string, text: string): QueryResult<Found> {
  const wanted = text.trim();
  return useQuery(
    wanted === "" ? null : `found/${project}/${traceId}/${wanted}`,
    async (signal) => {
      const window = await fetchWindow(project, traceId, { q: wanted, limit: 1 }, signal);
      return { count: window.rows, positions: window.positions };
    },
    { staleMs: 60_000 },
  );
}

/** Rows of one request: about two screens. */
const CHUNK = 250;
const MOST_KEPT = 40_000;

/** Rows by position, loaded as they are needed: one request at a time, always for what is wanted now. */
export class RowLoader {
  private readonly rows = new Map<number, TraceRow>();
  private readonly byId = new Map<string, number>();
  private wanted: readonly number[] = [];
  private controller: AbortController | null = null;
  error: ApiError | null = null;

  constructor(
    private readonly project: string,
    private readonly traceId: string,
    first: readonly TraceRow[],
    private readonly changed: () => void,
  ) {
    this.keep(first);
  }

  row(position: number): TraceRow | undefined {
    return this.rows.get(position);
  }

  find(spanId: string): number | undefined {
    return this.byId.get(spanId);
  }

  /** These rows are in sight, or soon will be. */
  need(positions: readonly number[]): void {
    this.wanted = positions;
    if (!this.controller && !this.error) void this.load();
  }

  /** Puts the rows around a span there, so that find() knows it. */
  async locate(spanId: string): Promise<void> {
    try {
      const found = await fetchWindow(this.project, this.traceId, { span: spanId, limit: FIRST_ROWS });
      this.keep(found.items);
      this.changed();
    } catch {
      // It is not in this trace: nothing is selected.
    }
  }

  retry(): void {
    this.error = null;
    this.need(this.wanted);
  }

  stop(): void {
    this.controller?.abort();
    this.wanted = [];
  }

  private keep(rows: readonly TraceRow[]): void {
    if (this.rows.size > MOST_KEPT) {
      this.rows.clear();
      this.byId.clear();
    }
    for (const row of rows) {
      this.rows.set(row.position, row);
      this.byId.set(row.span_id, row.position);
    }
  }

  private async load(): Promise<void> {
    const missing = this.wanted.filter((p) => !this.rows.has(p)).slice(0, CHUNK);
    missing.sort((a, b) => a - b);
    const [first, last] = [missing[0], missing.at(-1)];
    if (first === undefined || last === undefined) return;
    const together = last - first < 2 * CHUNK;
    const params = together
      ? { offset: first, limit: last - first + 1 }
      : { at: missing.join(","), limit: missing.length };
    const controller = new AbortController();
    this.controller = controller;
    try {
      const window = await fetchWindow(this.project, this.traceId, params, controller.signal);
      this.keep(window.items);
      this.controller = null;
      // An answer without what was asked for would be asked for again without end.
      if (window.items.length > 0) this.changed();
    } catch (error) {
      this.controller = null;
      if (isAbort(error)) return;
      this.error = asApiError(error);
      this.changed();
      return;
    }
    if (this.wanted.some((p) => !this.rows.has(p)) && missing.some((p) => this.rows.has(p))) void this.load();
  }
}

export function useRows(project: string, traceId: string, first: readonly TraceRow[]): RowLoader {
  const [, rerender] = useReducer((n: number) => n + 1, 0);
  const loader = useRef<RowLoader | null>(null);
  loader.current ??= new RowLoader(project, traceId, first, () => rerender(undefined));
  useEffect(() => () => loader.current?.stop(), []);
  return loader.current;
}
