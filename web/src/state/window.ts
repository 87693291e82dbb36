// SPDX-License-Identifier: Apache-2.0
// The time window of all lists.  "Last hour" is resolved against one moment that
// all requests of a view share, so that the list, the histogram and the facets
// agree and answers can be reused; the moment moves on reload, on a new choice,
// and when a view is opened after more than a minute.
import { useMemo } from "preact/hooks";
import { DEFAULT_RANGE, msToText, resolveWindow, type TimeWindow } from "../lib/time";
import { setParams, useParam } from "./location";
import { makeStore, useStore } from "./store";

const moment = makeStore(Date.now());
const MAX_AGE_MS = 60_000;

export interface Bounds {
  from?: string;
  to?: string;
}

export function refreshWindow(): void {
  moment.set(Date.now());
}

export function refreshOldWindow(): void {
  if (Date.now() - moment.get() > MAX_AGE_MS) refreshWindow();
}

/** `now` is the moment that the bounds were resolved at. */
export function useWindow(fallback = DEFAULT_RANGE): { window: TimeWindow; bounds: Bounds; now: string } {
  const from = useParam("from") ?? fallback;
  const to = useParam("to");
  const now = useStore(moment);
  return useMemo(() => {
    const window = { from, to };
    return { window, bounds: resolveWindow(window, now), now: msToText(now) };
  }, [from, to, now]);
}

export function chooseWindow(window: TimeWindow, fallback = DEFAULT_RANGE): void {
  refreshWindow();
  setParams(
    { from: window.from === fallback ? null : window.from, to: window.to, sel: null },
    { push: true },
  );
}
