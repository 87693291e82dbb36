// SPDX-License-Identifier: Apache-2.0
// Rows of unknown number: only those in sight exist.  A thin hook over
// TanStack's virtualizer; all rows have the same height.
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { type MutableRef, useLayoutEffect, useReducer, useState } from "preact/hooks";

interface Options {
  count: number;
  size: number;
  scroller: MutableRef<HTMLElement | null>;
  overscan?: number;
  /** Height of what stands above the rows in the scroller. */
  before?: number;
}

export interface VirtualRows {
  total: number;
  rows: { index: number; start: number }[];
  first: number;
  last: number;
  reveal: (index: number) => void;
}

export function useVirtual({ count, size, scroller, overscan = 12, before = 0 }: Options): VirtualRows {
  const [, rerender] = useReducer((n: number) => n + 1, 0);
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => size,
    overscan,
    scrollMargin: 0,
    scrollPaddingStart: before,
    initialRect: { width: 0, height: 800 },
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => rerender(undefined),
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(options));
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => {
    virtualizer._willUpdate();
  });
  useLayoutEffect(() => {
    virtualizer.measure();
  }, [virtualizer, size]);
  const items = virtualizer.getVirtualItems();
  return {
    total: virtualizer.getTotalSize(),
    rows: items.map((i) => ({ index: i.index, start: i.start })),
    first: items[0]?.index ?? 0,
    last: items.at(-1)?.index ?? -1,
    reveal: (index) => {
      if (index >= 0 && index < count) virtualizer.scrollToIndex(index, { align: "auto" });
    },
  };
}
