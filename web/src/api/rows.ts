// SPDX-License-Identifier: Apache-2.0
// Rows of any number behind cursors, or known by rank: they come as they are scrolled to, and
// those far from the reader are let go.  One request at a time, always for what is in sight.
import { useEffect, useReducer, useRef } from "preact/hooks";
import { type At, RowPages } from "../lib/rowpages";
import { type ApiError, asApiError, isAbort } from "./http";

const LOAD_AHEAD = 100;
const KEPT_PAGES = 40;

export interface Page<T> {
  /** null: the row is gone. */
  items: (T | null)[];
  next: string | null;
  /** Of all pages, where the answer tells it. */
  total?: number;
}

export type FetchAt<T> = (at: At, signal: AbortSignal) => Promise<Page<T>>;

/** Of a list behind cursors alone. */
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
    private readonly fetchPage: FetchAt<T>,
    private readonly changed: () => void,
  ) {}

  start(): void {
    this.begin();
  }

  stop(): void {
    this.cancel();
  }

  protected cancel(): void {
    this.controller?.abort();
    this.controller = null;
    this.busy = null;
  }

  protected begin(at: At = null): void {
    this.cancel();
    void this.run("first", at, (page) => this.accept(page));
  }

  /** The first page, in place of all there is. */
  protected accept(page: Page<T>): void {
    this.pages = new RowPages(KEPT_PAGES);
    this.pages.append(null, present(page.items), page.next);
  }

  protected append(cursor: string, page: Page<T>): void {
    this.pages.append(cursor, present(page.items), page.next);
  }

  /** A page that is asked for by its place. */
  protected replace(at: number, page: Page<T>): void {
    this.pages.put(at, page.items);
  }

  /** Which rows are in sight. */
  readonly want = (first: number, last: number): void => {
    this.sight = { first, last };
    const { pages } = this;
    if (this.busy !== null || this.error || !this.loaded) return;
    const missing = pages.missing(first, last) ?? pages.missing(first - LOAD_AHEAD, last + LOAD_AHEAD);
    const { next } = pages;
    if (missing) this.again(missing);
    else if (next !== null && last >= pages.count - LOAD_AHEAD)
      void this.run("more", next, (page) => this.append(next, page));
  };

  /** Asks anew: for the page of a row, so that the reader stays where they are, else from the start. */
  readonly refetch = (row = -1): void => {
    const page = this.loaded && row >= 0 ? this.pages.holding(row) : null;
    this.cancel();
    if (page) this.again(page);
    else this.begin();
  };

  private again({ page, at }: { page: number; at: At }): void {
    void this.run("again", at, (answer) => this.replace(page, answer));
  }

  /** After the pages were changed from outside of run(). */
  protected look(): void {
    this.pages.evict(this.sight.first, this.sight.last);
    this.changed();
    this.want(this.sight.first, this.sight.last);
  }

  get complete(): boolean {
    return this.loaded && this.pages.next === null;
  }

  protected async run(what: Busy, at: At, accept: (page: Page<T>) => void): Promise<void> {
    const controller = new AbortController();
    this.controller = controller;
    this.busy = what;
    this.changed();
    try {
      const page = await this.fetchPage(at, controller.signal);
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

export const present = <T>(items: readonly (T | null)[]): T[] => items.filter((item) => item !== null);

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
    const made = new RowLoader<T>(
      key,
      (at, signal) => fetchPage(typeof at === "number" ? null : at, signal),
      changed,
    );
    if (before) made.pages = before.pages;
    return made;
  });
  return rowsOf(loader);
}
