// SPDX-License-Identifier: Apache-2.0
// Rows of unknown number: only those in sight, and a few around them, exist.  All
// have the same height, so that a place is a product and a million of them cost
// nothing.  A component renders again only when other rows come into sight.
import { type MutableRef, useLayoutEffect, useReducer, useRef } from "preact/hooks";

interface Options {
  count: number;
  size: number;
  scroller: MutableRef<HTMLElement | null>;
  overscan?: number;
  /** Height of what stands above the rows in the scroller and stays in sight. */
  before?: number;
}

export interface VirtualRows {
  total: number;
  rows: { index: number; start: number }[];
  first: number;
  last: number;
  reveal: (index: number) => void;
}

const FIRST_HEIGHT = 800;

export interface Sight {
  first: number;
  last: number;
}

/** The rows that should exist for a place of the scroller; `last` is -1 for none. */
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

export function useVirtual({ count, size, scroller, overscan = 12, before = 0 }: Options): VirtualRows {
  const [, rerender] = useReducer((n: number) => n + 1, 0);
  const place = useRef({ top: 0, height: FIRST_HEIGHT });
  const { first, last } = rowsInSight(count, size, place.current.top, place.current.height, overscan);
  const empty = count === 0;
  const shown = useRef({ first, last, count, size, overscan });
  shown.current = { first, last, count, size, overscan };

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => {
      place.current = { top: element.scrollTop, height: element.clientHeight };
      const now = shown.current;
      const next = rowsInSight(now.count, now.size, place.current.top, place.current.height, now.overscan);
      if (next.first !== now.first || next.last !== now.last) rerender(undefined);
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      observer.disconnect();
    };
  }, [scroller, size, empty]);

  const rows = [];
  for (let index = first; index <= last; index++) rows.push({ index, start: index * size });
  return {
    total: count * size,
    rows,
    first,
    last,
    reveal: (index) => {
      const element = scroller.current;
      if (!element || index < 0 || index >= count) return;
      const top = index * size;
      const bottom = top + size + before - element.clientHeight;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (bottom > element.scrollTop) element.scrollTop = bottom;
    },
  };
}
