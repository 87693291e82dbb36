// SPDX-License-Identifier: Apache-2.0
// Rows of any number behind cursors: they come as they are scrolled to, and those far
// from the reader are let go.  One request at a time, always for what is in sight.
import { useCallback, useEffect, useReducer, useRef } from "preact/hooks";
import { RowPages } from "../lib/rowpages";
import { type ApiError, asApiError, isAbort } from "./http";
import type { Page } from "./pages";

const LOAD_AHEAD = 60;
const KEPT_PAGES = 40;
/** Beyond this a browser cannot make an element high enough. */
const MAX_ROWS = 400_000;

type FetchPage<T> = (cursor: string | null, signal: AbortSignal) => Promise<Page<T>>;

export interface Rows<T> {
  /** Rows known so far. */
  count: number;
  /** Null: not in memory now; it comes when it is in sight. */
  at: (index: number) => T | null;
  /** Among those in memory; -1: none. */
  findIndex: (test: (row: T) => boolean) => number;
  loading: boolean;
  /** The rows belong to the question before. */
  stale: boolean;
  error: ApiError | null;
  complete: boolean;
  want: (first: number, last: number) => void;
  refetch: () => void;
}

class RowLoader<T> {
  pages = new RowPages<T>(KEPT_PAGES);
  loaded = false;
  error: ApiError | null = null;
  private controller: AbortController | null = null;
  private sight = { first: 0, last: 0 };

  constructor(
    readonly key: string,
    private readonly fetchPage: FetchPage<T>,
    private readonly changed: () => void,
  ) {}

  stop(): void {
    this.controller?.abort();
    this.controller = null;
  }

  begin(): void {
    this.stop();
    void this.run(null, (page) => {
      this.pages = new RowPages(KEPT_PAGES);
      this.pages.append(null, page.items, page.next);
      this.loaded = true;
    });
  }

  want(first: number, last: number): void {
    this.sight = { first, last };
    const { pages } = this;
    if (this.controller || this.error || !this.loaded) return;
    const missing = pages.missing(first, last);
    const { next } = pages;
    if (missing) void this.run(missing.cursor, (page) => pages.put(missing.page, page.items));
    else if (next !== null && last >= pages.count - LOAD_AHEAD && pages.count < MAX_ROWS)
      void this.run(next, (page) => pages.append(next, page.items, page.next));
  }

  get complete(): boolean {
    return this.loaded && (this.pages.next === null || this.pages.count >= MAX_ROWS);
  }

  private async run(cursor: string | null, accept: (page: Page<T>) => void): Promise<void> {
    const controller = new AbortController();
    this.controller = controller;
    this.error = null;
    try {
      const page = await this.fetchPage(cursor, controller.signal);
      if (this.controller !== controller) return;
      accept(page);
      this.pages.evict(this.sight.first, this.sight.last);
    } catch (error) {
      if (this.controller !== controller || isAbort(error)) return;
      this.error = asApiError(error);
    }
    this.controller = null;
    this.changed();
    this.want(this.sight.first, this.sight.last);
  }
}

/** `key` names the question. */
export function useRows<T>(key: string, fetchPage: FetchPage<T>): Rows<T> {
  const [, rerender] = useReducer((n: number) => n + 1, 0);
  const held = useRef<RowLoader<T> | null>(null);
  if (held.current?.key !== key) {
    const before = held.current;
    before?.stop();
    held.current = new RowLoader(key, fetchPage, () => rerender(undefined));
    if (before) held.current.pages = before.pages;
  }
  const loader = held.current;
  useEffect(() => {
    loader.begin();
    return () => loader.stop();
  }, [loader]);
  const want = useCallback((first: number, last: number) => loader.want(first, last), [loader]);
  const refetch = useCallback(() => loader.begin(), [loader]);
  const { pages, loaded, error, complete } = loader;
  return {
    count: pages.count,
    at: (index) => pages.at(index),
    findIndex: (test) => pages.findIndex(test),
    loading: !loaded && !error,
    stale: !loaded && pages.count > 0,
    error,
    complete,
    want,
    refetch,
  };
}
