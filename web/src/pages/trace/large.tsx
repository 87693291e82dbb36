// SPDX-License-Identifier: Apache-2.0
// A trace that is too large to come whole.  The first rows are shown at once;
// the shape, which folding needs, follows; rows come as they are scrolled to, the
// selected span's details when it is selected.  The address holds the span, the
// tab, the depth and what is shown beside.
import { useDeferred } from "../../state/deferred";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import {
  type Found,
  type RowLoader,
  type TraceRow,
  type TraceWindow,
  useFound,
  useRows,
  useShape,
  useSpan,
} from "../../api/spans";
import {
  foldBelow,
  guideLines,
  hasChildren,
  lastNotAbove,
  type Outline,
  makeOutline,
  parseStretch,
  placeOn,
  rowsAbove,
  type Stretch,
  unfoldTo,
  visibleRows,
} from "../../lib/outline";
import { Splitter } from "../../parts/panel";
import { ErrorState, Skeleton } from "../../parts/states";
import { barColor, MAX_INDENT, type WaterfallItem, WaterfallList } from "../../parts/waterfall";
import { setParams, useParam } from "../../state/location";
import { treeWidth } from "../../state/prefs";
import { useStore } from "../../state/store";
import { SpanDetails } from "./details";
import { score } from "../../api/decode";
import { list } from "../../api/http";
import { LargeHead } from "./largehead";
import { useLargeKeys } from "./largekeys";
import { TimePanel } from "./timepanel";

interface Props {
  project: string;
  first: TraceWindow;
  layout: "panel" | "page";
}

const NONE: ReadonlySet<number> = new Set();
/** Rows that are asked for around those in sight. */
const AHEAD = 60;

export function LargeTrace({ project, first, layout }: Props) {
  const traceId = first.trace_id;
  const rows = useRows(project, traceId, first.items);
  const shape = useShape(project, traceId).data;
  const outline = useMemo(() => (shape ? makeOutline(shape.depths) : null), [shape]);
  const { folded, setFolded, depth, setDepth } = useFolding(outline);
  const visible = useMemo(() => (outline ? visibleRows(outline, folded) : null), [outline, folded]);
  const [text, setText] = useState("");
  const settled = useDeferred(text, 150);
  const found = useFound(project, traceId, settled);
  // What was found for the text before says nothing of this one.
  const hits = text.trim() === "" || settled !== text ? null : (found.data ?? null);
  const critical = useParam("critical") === "1";
  const timed = useParam("time") === "1";
  const zoom = parseStretch(useParam("zoom"));
  const axis = zoom ?? { offset: 0, length: first.duration_ns || 1 };
  const width = useStore(treeWidth);
  const { at, select } = useSelection(rows, outline, folded, setFolded);
  const index = visible ? shownIndex(visible, at) : at;

  const toggle = (position: number) => {
    const next = new Set(folded);
    if (!next.delete(position)) next.add(position);
    setFolded(next);
  };
  const step = (by: number) => {
    const count = visible?.length ?? first.total;
    const next = Math.max(0, Math.min(count - 1, index + by));
    select(visible?.[next] ?? next);
  };
  const stepHit = useHits(hits, text, at, select);
  const toggleZoom = () => {
    const row = rows.row(at);
    const wanted = zoom || !row?.duration_ns ? null : `${row.start_offset_ns}-${row.duration_ns}`;
    setParams({ zoom: wanted });
  };
  useLargeKeys({ page: layout === "page", outline, at, folded, select, toggle, step, stepHit, toggleZoom });

  const positionAt = (i: number) => visible?.[i] ?? i;
  const tree = (
    <WaterfallList
      count={visible?.length ?? first.total}
      selected={index}
      lengthNs={axis.length}
      deep
      itemAt={(i) => {
        const row = rows.row(positionAt(i));
        return row ? itemOf(row, { axis, outline, folded, hits, critical }) : null;
      }}
      onSelect={(i) => select(positionAt(i))}
      onToggle={(i) => toggle(positionAt(i))}
      onRange={(from, to) => rows.need(wantedRows(visible, from, to, first.total))}
    />
  );
  const beside = timed ? (
    <TimePanel shape={shape} onPick={setText} onClose={() => setParams({ time: null })} />
  ) : (
    <Selected project={project} traceId={traceId} rows={rows} outline={outline} at={at} select={select} />
  );
  return (
    <div class={`trace-view trace-${layout}`}>
      <LargeHead
        project={project}
        first={first}
        root={rows.row(0) ?? first.items[0]}
        outline={outline}
        depth={depth}
        onDepth={setDepth}
        zoomed={zoom !== null}
        onZoom={toggleZoom}
        search={text}
        onSearch={setText}
        hits={hits}
        at={at}
        onStep={stepHit}
      />
      {rows.error && (
        <div class="load-failed" role="alert">
          {rows.error.detail || rows.error.title}
          <button type="button" class="text-button" onClick={() => rows.retry()}>
            Try again
          </button>
        </div>
      )}
      {layout === "page" ? (
        <div class="trace-split">
          <div class="trace-tree" style={{ width: `${width}px` }}>
            {tree}
          </div>
          <Splitter width={treeWidth} side="before" min={280} max={1200} label="Width of the tree" />
          <div class="trace-details">{beside}</div>
        </div>
      ) : (
        <div class="trace-stack">
          <div class="trace-tree" style={{ height: "308px" }}>
            {tree}
          </div>
          <div class="trace-details">{beside}</div>
        </div>
      )}
    </div>
  );
}

