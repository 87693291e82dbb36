// SPDX-License-Identifier: Apache-2.0
// A list that grows as the reader asks for more: pages behind cursors.
import { useCallback, useEffect, useReducer, useRef } from "preact/hooks";
import { type ApiError, asApiError, isAbort } from "./http";

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Pages<T, P extends Page<T>> {
  items: readonly T[];
  /** The page that came last, for what it tells besides its rows. */
  last: P | null;
  loading: boolean;
  error: ApiError | null;
  /** There is more than is shown. */
  more: boolean;
  /** The rows belong to the question before. */
  stale: boolean;
  loadMore: () => void;
  refetch: () => void;
}

/** Rows in memory; a reader who wants more narrows the question. */
const MAX_ROWS = 20_000;

class Loader<T, P extends Page<T>> {
  items: readonly T[] = [];
  last: P | null = null;
  error: ApiError | null = null;
  stale = false;
  private controller: AbortController | null = null;

  constructor(
    readonly key: string,
    private readonly fetchPage: (cursor: string | null, signal: AbortSignal) => Promise<P>,
    private readonly changed: () => void,
  ) {}

  get busy(): boolean {
    return this.controller !== null;
  }

  get more(): boolean {
    return this.last !== null && this.last.next !== null && this.items.length < MAX_ROWS;
  }

  stop(): void {
    this.controller?.abort();
    this.controller = null;
  }

  async load(from: string | null): Promise<void> {
    this.stop();
    const controller = new AbortController();
    this.controller = controller;
    this.changed();
    try {
      const page = await this.fetchPage(from, controller.signal);
      if (this.controller !== controller) return;
      this.items = from === null ? page.items : [...this.items, ...page.items];
      this.last = page;
      this.error = null;
      this.stale = false;
    } catch (error) {
      if (this.controller !== controller || isAbort(error)) return;
      this.error = asApiError(error);
    }
    this.controller = null;
    this.changed();
  }
}

/** `key` names the question; null asks nothing. */
export function usePages<T, P extends Page<T>>(
  key: string | null,
  fetchPage: (cursor: string | null, signal: AbortSignal) => Promise<P>,
): Pages<T, P> {
  const [, rerender] = useReducer((n: number) => n + 1, 0);
  const held = useRef<Loader<T, P> | null>(null);
  if (held.current?.key !== (key ?? "")) {
    const before = held.current;
    before?.stop();
    held.current = new Loader(key ?? "", fetchPage, () => rerender(undefined));
    held.current.items = before?.items ?? [];
    held.current.stale = held.current.items.length > 0;
  }
  const loader = held.current;
  useEffect(() => {
    if (key !== null) void loader.load(null);
    return () => loader.stop();
  }, [key, loader]);
  const loadMore = useCallback(() => {
    if (!loader.busy && loader.more && loader.last) void loader.load(loader.last.next);
  }, [loader]);
  const refetch = useCallback(() => void loader.load(null), [loader]);
  const { items, last, error, stale } = loader;
  return {
    items,
    last,
    error,
    stale,
    loading: key !== null && last === null && !error,
    more: loader.more,
    loadMore,
    refetch,
  };
}
