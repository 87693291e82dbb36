// SPDX-License-Identifier: Apache-2.0
// Rows of any number behind cursors: they come as they are scrolled to, and those far
// from the reader are let go.  One request at a time, always for what is in sight.
import { useEffect, useReducer, useRef } from "preact/hooks";
import { RowPages } from "../lib/rowpages";
import { type ApiError, asApiError, isAbort } from "./http";

const LOAD_AHEAD = 100;
const KEPT_PAGES = 40;
/** Beyond this a browser cannot make an element high enough, and a reader narrows the question. */
const MAX_ROWS = 400_000;

export interface Page<T> {
  items: T[];
  next: string | null;
  /** Of all pages, where the answer tells it. */
  total?: number;
}

export type FetchPage<T> = (cursor: string | null, signal: AbortSignal) => Promise<Page<T>>;

/** What a loader waits for: its first page, one more, one that was let go, or what is new. */
type Busy = "first" | "more" | "again" | "new";

export class RowLoader<T> {
  pages = new RowPages<T>(KEPT_PAGES);
  loaded = false;
  error: ApiError | null = null;
  total: number | null = null;
  busy: Busy | null = null;
  private controller: AbortController | null = null;
  private sight = { first: 0, last: 0 };

  constructor(
    readonly key: string,
    private readonly fetchPage: FetchPage<T>,
    private readonly changed: () => void,
  ) {}

  start(): void {
    this.begin();
  }

  stop(): void {
    this.controller?.abort();
    this.controller = null;
    this.busy = null;
  }

  protected begin(): void {
    this.stop();
    void this.run("first", null, (page) => this.accept(page));
  }

  /** The first page, in place of all there is. */
  protected accept(page: Page<T>): void {
    this.pages = new RowPages(KEPT_PAGES);
    this.pages.append(null, page.items, page.next);
  }

  protected append(cursor: string, page: Page<T>): void {
    this.pages.append(cursor, page.items, page.next);
  }

  /** Which rows are in sight. */
  readonly want = (first: number, last: number): void => {
    this.sight = { first, last };
    const { pages } = this;
    if (this.busy !== null || this.error || !this.loaded) return;
    const missing = pages.missing(first, last);
    const { next } = pages;
    if (missing) this.again(missing);
    else if (next !== null && last >= pages.count - LOAD_AHEAD && pages.count < MAX_ROWS)
      void this.run("more", next, (page) => this.append(next, page));
  };

  /** Asks anew: for the page of a row, so that the reader stays where they are, else from the start. */
  readonly refetch = (row = -1): void => {
    const page = this.loaded && row >= 0 ? this.pages.holding(row) : null;
    this.stop();
    if (page) this.again(page);
    else this.begin();
  };

  private again({ page: at, cursor }: { page: number; cursor: string | null }): void {
    void this.run("again", cursor, (page) => this.pages.put(at, page.items));
  }

  get complete(): boolean {
    return this.loaded && (this.pages.next === null || this.pages.count >= MAX_ROWS);
  }

  protected async run(what: Busy, cursor: string | null, accept: (page: Page<T>) => void): Promise<void> {
    const controller = new AbortController();
    this.controller = controller;
    this.busy = what;
    this.changed();
    try {
      const page = await this.fetchPage(cursor, controller.signal);
      if (this.controller !== controller) return;
      accept(page);
      this.loaded = true;
      this.error = null;
      this.total = page.total ?? null;
      this.pages.evict(this.sight.first, this.sight.last);
    } catch (error) {
      if (this.controller !== controller || isAbort(error)) return;
      this.error = asApiError(error);
    }
    this.controller = null;
    this.busy = null;
    this.changed();
    this.want(this.sight.first, this.sight.last);
  }
}

export interface Rows<T> {
  /** Rows known so far. */
  count: number;
  /** Null: not in memory now; it comes when it is in sight. */
  at: (index: number) => T | null;
  /** Among those in memory; -1: none. */
  findIndex: (test: (row: T) => boolean) => number;
  /** No request has answered yet. */
  loading: boolean;
  /** The rows belong to the question before. */
  stale: boolean;
  error: ApiError | null;
  complete: boolean;
  /** Of all pages; null: not told. */
  total: number | null;
  want: (first: number, last: number) => void;
  refetch: (row?: number) => void;
}

export function rowsOf<T>(loader: RowLoader<T>): Rows<T> {
  const { pages, loaded, error, complete, total, want, refetch } = loader;
  return {
    count: pages.count,
    at: (index) => pages.at(index),
    findIndex: (test) => pages.findIndex(test),
    loading: !loaded && !error,
    stale: !loaded && pages.count > 0,
    error,
    complete,
    total,
    want,
    refetch,
  };
}

interface Loads {
  readonly key: string;
  start: () => void;
  stop: () => void;
}

/** The loader of a question while it is asked; `make` gets the one before. */
export function useLoader<L extends Loads>(
  key: string,
  make: (before: L | null, changed: () => void) => L,
): L {
  const [, rerender] = useReducer((n: number) => n + 1, 0);
  const held = useRef<L | null>(null);
  if (held.current?.key !== key) {
    held.current?.stop();
    held.current = make(held.current, () => rerender(undefined));
  }
  const loader = held.current;
  useEffect(() => {
    loader.start();
    return () => loader.stop();
  }, [loader]);
  return loader;
}

/** `key` names the question. */
export function useRows<T>(key: string, fetchPage: FetchPage<T>): Rows<T> {
  const loader = useLoader<RowLoader<T>>(key, (before, changed) => {
    const made = new RowLoader(key, fetchPage, changed);
    if (before) made.pages = before.pages;
    return made;
  });
  return rowsOf(loader);
}
