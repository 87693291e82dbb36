// SPDX-License-Identifier: Apache-2.0
// A list of named things - models, judges, datasets, suites, evaluations: virtual rows, each
// the door to a page, walked with j, k and Enter.
import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { groupThousands } from "../lib/format";
import { navigate } from "../state/location";
import { useKeys } from "../state/keyboard";
import { useVirtual } from "./virtual";

export interface ListColumn<T> {
  title: string;
  /** Of the grid: "120px", "minmax(160px, 2fr)". */
  width: string;
  right?: boolean;
  cell: (item: T) => ComponentChildren;
}

interface Props<T> {
  label: string;
  items: readonly T[];
  columns: readonly ListColumn<T>[];
  /** Narrower, it scrolls sideways. */
  minWidth?: number;
  keyOf: (item: T) => string | number;
  href: (item: T) => string;
  /** For a list whose rows can be chosen: x chooses. */
  onChoose?: (item: T) => void;
  isChosen?: (item: T) => boolean;
}

const ROW = 40;
const HEAD = 30;

export function ObjectList<T>(props: Props<T>) {
  const { label, items, columns, minWidth = 900, keyOf, href, onChoose, isChosen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtual({ count: items.length, size: ROW, scroller, before: HEAD });
  const [active, setActive] = useState(-1);
  const id = useId();
  const step = (by: number) => () => {
    const next = Math.max(0, Math.min(items.length - 1, active < 0 ? 0 : active + by));
    setActive(next);
    virtual.reveal(next);
    return undefined;
  };
  const withActive = (act: (item: T) => void) => () => {
    const item = items[active];
    if (item === undefined) return false;
    act(item);
    return undefined;
  };
  useKeys({
    j: step(1),
    k: step(-1),
    ArrowDown: step(1),
    ArrowUp: step(-1),
    Enter: withActive((item) => navigate(href(item))),
    x: withActive((item) => onChoose?.(item)),
  });
  const grid = {
    gridTemplateColumns: columns.map((c) => c.width).join(" "),
    minWidth: `${minWidth}px`,
  };
  return (
    <div
      class="object-list"
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={items.length + 1}
      aria-activedescendant={active < 0 ? undefined : `${id}-${active}`}
      tabIndex={0}
    >
      <div class="object-head" role="row" style={grid}>
        {columns.map((c) => (
          <span key={c.title} role="columnheader" class={c.right ? "right" : ""}>
            {c.title}
          </span>
        ))}
      </div>
      <div class="virtual" style={{ height: `${virtual.total}px` }}>
        {virtual.rows.map(({ index, start }) => {
          const item = items[index];
          return (
            item !== undefined && (
              <div
                key={keyOf(item)}
                class={`object-row${isChosen?.(item) ? " object-chosen" : ""}`}
                id={`${id}-${index}`}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={index === active}
                style={{ ...grid, top: `${start}px` }}
                onClick={() => navigate(href(item))}
              >
                {columns.map((c) => (
                  <span key={c.title} role="gridcell" class={c.right ? "right cut" : "cut"}>
                    {c.cell(item)}
                  </span>
                ))}
              </div>
            )
          );
        })}
      </div>
      <p class="sr-only" role="status">
        {groupThousands(items.length)} {label.toLowerCase()}
      </p>
    </div>
  );
}
