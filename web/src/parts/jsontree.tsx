// SPDX-License-Identifier: Apache-2.0
// JSON as a tree that folds.  Rows are virtual above a few hundred; long strings
// are cut until they are opened.
import { useMemo, useRef, useState } from "preact/hooks";
import { ExactNumber, inlineText, type Json, type JsonRow, jsonRows, stringify } from "../lib/json";
import { CopyButton } from "./button";
import { Icon } from "./icon";
import { useVirtual } from "./virtual";

const OPEN_DEPTH = 2;
const OPEN_CHILDREN = 50;
const ROW = 22;
const MAX_HEIGHT = 520;
const CUT = 200;

interface Props {
  value: Json;
  label: string;
}

export function JsonTree({ value, label }: Props) {
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => {
    const few = Object.keys(typeof value === "object" && value !== null ? value : {}).length <= OPEN_CHILDREN;
    return jsonRows(
      value,
      (path, depth) => toggled.get(path) ?? (depth === 0 || (depth < OPEN_DEPTH && few)),
    );
  }, [value, toggled]);
  const virtual = useVirtual({ count: rows.length, size: ROW, scroller });
  const toggle = (row: JsonRow) => setToggled(new Map([...toggled, [row.path, !row.open]]));
  return (
    <div class="json">
      <div class="code-copy">
        <CopyButton text={() => stringify(value, 2)} label={`Copy ${label}`} />
      </div>
      <div
        class="json-scroll"
        ref={scroller}
        role="tree"
        aria-label={label}
        tabIndex={0}
        style={{ height: `${Math.min(MAX_HEIGHT, rows.length * ROW + 8)}px` }}
      >
        <div class="virtual" style={{ height: `${virtual.total}px` }}>
          {virtual.rows.map(({ index, start }) => {
            const row = rows[index];
            return row && <Row key={row.path} row={row} top={start} onToggle={() => toggle(row)} />;
          })}
        </div>
      </div>
    </div>
  );
}

function Row({ row, top, onToggle }: { row: JsonRow; top: number; onToggle: () => void }) {
  const canOpen = row.branch && row.size > 0;
  return (
    <div
      class="json-row"
      role="treeitem"
      aria-level={row.depth + 1}
      {...(canOpen ? { "aria-expanded": row.open } : {})}
      style={{ top: `${top}px`, paddingLeft: `${6 + Math.min(row.depth, 30) * 16}px` }}
      onClick={canOpen ? onToggle : undefined}
    >
      <span class="json-twist">{canOpen && <Icon name={row.open ? "down" : "right"} size={12} />}</span>
      {row.key !== null && <span class="json-key">{row.key}</span>}
      <span class="cut">
        <Leaf row={row} />
      </span>
    </div>
  );
}

function Leaf({ row }: { row: JsonRow }) {
  const { value } = row;
  if (row.branch) {
    const [before, after] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
    if (row.size === 0) return <span class="faint">{before + after}</span>;
    const unit = Array.isArray(value) ? (row.size === 1 ? "item" : "items") : row.size === 1 ? "key" : "keys";
    return (
      <span class="faint">
        {row.open ? "" : `${preview(value)} `}
        <span class="json-size">
          {row.size} {unit}
        </span>
      </span>
    );
  }
  if (typeof value === "string")
    return (
      <span class="tint-string" title={value.length > 60 ? value.slice(0, 2000) : undefined}>
        {value.length > CUT ? `${JSON.stringify(value.slice(0, CUT)).slice(0, -1)}…` : JSON.stringify(value)}
      </span>
    );
  if (typeof value === "number" || value instanceof ExactNumber)
    return <span class="tint-number">{inlineText(value)}</span>;
  return <span class="tint-keyword">{inlineText(value)}</span>;
}

/** The first values of a folded branch. */
function preview(value: Json): string {
  if (Array.isArray(value)) {
    const items = value
      .slice(0, 8)
      .map((v) => (typeof v === "object" && v !== null && !(v instanceof ExactNumber) ? "…" : shortText(v)));
    return `[${items.join(", ")}${value.length > 8 ? ", …" : ""}]`;
  }
  const keys = Object.keys(value as object);
  return `{${keys.slice(0, 5).join(", ")}${keys.length > 5 ? ", …" : ""}}`;
}

function shortText(value: Json): string {
  const text = typeof value === "string" ? JSON.stringify(value) : inlineText(value);
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}
