// SPDX-License-Identifier: Apache-2.0
// A column's head: a click sorts, the handle at its end sets the width.
import { useRef } from "preact/hooks";
import { NEWEST_FIRST } from "../../api/tracelist";
import { Icon } from "../../parts/icon";
import type { Column } from "./columns";
import { type LayoutStore, setWidth } from "./layout";

interface Props {
  column: Column;
  layout: LayoutStore;
  sort: string;
  onSort: (sort: string) => void;
}

const WIDTH_STEP = 16;

/** The largest first, then the smallest, then as at first. */
export function nextSort(current: string, key: string): string {
  if (current === `-${key}`) return key;
  return current === key ? NEWEST_FIRST : `-${key}`;
}

export function HeadCell({ column, layout, sort, onSort }: Props) {
  const cell = useRef<HTMLDivElement>(null);
  const label = column.label || <span class="sr-only">{column.name}</span>;
  const key = column.sort;
  const up = sort === key;
  const sorted = key !== undefined && (up || sort === `-${key}`);
  return (
    <div
      class={column.numeric ? "cell right" : "cell"}
      role="columnheader"
      ref={cell}
      {...(sorted ? { "aria-sort": up ? ("ascending" as const) : ("descending" as const) } : {})}
    >
      {key === undefined ? (
        <span class="cut grow">{label}</span>
      ) : (
        <button
          type="button"
          class={`head-sort grow${sorted ? " head-sorted" : ""}`}
          title={`Sort by ${column.name ?? column.label}`}
          onClick={() => onSort(nextSort(sort, key))}
        >
          <span class="cut">{label}</span>
          {sorted && <Icon name={up ? "up" : "down"} size={12} />}
        </button>
      )}
      <WidthHandle column={column} layout={layout} width={() => cell.current?.offsetWidth ?? column.width} />
    </div>
  );
}

interface HandleProps {
  column: Column;
  layout: LayoutStore;
  width: () => number;
}

function WidthHandle({ column, layout, width }: HandleProps) {
  const drag = useRef<{ x: number; width: number } | null>(null);
  const keys = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? WIDTH_STEP : event.key === "ArrowLeft" ? -WIDTH_STEP : 0;
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    setWidth(layout, column.id, width() + step);
  };
  return (
    <span
      class="resize"
      role="separator"
      aria-orientation="vertical"
      aria-label={`Width of ${column.name ?? column.label}`}
      tabIndex={0}
      onKeyDown={keys}
      onPointerDown={(e) => {
        e.currentTarget.setPointerCapture(e.pointerId);
        drag.current = { x: e.clientX, width: width() };
      }}
      onPointerMove={(e) => {
        if (drag.current) setWidth(layout, column.id, drag.current.width + e.clientX - drag.current.x);
      }}
      onPointerUp={() => (drag.current = null)}
      onPointerCancel={() => (drag.current = null)}
    />
  );
}
