// SPDX-License-Identifier: Apache-2.0
// Rows of unknown number: only those in sight, and a few around them, exist.  All
// have the same height, so that a place is a product and ten millions of them cost
// nothing; lib/scrollmap.ts tells how a list is shown that is higher than elements can be.
// A component renders again only when other rows come into sight.
import { type MutableRef, useLayoutEffect, useReducer, useRef } from "preact/hooks";
import { MAX_HEIGHT, ScrollMap } from "../lib/scrollmap";

interface Options {
  count: number;
  size: number;
  scroller: MutableRef<HTMLElement | null>;
  overscan?: number;
  /** Height of what stands above the rows in the scroller and stays in sight. */
  before?: number;
}

export interface VirtualRows {
  /** Height of the element that holds the rows. */
  total: number;
  /** `start`: a row's place in that element. */
  rows: { index: number; start: number }[];
  first: number;
  last: number;
  /** The row at the top. */
  top: number;
  /** The rows fly by faster than anybody reads. */
  flung: boolean;
  reveal: (index: number) => void;
  toStart: () => void;
  toEnd: () => void;
}

const FIRST_HEIGHT = 800;
const REST_MS = 200;
/** Rows in a millisecond that nobody reads, and how long after them it is over. */
const FLUNG = 0.3;
const FLUNG_MS = 100;

export interface Sight {
  first: number;
  last: number;
}

/** The rows that should exist for a place of the list; `last` is -1 for none. */
export function rowsInSight(
  count: number,
  size: number,
  top: number,
  height: number,
  overscan: number,
): Sight {
  const first = Math.max(0, Math.min(Math.floor(top / size), count - 1) - overscan);
  const last = Math.min(count - 1, Math.ceil((top + height) / size) + overscan);
  return { first, last };
}

/** The design says how high an element may be: tests lower it. */
function maxHeight(): number {
  return Number(getComputedStyle(document.documentElement).getPropertyValue("--list-height")) || MAX_HEIGHT;
}

export function useVirtual({ count, size, scroller, overscan = 12, before = 0 }: Options): VirtualRows {
  const [, rerender] = useReducer((n: number) => n + 1, 0);
  const held = useRef<ScrollMap | null>(null);
  const map = (held.current ??= new ScrollMap(maxHeight()));
  const height = useRef(FIRST_HEIGHT);
  const full = count * size + before;
  map.measure(full, height.current);
  const { first, last } = rowsInSight(count, size, map.place, height.current, overscan);
  const empty = count === 0;
  const shown = useRef({ first, last, shift: map.shift, count, size, overscan, full });
  shown.current = { first, last, shift: map.shift, count, size, overscan, full };

  const flight = useRef({ place: 0, at: 0, fast: false, flung: false });

  const put = (top: number | null) => {
    if (top === null || !scroller.current) return;
    scroller.current.scrollTop = top;
    map.set(scroller.current.scrollTop);
  };

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    let rest = 0;
    let land = 0;
    // One jump is no flight: its rows are looked at.
    const fly = () => {
      const { place, at, fast } = flight.current;
      const now = performance.now();
      const isFast = Math.abs(map.place - place) > FLUNG * shown.current.size * Math.max(1, now - at);
      flight.current = { place: map.place, at: now, fast: isFast, flung: isFast && fast };
      clearTimeout(land);
      if (isFast)
        land = window.setTimeout(() => {
          const { flung } = flight.current;
          flight.current = { ...flight.current, fast: false, flung: false };
          if (flung) rerender(undefined);
        }, FLUNG_MS);
    };
    const show = () => {
      const now = shown.current;
      const next = rowsInSight(now.count, now.size, map.place, height.current, now.overscan);
      if (next.first !== now.first || next.last !== now.last || map.shift !== now.shift) rerender(undefined);
    };
    const settle = () => {
      put(map.settle());
      show();
    };
    const look = () => {
      height.current = element.clientHeight;
      map.measure(shown.current.full, height.current);
      map.moved(element.scrollTop);
      if (map.folded) {
        if (map.stuck) put(map.settle());
        clearTimeout(rest);
        rest = window.setTimeout(settle, REST_MS);
      }
      fly();
      show();
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      clearTimeout(rest);
      clearTimeout(land);
      element.removeEventListener("scroll", look);
      observer.disconnect();
    };
    // `put` and `map` are of the refs above.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [scroller, size, empty]);

  const rows = [];
  for (let index = first; index <= last; index++) rows.push({ index, start: index * size - map.shift });
  const go = (place: number) => {
    if (!map.folded) {
      // The scroll event tells the rest.
      if (scroller.current) scroller.current.scrollTop = place;
      return;
    }
    put(map.to(place));
    rerender(undefined);
  };
  return {
    total: Math.max(0, map.height - before),
    rows,
    first,
    last,
    top: Math.max(0, Math.min(count - 1, Math.floor(map.place / size))),
    flung: flight.current.flung,
    reveal: (index) => {
      const element = scroller.current;
      if (!element || index < 0 || index >= count) return;
      const top = index * size;
      const bottom = top + size + before - element.clientHeight;
      if (top < map.place) go(top);
      else if (bottom > map.place) go(bottom);
    },
    toStart: () => go(0),
    toEnd: () => go(map.lastPlace),
  };
}
