// SPDX-License-Identifier: Apache-2.0
// Server data by key: what is there is shown at once and asked for again when it
// is old.  A request that nobody waits for any more is aborted, which cancels it
// on the server too.  Errors are told; aborts are not.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, asApiError, isAbort } from "./http";

interface Entry {
  data: unknown;
  hasData: boolean;
  error: ApiError | null;
  fetchedAt: number;
  controller: AbortController | null;
  listeners: Set<() => void>;
  reload: (() => void) | null; // as the view that shows it would
}

const MAX_ENTRIES = 60;
const DEFAULT_STALE_MS = 5000;
const entries = new Map<string, Entry>();

type Fetcher<T> = (signal: AbortSignal) => Promise<T>;

function entryOf(key: string): Entry {
  let entry = entries.get(key);
  if (entry)
    entries.delete(key); // to the young end of the map
  else
    entry = {
      data: undefined,
      hasData: false,
      error: null,
      fetchedAt: 0,
      controller: null,
      listeners: new Set(),
      reload: null,
    };
  entries.set(key, entry);
  for (const [old, candidate] of entries) {
    if (entries.size <= MAX_ENTRIES) break;
    if (candidate.listeners.size === 0) entries.delete(old);
  }
  return entry;
}

function tell(entry: Entry): void {
  for (const listener of [...entry.listeners]) listener();
}

async function load(entry: Entry, fetcher: Fetcher<unknown>): Promise<void> {
  const controller = new AbortController();
  entry.controller = controller;
  try {
    const data = await fetcher(controller.signal);
    if (entry.controller !== controller) return;
    Object.assign(entry, { data, hasData: true, error: null, fetchedAt: Date.now() });
  } catch (error) {
    if (entry.controller !== controller || isAbort(error)) return;
    Object.assign(entry, { error: asApiError(error), fetchedAt: Date.now() });
  } finally {
    if (entry.controller === controller) {
      entry.controller = null;
      tell(entry);
    }
  }
}

function release(entry: Entry, listener: () => void): void {
  entry.listeners.delete(listener);
  // The next view may want the same: it subscribes before this runs.
  setTimeout(() => {
    if (entry.listeners.size > 0 || !entry.controller) return;
    entry.controller.abort();
    entry.controller = null;
  }, 0);
}

export interface QueryResult<T> {
  data: T | undefined;
  error: ApiError | null;
  loading: boolean;
  /** The data belongs to the key before; the new is on its way. */
  stale: boolean;
  refetch: () => void;
}

export interface QueryOptions {
  staleMs?: number;
  /** Show the data of the key before until the new is there. */
  keep?: boolean;
}

/** Data for a key; null asks for nothing. */
export function useQuery<T>(
  key: string | null,
  fetcher: Fetcher<T>,
  options: QueryOptions = {},
): QueryResult<T> {
  const [, rerender] = useState(0);
  const latest = useRef(fetcher);
  latest.current = fetcher;
  const kept = useRef<T | undefined>(undefined);
  const staleMs = options.staleMs ?? DEFAULT_STALE_MS;

  useEffect(() => {
    if (key === null) return;
    const entry = entryOf(key);
    const listener = () => rerender((n) => n + 1);
    entry.listeners.add(listener);
    entry.reload = () => void load(entry, (s) => latest.current(s));
    if (!entry.controller && Date.now() - entry.fetchedAt > staleMs) entry.reload();
    listener();
    return () => release(entry, listener);
  }, [key, staleMs]);

  const refetch = useCallback(() => {
    if (key === null) return;
    const entry = entryOf(key);
    entry.controller?.abort();
    void load(entry, (s) => latest.current(s));
  }, [key]);

  const entry = key === null ? undefined : entries.get(key);
  const hasOwn = entry?.hasData === true;
  if (hasOwn) kept.current = entry.data as T; // which may well be null
  const data = hasOwn || options.keep ? kept.current : undefined;
  return {
    data,
    error: entry?.error ?? null,
    loading: key !== null && !hasOwn && !entry?.error,
    stale: !hasOwn && data !== undefined,
    refetch,
  };
}

/** Forgets everything under a prefix; what is on the screen stays until its new data is there. */
export function invalidate(prefix: string): void {
  for (const [key, entry] of entries) {
    if (!key.startsWith(prefix)) continue;
    entry.fetchedAt = 0;
    if (entry.listeners.size === 0) entries.delete(key);
    else entry.reload?.();
  }
}

export function clearCache(): void {
  for (const entry of entries.values()) entry.controller?.abort();
  entries.clear();
}
