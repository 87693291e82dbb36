// SPDX-License-Identifier: Apache-2.0
// Traces: pages of the list, histogram, facets, single traces.
import { useCallback, useEffect, useReducer, useRef } from "preact/hooks";
import type { Bounds } from "../state/window";
import * as decode from "./decode";
import { type QueryResult, useQuery } from "./cache";
import {
  type ApiError,
  apiPath,
  asApiError,
  getJson,
  isAbort,
  list,
  obj,
  send,
  str,
  strOrNull,
} from "./http";
import type { Facet, Histogram, Trace, TracePage, TraceSummary } from "./types";

const PAGE_SIZE = 100;
/** Beyond this a reader narrows the search rather than scrolls. */
export const MAX_ROWS = 50_000;

async function fetchPage(
  project: string,
  query: string,
  bounds: Bounds,
  cursor: string | null,
  signal: AbortSignal,
  limit = PAGE_SIZE,
): Promise<TracePage> {
  const params = { query, ...bounds, limit, cursor: cursor ?? "" };
  const json = obj(await getJson(apiPath(project, ["traces"], params), signal));
  return { items: list(json["items"]).map(decode.summary), next_cursor: strOrNull(json["next_cursor"]) };
}

export interface TraceList {
  items: readonly TraceSummary[];
  /** No request has answered yet. */
  loading: boolean;
  loadingMore: boolean;
  /** The rows belong to the question before. */
  stale: boolean;
  error: ApiError | null;
  complete: boolean;
  loadMore: () => void;
  /** Asks for the newest again and puts what is new on top. */
  refresh: () => void;
}

interface ListState {
  key: string;
  items: TraceSummary[];
  cursor: string | null;
  loaded: boolean;
  busy: "first" | "more" | "new" | null;
  error: ApiError | null;
}

/** Newest first; what a live view added on top is told apart by its ids. */
export function mergeNewest(old: readonly TraceSummary[], page: readonly TraceSummary[]): TraceSummary[] {
  const fresh = new Set(page.map((t) => t.trace_id));
  const rest = old.filter((t) => !fresh.has(t.trace_id));
  const merged = [...page, ...rest];
  merged.sort((a, b) => (a.startNs > b.startNs ? -1 : a.startNs < b.startNs ? 1 : 0));
  return merged.slice(0, MAX_ROWS);
}

// The list of the last question, for coming back from a trace.
let lastList: ListState | null = null;

class TraceLoader {
  state: ListState;
  private controller: AbortController | null = null;

  constructor(
    readonly project: string,
    readonly query: string,
    readonly bounds: Bounds,
    key: string,
    previous: ListState | null,
    readonly changed: () => void,
  ) {
    const usable = previous?.key.startsWith(`${project}\n`) ? previous : null;
    this.state =
      usable?.key === key
        ? { ...usable, busy: null }
        : { key, items: usable?.items ?? [], cursor: null, loaded: false, busy: null, error: null };
  }

  start(): void {
    if (this.state.loaded) this.refresh();
    else void this.run("first", null);
  }

  stop(): void {
    this.controller?.abort();
    this.controller = null;
    this.state.busy = null;
    if (this.state.loaded) lastList = this.state;
  }

  loadMore(): void {
    const { busy, cursor, error, items } = this.state;
    if (busy === null && cursor !== null && !error && items.length < MAX_ROWS) void this.run("more", cursor);
  }

  refresh(): void {
    if (this.state.busy === null) void this.run(this.state.loaded ? "new" : "first", null);
  }

  private async run(what: "first" | "more" | "new", cursor: string | null): Promise<void> {
    const controller = new AbortController();
    this.controller = controller;
    this.update({ busy: what });
    try {
      const page = await fetchPage(this.project, this.query, this.bounds, cursor, controller.signal);
      if (this.controller === controller) this.accept(what, page);
    } catch (error) {
      if (this.controller === controller && !isAbort(error))
        this.update({ busy: null, error: asApiError(error) });
    }
  }

