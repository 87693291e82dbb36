// SPDX-License-Identifier: Apache-2.0
// The list of traces: virtual rows, all of them; they come as they are scrolled to.
import { memo } from "preact/compat";
import { useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef } from "preact/hooks";
import type { TraceList } from "../../api/tracelist";
import type { TraceSummary } from "../../api/types";
import { groupThousands } from "../../lib/format";
import { useVirtual } from "../../parts/virtual";
import { useKeys } from "../../state/keyboard";
import { useStore } from "../../state/store";
import type { CellContext, Column } from "./columns";
import { HeadCell } from "./headcell";
import { gridTemplate, layoutOf, shownColumns } from "./layout";

const ROW = 30;
const HEAD = 30;
/** Below that many rows the scrollbar alone says where one is. */
const TELL_PLACE = 1000;

interface Props extends CellContext {
  list: TraceList;
  selected: string | null;
  sort: string;
  onSort: (sort: string) => void;
  onSelect: (traceId: string, event: MouseEvent) => void;
}

/** Of the rows that came while the list was flung, so many are drawn in full with each frame. */
const FILLED = 6;

/**
 * Which of these traces are drawn bare, with the cells that cost little: those that come while the
 * list is flung, until it rests, when they are filled in by and by.
 */
function useBare(traceIds: readonly string[], flung: boolean): ReadonlySet<string> {
  const [, rerender] = useReducer((n: number) => n + 1, 0);
  const drawn = useRef({ full: new Set<string>(), bare: new Set<string>() });
  const full = new Set<string>();
  const bare = new Set<string>();
  let left = FILLED;
  for (const id of traceIds) {
    const was = drawn.current.bare.has(id);
    const fill = flung ? drawn.current.full.has(id) : !was || left-- > 0;
    (fill ? full : bare).add(id);
  }
  useLayoutEffect(() => {
    drawn.current = { full, bare };
    if (flung || bare.size === 0) return;
    const frame = requestAnimationFrame(() => rerender(undefined));
    return () => cancelAnimationFrame(frame);
  });
  return bare;
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
  const bare = useBare(
    virtual.rows.flatMap(({ index }) => list.at(index)?.trace_id ?? []),
    virtual.flung,
  );
  const { want, count } = list;
  const { first, last } = virtual;
  useEffect(() => want(first, last), [want, first, last, count]);
  // Within the panel the keys are the panel's.
  const unlessInPanel = (go: () => void) => () => {
    if (document.activeElement?.closest(".side-panel")) return false;
    go();
    return undefined;
  };
  // Until the list is known whole, its end moves on: whoever asked for it goes along.
  const atEnd = useRef(false);
  const stay = () => {
    atEnd.current = false;
  };
  useKeys({
    Home: unlessInPanel(() => {
      stay();
      virtual.toStart();
    }),
    End: unlessInPanel(() => {
      atEnd.current = !list.complete;
      virtual.toEnd();
    }),
  });
  const toEnd = useRef(virtual.toEnd);
  toEnd.current = virtual.toEnd;
  useLayoutEffect(() => {
    if (atEnd.current) toEnd.current();
    if (list.complete) stay();
  }, [count, list.complete]);
  return (
    <>
      <div
        class={`trace-table${list.stale ? " stale" : ""}`}
        ref={scroller}
        role="grid"
        aria-label="Traces"
        aria-rowcount={list.complete ? list.count + 1 : -1}
        aria-busy={list.loading}
        onWheel={stay}
        onPointerDown={stay}
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
            if (!trace)
              return <div key={index} class="trace-row trace-absent" style={{ top: `${start}px` }} />;
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
                bare={bare.has(trace.trace_id)}
                onSelect={select}
              />
            );
          })}
        </div>
        {list.loadingMore && <p class="trace-more faint">Loading more …</p>}
      </div>
      {count > TELL_PLACE && (
        <p key={virtual.top} class="trace-place" aria-hidden="true">
          {groupThousands(virtual.top + 1)} of {groupThousands(count)}
        </p>
      )}
    </>
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
  bare: boolean;
  onSelect: (traceId: string, event: MouseEvent) => void;
}

/** Drawn once while it is in sight: scrolling makes the new rows only. */
const Row = memo(function Row(props: RowProps) {
  const { trace, index, top, grid, columns, context, selected, bare, onSelect } = props;
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
          {(!bare || c.cheap) && c.cell(trace, context)}
        </div>
      ))}
    </div>
  );
});
