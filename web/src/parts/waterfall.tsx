// SPDX-License-Identifier: Apache-2.0
// The spans of a trace as a tree with bars on a common time axis.  Virtual: a
// hundred thousand spans cost as much as those in sight.  WaterfallList draws
// rows from anywhere, Waterfall those of a tree in memory.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Span } from "../api/types";
import { seriesVar, typeVar } from "../lib/color";
import { exactDuration, formatDuration } from "../lib/format";
import { axisTicks, barExtent, type SpanTree, type TreeRow, treeRows } from "../lib/tree";
import { StatusMark, TypeMark } from "./chip";
import { Icon } from "./icon";
import { useVirtual } from "./virtual";

const ROW = 28;
const HEAD = 26;
const DEEP = 6;
/** Levels that are drawn; deeper ones share their indentation. */
export const MAX_INDENT = 14;

/** A piece of the time axis, in shares of the trace. */
export interface Extent {
  left: number;
  width: number;
}

export interface WaterfallItem {
  key: string;
  name: string;
  type: string;
  failed: boolean;
  /** From 0. */
  depth: number;
  childCount: number;
  /** What a closed row says it hides. */
  hidden: number;
  open: boolean;
  /** Per level above: does the line go on downwards? The last says it of this row. */
  lines: readonly boolean[];
  duration_ns: number;
  /** null: outside of what the axis shows. */
  bar: Extent | null;
  color: string;
  dim: boolean;
  /** Its stretches of the critical path; null: not shown. */
  critical: readonly Extent[] | null;
  /** More marks behind the name. */
  marks?: ComponentChildren;
}

interface ListProps {
  count: number;
  /** The selected row, -1 for none. */
  selected: number;
  lengthNs: number;
  deep: boolean;
  /** null: it is not here yet. */
  itemAt: (index: number) => WaterfallItem | null;
  onSelect: (index: number) => void;
  onToggle: (index: number) => void;
  /** Rows in sight. */
  onRange?: (first: number, last: number) => void;
}

export function WaterfallList(props: ListProps) {
  const { count, selected, lengthNs, deep, itemAt, onSelect, onToggle, onRange } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtual({ count, size: ROW, scroller, before: HEAD });
  const { reveal, first, last } = virtual;
  const revealLatest = useRef(reveal);
  revealLatest.current = reveal;
  useEffect(() => revealLatest.current(selected), [selected]);
  const rangeLatest = useRef(onRange);
  rangeLatest.current = onRange;
  useEffect(() => rangeLatest.current?.(first, last), [first, last, count]);
  return (
    <div
      class="waterfall"
      style={{ "--indent": deep ? "9px" : "16px" }}
      ref={scroller}
      role="tree"
      aria-label="Spans"
      tabIndex={0}
    >
      <div class="waterfall-head" aria-hidden="true">
        <span>Span</span>
        <span class="waterfall-time">Duration</span>
        <Axis length={lengthNs} />
      </div>
      <div class="virtual" style={{ height: `${virtual.total}px` }}>
        {virtual.rows.map(({ index, start }) => {
          const item = itemAt(index);
          if (!item) return <Awaited key={`at ${index}`} top={start} />;
          return (
            <Row
              key={item.key}
              item={item}
              top={start}
              selected={index === selected}
              onSelect={() => onSelect(index)}
              onToggle={() => onToggle(index)}
            />
          );
        })}
      </div>
    </div>
  );
}

interface Props {
  tree: SpanTree<Span>;
  closed: ReadonlySet<string>;
  selected: string | null;
  /** Spans that a search found; null: no search. */
  found: ReadonlySet<string> | null;
  onSelect: (spanId: string) => void;
  onToggle: (spanId: string) => void;
  /** Stretches of the critical path by span; null: not shown. */
  critical?: ReadonlyMap<string, readonly Extent[]> | null;
}

export function Waterfall({ tree, closed, selected, found, onSelect, onToggle, critical = null }: Props) {
  const rows = useMemo(() => treeRows(tree, closed), [tree, closed]);
  const idAt = (index: number) => rows[index]?.span.span_id ?? "";
  return (
    <WaterfallList
      count={rows.length}
      selected={rows.findIndex((r) => r.span.span_id === selected)}
      lengthNs={Number(tree.endNs - tree.startNs)}
      deep={rows.some((r) => r.depth > DEEP)}
      itemAt={(index) => {
        const row = rows[index];
        return row ? itemOf(row, tree, found, critical) : null;
      }}
      onSelect={(index) => onSelect(idAt(index))}
      onToggle={(index) => onToggle(idAt(index))}
    />
  );
}

