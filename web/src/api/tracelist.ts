// SPDX-License-Identifier: Apache-2.0
// The list of traces: pages behind cursors as the reader scrolls, those far away
// let go; what a live view brings is put on top.
import { useCallback, useEffect, useReducer, useRef } from "preact/hooks";
import { RowPages } from "../lib/rowpages";
import type { Bounds } from "../state/window";
import * as decode from "./decode";
import { type ApiError, apiPath, asApiError, getJson, isAbort, list, obj, strOrNull } from "./http";
import type { TracePage, TraceSummary } from "./types";

const PAGE_SIZE = 200;
const LOAD_AHEAD = 120;
/** Pages in memory: 8 000 rows. */
const KEPT_PAGES = 40;
/** Beyond this a browser cannot make an element high enough, and a reader narrows the search. */
export const MAX_ROWS = 500_000;
/** A live view that ran for long begins anew. */
const MAX_HEAD = 4000;

export const NEWEST_FIRST = "-start";

export interface Question {
  project: string;
  query: string;
  bounds: Bounds;
  sort: string;
}

export async function fetchPage(
  { project, query, bounds, sort }: Question,
  cursor: string | null,
  signal: AbortSignal,
  limit = PAGE_SIZE,
): Promise<TracePage> {
  const order = sort === NEWEST_FIRST ? undefined : sort;
  const params = { query, ...bounds, sort: order, limit, cursor: cursor ?? "" };
  const json = obj(await getJson(apiPath(project, ["traces"], params), signal));
  return { items: list(json["items"]).map(decode.summary), next_cursor: strOrNull(json["next_cursor"]) };
}

export interface TraceList {
  /** Rows known so far. */
  count: number;
  /** Null: not in memory now; it comes when it is in sight. */
  at: (index: number) => TraceSummary | null;
  indexOf: (traceId: string) => number;
  /** The rows in memory. */
  kept: () => TraceSummary[];
  /** No request has answered yet. */
  loading: boolean;
  loadingMore: boolean;
  /** The rows belong to the question before. */
  stale: boolean;
  error: ApiError | null;
  complete: boolean;
  /** Tells which rows are in sight. */
  want: (first: number, last: number) => void;
  /** Asks for the newest again and puts what is new on top. */
  refresh: () => void;
}

type Pages = RowPages<TraceSummary>;

interface ListState {
  key: string;
  pages: Pages;
  loaded: boolean;
  busy: "first" | "more" | "again" | "new" | null;
  error: ApiError | null;
}

/** Newest first; what a live view added on top is told apart by its ids. */
export function mergeNewest(old: readonly TraceSummary[], page: readonly TraceSummary[]): TraceSummary[] {
  const fresh = new Set(page.map((t) => t.trace_id));
  const merged = [...page, ...old.filter((t) => !fresh.has(t.trace_id))];
  return merged.sort((a, b) => (a.startNs > b.startNs ? -1 : a.startNs < b.startNs ? 1 : 0));
}

// The list of the last question, for coming back from a trace.
let lastList: ListState | null = null;

export class TraceLoader {
  state: ListState;
  private controller: AbortController | null = null;
  private sight = { first: 0, last: 0 };

  constructor(
    readonly question: Question,
    key: string,
    previous: ListState | null,
    readonly changed: () => void,
  ) {
    const usable = previous?.key.startsWith(`${question.project}\n`) ? previous : null;
    const pages: Pages = usable?.pages ?? new RowPages(KEPT_PAGES);
    this.state =
      usable?.key === key
        ? { ...usable, busy: null }
        : { key, pages, loaded: false, busy: null, error: null };
  }

  start(): void {
    if (this.state.loaded) this.refresh();
    else void this.run("first", null, 0);
  }

  stop(): void {
    this.controller?.abort();
    this.controller = null;
    this.state.busy = null;
    if (this.state.loaded) lastList = this.state;
  }

  want(first: number, last: number): void {
    this.sight = { first, last };
    const { busy, error, loaded, pages } = this.state;
    if (busy !== null || error || !loaded) return;
    const missing = pages.missing(first, last);
    if (missing) void this.run("again", missing.cursor, missing.page);
    else if (last >= pages.count - LOAD_AHEAD && pages.next !== null && pages.count < MAX_ROWS)
      void this.run("more", pages.next, 0);
  }

  refresh(): void {
    const { busy, loaded } = this.state;
    const merges = loaded && this.question.sort === NEWEST_FIRST;
    if (busy === null) void this.run(merges ? "new" : "first", null, 0);
  }

  private async run(what: NonNullable<ListState["busy"]>, cursor: string | null, at: number): Promise<void> {
    const controller = new AbortController();
    this.controller = controller;
    this.update({ busy: what });
    try {
      const page = await fetchPage(this.question, cursor, controller.signal);
      if (this.controller !== controller) return;
      this.accept(what, cursor, at, page);
      this.want(this.sight.first, this.sight.last);
    } catch (error) {
      if (this.controller === controller && !isAbort(error))
        this.update({ busy: null, error: asApiError(error) });
    }
  }

  private accept(
    what: NonNullable<ListState["busy"]>,
    cursor: string | null,
    at: number,
    { items, next_cursor }: TracePage,
  ): void {
    let { pages } = this.state;
    const head = pages.page(0) ?? [];
    const known = new Set(what === "new" ? head.map((t) => t.trace_id) : pages.last.map((t) => t.trace_id));
    // When more came than a page holds, rows would be missing between: begin anew.
    const joins = next_cursor === null || items.some((t) => known.has(t.trace_id));
    if (what === "more")
      pages.append(
        cursor,
        items.filter((t) => !known.has(t.trace_id)),
        next_cursor,
      );
    else if (what === "again") pages.put(at, items);
    else if (what === "new" && joins && head.length < MAX_HEAD) pages.put(0, mergeNewest(head, items));
    else {
      pages = new RowPages(KEPT_PAGES);
      pages.append(null, items, next_cursor);
    }
    pages.evict(this.sight.first, this.sight.last);
    this.update({ busy: null, error: null, loaded: true, pages });
  }

  private update(change: Partial<ListState>): void {
    this.state = { ...this.state, ...change };
    this.changed();
  }
}

export function useTraceList(question: Question): TraceList {
  const { project, query, bounds, sort } = question;
  const [, rerender] = useReducer((n: number) => n + 1, 0);
  const key = `${project}\n${query}\n${bounds.from ?? ""}\n${bounds.to ?? ""}\n${sort}`;
  const loader = useRef<TraceLoader | null>(null);
  if (loader.current?.state.key !== key) {
    const previous = loader.current?.state ?? lastList;
    loader.current?.stop();
    loader.current = new TraceLoader(question, key, previous, () => rerender(undefined));
  }
  useEffect(() => {
    const current = loader.current;
    current?.start();
    return () => current?.stop();
  }, [key]);
  const want = useCallback((first: number, last: number) => loader.current?.want(first, last), []);
  const refresh = useCallback(() => loader.current?.refresh(), []);
  const { pages, loaded, busy, error } = loader.current.state;
  return {
    count: pages.count,
    at: (index) => pages.at(index),
    indexOf: (traceId) => pages.findIndex((t) => t.trace_id === traceId),
    kept: () => pages.kept(),
    loading: !loaded && !error,
    loadingMore: busy === "more",
    stale: !loaded && pages.count > 0,
    error,
    complete: loaded && (pages.next === null || pages.count >= MAX_ROWS),
    want,
    refresh,
  };
}
