// SPDX-License-Identifier: Apache-2.0
// The spans of a trace as a tree with bars on a common time axis.  Virtual: ten
// thousand spans cost as much as those in sight.
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
const MAX_INDENT = 14;

interface Props {
  tree: SpanTree<Span>;
  closed: ReadonlySet<string>;
  selected: string | null;
  /** Spans that a search found; null: no search. */
  found: ReadonlySet<string> | null;
  onSelect: (spanId: string) => void;
  onToggle: (spanId: string) => void;
}

export function Waterfall({ tree, closed, selected, found, onSelect, onToggle }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => treeRows(tree, closed), [tree, closed]);
  const virtual = useVirtual({ count: rows.length, size: ROW, scroller, before: HEAD });
  const { reveal } = virtual;
  const at = rows.findIndex((r) => r.span.span_id === selected);
  const revealLatest = useRef(reveal);
  revealLatest.current = reveal;
  useEffect(() => revealLatest.current(at), [at]);
  const length = Number(tree.endNs - tree.startNs);
  const deep = rows.some((r) => r.depth > DEEP);
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
        <Axis length={length} />
      </div>
      <div class="virtual" style={{ height: `${virtual.total}px` }}>
        {virtual.rows.map(({ index, start }) => {
          const row = rows[index];
          if (!row) return null;
          return (
            <Row
              key={row.span.span_id}
              row={row}
              top={start}
              tree={tree}
              selected={row.span.span_id === selected}
              dim={found !== null && !found.has(row.span.span_id)}
              onSelect={onSelect}
              onToggle={onToggle}
            />
          );
        })}
      </div>
    </div>
  );
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

interface RowProps {
  row: TreeRow<Span>;
  top: number;
  tree: SpanTree<Span>;
  selected: boolean;
  dim: boolean;
  onSelect: (spanId: string) => void;
  onToggle: (spanId: string) => void;
}

function Row({ row, top, tree, selected, dim, onSelect, onToggle }: RowProps) {
  const { span } = row;
  const failed = span.status.code === "error";
  return (
    <div
      class={`waterfall-row${dim ? " dim" : ""}`}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={selected}
      {...(row.childCount ? { "aria-expanded": row.open } : {})}
      style={{ top: `${top}px` }}
      onClick={() => onSelect(span.span_id)}
    >
      <div class="waterfall-name" title={span.name}>
        <Indent lines={row.lines} />
        {row.childCount > 0 ? (
          <button
            type="button"
            class="waterfall-twist"
            tabIndex={-1}
            aria-label={row.open ? "Fold" : `Unfold ${row.childCount} spans`}
            onClick={(e) => {
              e.stopPropagation();
              onToggle(span.span_id);
            }}
          >
            <Icon name={row.open ? "down" : "right"} size={12} />
          </button>
        ) : (
          <span class="waterfall-twist" />
        )}
        {failed && <StatusMark status="error" label={false} />}
        <span class="cut">{span.name}</span>
        {!row.open && row.childCount > 0 && <span class="count-mark">{row.childCount}</span>}
        {span.type !== "span" && <TypeMark type={span.type} />}
      </div>
      <span class="waterfall-time" title={exactDuration(span.duration_ns)}>
        {formatDuration(span.duration_ns)}
      </span>
      <Bar span={span} tree={tree} failed={failed} />
    </div>
  );
}

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

function Bar({ span, tree, failed }: { span: Span; tree: SpanTree<Span>; failed: boolean }) {
  const { left, width } = barExtent(span, tree.startNs, tree.endNs);
  const color = failed
    ? "var(--red-fill)"
    : span.type
      ? typeVar(span.type)
      : seriesVar(span.service || span.name);
  return (
    <div class="waterfall-track">
      <span
        class="waterfall-bar"
        style={{ left: `${left * 100}%`, width: `max(2px, ${width * 100}%)`, background: color }}
      />
    </div>
  );
}
