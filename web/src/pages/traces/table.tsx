// SPDX-License-Identifier: Apache-2.0
// The list of traces: virtual rows, more of them as one scrolls.
import { memo } from "preact/compat";
import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";
import type { TraceList } from "../../api/tracelist";
import type { TraceSummary } from "../../api/types";
import { useVirtual } from "../../parts/virtual";
import { useStore } from "../../state/store";
import type { CellContext, Column } from "./columns";
import { HeadCell } from "./headcell";
import { gridTemplate, layoutOf, shownColumns } from "./layout";

const ROW = 30;
const HEAD = 30;

interface Props extends CellContext {
  list: TraceList;
  selected: string | null;
  sort: string;
  onSort: (sort: string) => void;
  onSelect: (traceId: string, event: MouseEvent) => void;
}

/** A function that stays the same while what it does changes. */
function useStable<A extends unknown[]>(run: (...args: A) => void): (...args: A) => void {
  const latest = useRef(run);
  latest.current = run;
  return useCallback((...args: A) => latest.current(...args), []);
}

export function TraceTable({ list, selected, sort, onSort, onSelect, project, onTag }: Props) {
  const store = layoutOf(project);
  const current = useStore(store);
  const columns = useMemo(() => shownColumns(current), [current]);
  const grid = useMemo(
    () => ({ gridTemplateColumns: gridTemplate(columns, current.widths) }),
    [columns, current],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtual({ count: list.count, size: ROW, scroller, before: HEAD });
  const tag = useStable(onTag);
  const select = useStable(onSelect);
  const context = useMemo<CellContext>(() => ({ project, onTag: tag }), [project, tag]);
  // Follow the selection, not the row number: live rows come in above.
  const selectedAt = selected === null ? -1 : list.indexOf(selected);
  const reveal = useRef(virtual.reveal);
  reveal.current = virtual.reveal;
  useEffect(() => {
    if (selected !== null) reveal.current(selectedAt);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected]);
  const { want, count } = list;
  const { first, last } = virtual;
  useEffect(() => want(first, last), [want, first, last, count]);
  return (
    <div
      class={`trace-table${list.stale ? " stale" : ""}`}
      ref={scroller}
      role="grid"
      aria-label="Traces"
      aria-rowcount={list.complete ? list.count + 1 : -1}
      aria-busy={list.loading}
      tabIndex={0}
      {...(selectedAt >= 0 ? { "aria-activedescendant": `trace-${selected ?? ""}` } : {})}
    >
      <div class="trace-head" role="row" style={grid}>
        {columns.map((c) => (
          <HeadCell key={c.id} column={c} layout={store} sort={sort} onSort={onSort} />
        ))}
      </div>
      <div class="virtual" style={{ height: `${virtual.total}px` }}>
        {virtual.rows.map(({ index, start }) => {
          const trace = list.at(index);
          if (!trace) return <div key={index} class="trace-row trace-absent" style={{ top: `${start}px` }} />;
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
              onSelect={select}
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

/** Drawn once while it is in sight: scrolling makes the new rows only. */
const Row = memo(function Row(props: RowProps) {
  const { trace, index, top, grid, columns, context, selected, onSelect } = props;
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
});