const NOTHING: readonly Extent[] = [];

function itemOf(
  { span, depth, childCount, open, lines }: TreeRow<Span>,
  tree: SpanTree<Span>,
  found: ReadonlySet<string> | null,
  critical: ReadonlyMap<string, readonly Extent[]> | null,
): WaterfallItem {
  const failed = span.status.code === "error";
  return {
    key: span.span_id,
    name: span.name,
    type: span.type,
    failed,
    depth,
    childCount,
    hidden: childCount,
    open,
    lines,
    duration_ns: span.duration_ns,
    bar: barExtent(span, tree.startNs, tree.endNs),
    color: barColor(failed, span.type, span.service || span.name),
    dim: found !== null && !found.has(span.span_id),
    critical: critical && (critical.get(span.span_id) ?? NOTHING),
  };
}

export function barColor(failed: boolean, type: string, name: string): string {
  return failed ? "var(--red-fill)" : type ? typeVar(type) : seriesVar(name);
}

function Axis({ length }: { length: number }) {
  const ticks = axisTicks(length, 4).filter((t) => length > 0 && t / length < 0.9);
  return (
    <span class="waterfall-axis">
      {ticks.map((t) => (
        <span key={t} style={{ left: `${length > 0 ? (t / length) * 100 : 0}%` }}>
          {t === 0 ? "0" : formatDuration(t)}
        </span>
      ))}
    </span>
  );
}

function Awaited({ top }: { top: number }) {
  return (
    <div class="waterfall-row waterfall-awaited" style={{ top: `${top}px` }} aria-hidden="true">
      <span />
    </div>
  );
}

interface RowProps {
  item: WaterfallItem;
  top: number;
  selected: boolean;
  onSelect: () => void;
  onToggle: () => void;
}

function Row({ item, top, selected, onSelect, onToggle }: RowProps) {
  const parent = item.childCount > 0;
  const off = item.critical !== null && item.critical.length === 0;
  return (
    <div
      class={`waterfall-row${item.dim ? " dim" : ""}${off ? " off-path" : ""}`}
      role="treeitem"
      aria-level={item.depth + 1}
      aria-selected={selected}
      {...(parent ? { "aria-expanded": item.open } : {})}
      style={{ top: `${top}px` }}
      onClick={onSelect}
    >
      <div class="waterfall-name" title={item.name}>
        <Indent lines={item.lines} />
        {parent ? (
          <button
            type="button"
            class="waterfall-twist"
            tabIndex={-1}
            aria-label={item.open ? "Fold" : `Unfold ${item.hidden} spans`}
            onClick={(e) => {
              e.stopPropagation();
              onToggle();
            }}
          >
            <Icon name={item.open ? "down" : "right"} size={12} />
          </button>
        ) : (
          <span class="waterfall-twist" />
        )}
        {item.failed && <StatusMark status="error" label={false} />}
        <span class="cut">{item.name}</span>
        {!item.open && parent && <span class="count-mark">{item.hidden}</span>}
        {item.type !== "span" && <TypeMark type={item.type} />}
        {item.marks}
      </div>
      <span class="waterfall-time" title={exactDuration(item.duration_ns)}>
        {formatDuration(item.duration_ns)}
      </span>
      <div class="waterfall-track">
        {item.bar && <span class="waterfall-bar" style={{ ...place(item.bar), background: item.color }} />}
        {item.critical?.map((part) => (
          <span key={part.left} class="waterfall-critical" style={place(part)} />
        ))}
      </div>
    </div>
  );
}

const place = ({ left, width }: Extent) => ({
  left: `min(calc(100% - 2px), ${left * 100}%)`,
  width: `max(2px, ${width * 100}%)`,
});

/** Lines that lead from parents to children. */
function Indent({ lines }: { lines: readonly boolean[] }) {
  return (
    <>
      {lines.slice(-MAX_INDENT).map((goesOn, i, shown) => (
        <span
          key={i}
          class={`indent${i === shown.length - 1 ? " indent-branch" : ""}${goesOn ? " indent-on" : ""}`}
        />
      ))}
    </>
  );
}
