// SPDX-License-Identifier: Apache-2.0
// The samples as cards, as many beside each other as there is room for, or as lines.  All
// have one height, which the number of evaluations decides, so that only those in sight exist.
import { type MutableRef, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Comparison } from "../../api/evaluations";
import type { ResultRow } from "../../api/results";
import type { Rows } from "../../api/rows";
import { useVirtual } from "../../parts/virtual";
import { SampleCard, SampleLine } from "./samplecards";

interface Props {
  project: string;
  comparison: Comparison;
  metric: string;
  rows: Rows<ResultRow>;
  cards: boolean;
  /** Which one stands beside the list; -1: none in memory. */
  openAt: number;
  onOpen: (number: number) => void;
}

// As evaluation.css has them.
const GAP = 10;
const CARD = { width: 150, side: 236, height: 162, result: 24 };
const LINE = { height: 9, result: 24 };

/** How many cards have room beside each other; names of models need more of it. */
function useColumns(scroller: MutableRef<HTMLElement | null>, cards: boolean, width: number): number {
  const [columns, setColumns] = useState(1);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || !cards) return;
    const look = () => setColumns(Math.max(1, Math.floor((element.clientWidth + GAP) / (width + GAP))));
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, cards, width]);
  return cards ? columns : 1;
}

export function Gallery({ project, comparison, metric, rows, cards, openAt, onOpen }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const sides = comparison.evaluations.length;
  const columns = useColumns(scroller, cards, sides > 1 ? CARD.side : CARD.width);
  const height = cards ? CARD.height + sides * CARD.result : LINE.height + sides * LINE.result;
  const size = cards ? height + GAP : height;
  const { count, want } = rows;
  const virtual = useVirtual({ count: Math.ceil(count / columns), size, scroller, overscan: 3 });
  const { first, last, reveal } = virtual;
  useEffect(() => want(first * columns, (last + 1) * columns - 1), [want, first, last, columns, count]);
  useEffect(() => {
    if (openAt >= 0) reveal(Math.floor(openAt / columns));
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [openAt, columns]);
  const Sample = cards ? SampleCard : SampleLine;
  const cells = (line: number) =>
    Array.from({ length: Math.min(columns, count - line * columns) }, (_, i) => line * columns + i);
  return (
    <div class={`sample-rows${rows.stale ? " stale" : ""}`} ref={scroller} aria-label="Samples" role="group">
      <div class="virtual" style={{ height: `${virtual.total}px` }}>
        {virtual.rows.map(({ index, start }) => (
          <div
            key={index}
            class={cards ? "gallery-row" : "line-row"}
            style={{
              top: `${start}px`,
              height: `${height}px`,
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            }}
          >
            {cells(index).map((at) => {
              const row = rows.at(at);
              return row ? (
                <Sample
                  key={row.number}
                  project={project}
                  comparison={comparison}
                  metric={metric}
                  row={row}
                  active={at === openAt}
                  onOpen={onOpen}
                />
              ) : (
                <span key={`at ${at}`} />
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}