  private accept(what: "first" | "more" | "new", page: TracePage): void {
    const { items } = this.state;
    const joined = new Set(items.map((t) => t.trace_id));
    // When more came than a page holds, rows would be missing between: begin anew.
    const gap = page.next_cursor !== null && !page.items.some((t) => joined.has(t.trace_id));
    if (what === "new" && !gap)
      this.update({ busy: null, error: null, items: mergeNewest(items, page.items) });
    else {
      const known = new Set(what === "more" ? items.map((t) => t.trace_id) : []);
      const added = page.items.filter((t) => !known.has(t.trace_id));
      const all = what === "more" ? [...items, ...added] : added;
      this.update({ busy: null, error: null, loaded: true, items: all, cursor: page.next_cursor });
    }
  }

  private update(change: Partial<ListState>): void {
    this.state = { ...this.state, ...change };
    this.changed();
  }
}

export function useTraceList(project: string, query: string, bounds: Bounds): TraceList {
  const [, rerender] = useReducer((n: number) => n + 1, 0);
  const key = `${project}\n${query}\n${bounds.from ?? ""}\n${bounds.to ?? ""}`;
  const loader = useRef<TraceLoader | null>(null);
  if (loader.current?.state.key !== key) {
    const previous = loader.current?.state ?? lastList;
    loader.current?.stop();
    loader.current = new TraceLoader(project, query, bounds, key, previous, () => rerender(undefined));
  }
  useEffect(() => {
    const current = loader.current;
    current?.start();
    return () => current?.stop();
  }, [key]);
  const loadMore = useCallback(() => loader.current?.loadMore(), []);
  const refresh = useCallback(() => loader.current?.refresh(), []);
  const state = loader.current.state;
  return {
    items: state.items,
    loading: !state.loaded && !state.error,
    loadingMore: state.busy === "more",
    stale: !state.loaded && state.items.length > 0,
    error: state.error,
    complete: state.loaded && (state.cursor === null || state.items.length >= MAX_ROWS),
    loadMore,
    refresh,
  };
}

const boundsKey = (bounds: Bounds) => `${bounds.from ?? ""}/${bounds.to ?? ""}`;

export function useHistogram(project: string, query: string, bounds: Bounds): QueryResult<Histogram> {
  return useQuery(
    `histogram/${project}/${boundsKey(bounds)}/${query}`,
    async (signal) =>
      decode.histogram(
        await getJson(apiPath(project, ["traces", "histogram"], { query, ...bounds, buckets: 90 }), signal),
      ),
    { keep: true },
  );
}

export function useFacets(project: string, query: string, bounds: Bounds): QueryResult<Facet[]> {
  return useQuery(
    `facets/${project}/${boundsKey(bounds)}/${query}`,
    async (signal) => {
      const json = obj(await getJson(apiPath(project, ["traces", "facets"], { query, ...bounds }), signal));
      return list(json["items"]).map(decode.facet);
    },
    { keep: true },
  );
}

export function useTrace(project: string, traceId: string | null): QueryResult<Trace> {
  return useQuery(
    traceId === null ? null : `trace/${project}/${traceId}`,
    async (signal) => {
      const json = obj(await getJson(apiPath(project, ["traces", traceId ?? ""]), signal));
      return {
        trace_id: str(json["trace_id"]) || (traceId ?? ""),
        spans: list(json["spans"]).map(decode.span),
      };
    },
    { staleMs: 10_000 },
  );
}

/** The newest trace of all time, to tell an empty project from an empty window. */
export function useNewest(project: string, wanted: boolean): QueryResult<TraceSummary | null> {
  return useQuery(wanted ? `newest/${project}` : null, async (signal) => {
    const page = await fetchPage(project, "", {}, null, signal, 1);
    return page.items[0] ?? null;
  });
}

export const blobPath = (project: string, sha256: string) => apiPath(project, ["blobs", sha256]);

/** A blob's bytes; for reading text and tables, and for images when a key is needed. */
export function useBlob(project: string, sha256: string | null): QueryResult<Blob> {
  return useQuery(
    sha256 === null ? null : `blob/${project}/${sha256}`,
    async (signal) => (await send(blobPath(project, sha256 ?? ""), { signal, accept: "*/*" })).blob(),
    { staleMs: 3_600_000 },
  );
}
