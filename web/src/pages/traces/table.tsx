// SPDX-License-Identifier: Apache-2.0
// The list of traces: virtual rows, more of them as one scrolls.
import { useEffect, useRef } from "preact/hooks";
import type { TraceList } from "../../api/traces";
import type { TraceSummary } from "../../api/types";
import { useVirtual } from "../../parts/virtual";
import { useStore } from "../../state/store";
import { type CellContext, type Column, gridTemplate, layout, setWidth, shownColumns } from "./columns";

const ROW = 30;
const HEAD = 30;
const LOAD_AHEAD = 40;

interface Props extends CellContext {
  list: TraceList;
  selected: string | null;
  onSelect: (traceId: string, event: MouseEvent) => void;
}

export function TraceTable({ list, selected, onSelect, ...context }: Props) {
  const current = useStore(layout);
  const columns = shownColumns(current);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtual({ count: list.items.length, size: ROW, scroller, before: HEAD });
  const selectedAt = list.items.findIndex((t) => t.trace_id === selected);
  const reveal = useRef(virtual.reveal);
  reveal.current = virtual.reveal;
  // Follow the selection, not the row number: live rows come in above.
  useEffect(() => {
    if (selected !== null) reveal.current(selectedAt);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected]);
  const { loadMore } = list;
  const nearEnd = virtual.last >= list.items.length - LOAD_AHEAD;
  useEffect(() => {
    if (nearEnd) loadMore();
  }, [nearEnd, list.items.length, loadMore]);
  const grid = { gridTemplateColumns: gridTemplate(columns, current.widths) };
  return (
    <div
      class={`trace-table${list.stale ? " stale" : ""}`}
      ref={scroller}
      role="grid"
      aria-label="Traces"
      aria-rowcount={list.complete ? list.items.length + 1 : -1}
      aria-busy={list.loading}
      tabIndex={0}
      {...(selectedAt >= 0 ? { "aria-activedescendant": `trace-${selected ?? ""}` } : {})}
    >
      <div class="trace-head" role="row" style={grid}>
        {columns.map((c) => (
          <HeadCell key={c.id} column={c} />
        ))}
      </div>
      <div class="virtual" style={{ height: `${virtual.total}px` }}>
        {virtual.rows.map(({ index, start }) => {
          const trace = list.items[index];
          if (!trace) return null;
          return (
            <Row
              key={trace.trace_id}
              trace={trace}
              index={index}
              top={start}
              grid={grid}
              columns={columns}
              context={context}
              selected={trace.trace_id === selected}
              onSelect={onSelect}
            />
          );
        })}
      </div>
      {list.loadingMore && <p class="trace-more faint">Loading more …</p>}
    </div>
  );
}

interface RowProps {
  trace: TraceSummary;
  index: number;
  top: number;
  grid: { gridTemplateColumns: string };
  columns: readonly Column[];
  context: CellContext;
  selected: boolean;
  onSelect: (traceId: string, event: MouseEvent) => void;
}

function Row({ trace, index, top, grid, columns, context, selected, onSelect }: RowProps) {
  return (
    <div
      id={`trace-${trace.trace_id}`}
      class={`trace-row${trace.status === "error" ? " trace-error" : ""}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      style={{ ...grid, top: `${top}px` }}
      onClick={(e) => onSelect(trace.trace_id, e)}
    >
      {columns.map((c) => (
        <div key={c.id} role="gridcell" class={c.numeric ? "cell right" : "cell"}>
          {c.cell(trace, context)}
        </div>
      ))}
    </div>
  );
}

function HeadCell({ column }: { column: Column }) {
  const drag = useRef<{ x: number; width: number } | null>(null);
  const cell = useRef<HTMLDivElement>(null);
  const width = () => cell.current?.offsetWidth ?? column.width;
  const keys = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 16 : event.key === "ArrowLeft" ? -16 : 0;
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    setWidth(column.id, width() + step);
  };
  return (
    <div class={column.numeric ? "cell right" : "cell"} role="columnheader" ref={cell}>
      <span class="cut grow">{column.label || <span class="sr-only">{column.name}</span>}</span>
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
          if (drag.current) setWidth(column.id, drag.current.width + e.clientX - drag.current.x);
        }}
        onPointerUp={() => (drag.current = null)}
        onPointerCancel={() => (drag.current = null)}
      />
    </div>
  );
}