/** The index of a row, or of what hides it. */
const shownIndex = (visible: Int32Array, at: number) => lastNotAbove(visible, at);

function wantedRows(visible: Int32Array | null, from: number, to: number, total: number): number[] {
  const wanted: number[] = [];
  const last = Math.min((visible?.length ?? total) - 1, to + AHEAD);
  for (let i = from; i <= last; i++) wanted.push(visible?.[i] ?? i);
  for (let i = from - 1; i >= Math.max(0, from - AHEAD); i--) wanted.push(visible?.[i] ?? i);
  wanted.push(0); // the root names the trace
  return wanted;
}

/** What is folded, and the depth in the address that folded it. */
function useFolding(outline: Outline | null) {
  const param = useParam("depth");
  const depth = param !== null && /^\d{1,6}$/.test(param) ? Number(param) : null;
  const [own, setOwn] = useState<{ depth: number | null; folded: ReadonlySet<number> } | null>(null);
  const base = useMemo(
    () => (outline && depth !== null ? foldBelow(outline, depth) : NONE),
    [outline, depth],
  );
  return {
    depth,
    folded: own?.depth === depth ? own.folded : base,
    setFolded: (folded: ReadonlySet<number>) => setOwn({ depth, folded }),
    setDepth: (wanted: number | null) => {
      setOwn(null);
      setParams({ depth: wanted === null ? null : String(wanted) });
    },
  };
}

/** The selected row: the address knows its span, the rows where that is. */
function useSelection(
  rows: RowLoader,
  outline: Outline | null,
  folded: ReadonlySet<number>,
  setFolded: (folded: ReadonlySet<number>) => void,
) {
  const param = useParam("span");
  // On the way to a row that is not here yet: its id is not known.
  const [ahead, setAhead] = useState<number | null>(null);
  const known = param === null ? 0 : rows.find(param);
  const arrived = ahead === null ? undefined : rows.row(ahead);
  useEffect(() => {
    if (!arrived) return;
    setAhead(null);
    setParams({ span: arrived.span_id });
  }, [arrived]);
  useEffect(() => {
    if (param !== null && rows.find(param) === undefined) void rows.locate(param);
  }, [param, rows]);
  const select = (position: number) => {
    if (outline) {
      const open = unfoldTo(outline, folded, position);
      if (open !== folded) setFolded(open);
    }
    const row = rows.row(position);
    setAhead(row ? null : position);
    if (row) setParams({ span: row.span_id });
    else rows.need([position]);
  };
  return { at: ahead ?? known ?? 0, select };
}

/** Goes to what was found next or before; asked for too early, once it is found. */
function useHits(hits: Found | null, text: string, at: number, select: (position: number) => void) {
  const [early, setEarly] = useState<{ text: string; by: number } | null>(null);
  const step = (by: number) => {
    const positions = hits?.positions ?? [];
    if (hits === null && text.trim() !== "") setEarly({ text, by });
    if (positions.length === 0) return;
    const here = lastNotAbove(positions, at);
    const next = by > 0 ? here + 1 : positions[here] === at ? here - 1 : here;
    select(positions[(next + positions.length) % positions.length] ?? 0);
  };
  const latest = useRef(step);
  latest.current = step;
  useEffect(() => {
    if (early === null || hits === null) return;
    setEarly(null);
    if (early.text === text) latest.current(early.by);
  }, [hits, early, text]);
  return step;
}

interface Look {
  axis: Stretch;
  outline: Outline | null;
  folded: ReadonlySet<number>;
  hits: Found | null;
  critical: boolean;
}

function itemOf(row: TraceRow, { axis, outline, folded, hits, critical }: Look): WaterfallItem {
  const failed = row.status === "error";
  const extent = (offset: number, length: number) => placeOn(axis, { offset, length });
  const flat = Array.from({ length: Math.min(row.depth, MAX_INDENT) }, () => false);
  return {
    key: row.span_id,
    name: row.name,
    type: row.type,
    failed,
    depth: row.depth,
    childCount: row.child_count,
    hidden: row.descendant_count,
    open: !folded.has(row.position),
    lines: outline ? guideLines(outline, row.position, MAX_INDENT) : flat,
    duration_ns: row.duration_ns,
    bar: extent(row.start_offset_ns, row.duration_ns),
    color: barColor(failed, row.type, row.name),
    dim: hits !== null && !isHit(hits, row.position),
    critical: critical ? row.critical.map((part) => extent(...part)).filter((e) => e !== null) : null,
    marks: <Marks row={row} outline={outline} />,
  };
}

/** Past the last position that is known everything may be one. */
function isHit({ count, positions }: Found, at: number): boolean {
  const here = lastNotAbove(positions, at);
  return positions[here] === at || (here === positions.length - 1 && count > positions.length);
}

/** What is odd about a row: its parent is not there; it stands deeper than is drawn. */
function Marks({ row, outline }: { row: TraceRow; outline: Outline | null }) {
  return (
    <>
      {row.orphan && (
        <span class="row-mark" title="Its parent is not in this trace">
          no parent
        </span>
      )}
      {row.depth > MAX_INDENT && (outline === null || hasChildren(outline, row.position)) && (
        <span class="row-mark" title={`${row.depth} levels below its root`}>
          level {row.depth}
        </span>
      )}
    </>
  );
}

interface SelectedProps {
  project: string;
  traceId: string;
  rows: RowLoader;
  outline: Outline | null;
  at: number;
  select: (position: number) => void;
}

function Selected({ project, traceId, rows, outline, at, select }: SelectedProps) {
  const tab = useParam("tab") ?? "overview";
  const span = useSpan(project, traceId, rows.row(at)?.span_id ?? null);
  const above = (outline ? rowsAbove(outline, at) : []).slice(-4);
  if (span.error && !span.data)
    return <ErrorState error={span.error} what="The span could not be read" onRetry={span.refetch} />;
  if (!span.data) return <Skeleton rows={8} />;
  const known = above.map((p) => rows.row(p)).filter((row) => row !== undefined);
  return (
    <div class={span.stale ? "stale" : ""}>
      <SpanDetails
        project={project}
        above={known}
        alone={false}
        span={span.data}
        scores={list(span.data.raw["scores"]).map(score)}
        traceId={traceId}
        tab={tab}
        onTab={(t) => setParams({ tab: t === "overview" ? null : t })}
        onSelect={(id) => {
          const position = rows.find(id);
          if (position !== undefined) select(position);
        }}
      />
    </div>
  );
}
