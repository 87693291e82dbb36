// SPDX-License-Identifier: Apache-2.0
// A table of data that somebody logged: virtual rows, numbers to the right,
// sorted by a click on a column.
import { useMemo, useRef, useState } from "preact/hooks";
import { ExactNumber, inlineText, type Json, toNumber } from "../lib/json";
import type { TableData } from "../lib/shape";
import { CopyButton } from "./button";
import { Icon } from "./icon";
import { useVirtual } from "./virtual";

const ROW = 26;
const HEAD = 28;
const MAX_HEIGHT = 480;
const MAX_COLUMNS = 200;

const isNumeric = (value: Json) => typeof value === "number" || value instanceof ExactNumber;

function compare(a: Json, b: Json): number {
  if (isNumeric(a) && isNumeric(b)) return toNumber(a) - toNumber(b);
  return inlineText(a).localeCompare(inlineText(b), undefined, { numeric: true });
}

/** For spreadsheets: tabs between cells, no tabs or breaks inside them. */
export function tableText(table: TableData): string {
  const line = (cells: readonly string[]) => cells.map((c) => c.replace(/[\t\r\n]+/g, " ")).join("\t");
  return [line(table.columns), ...table.rows.map((r) => line(r.map(inlineText)))].join("\n");
}

export function DataTable({ table, label }: { table: TableData; label: string }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [sort, setSort] = useState<{ column: number; down: boolean } | null>(null);
  const rows = useMemo(() => {
    if (!sort) return table.rows;
    const sign = sort.down ? -1 : 1;
    return [...table.rows].sort((a, b) => sign * compare(a[sort.column] ?? null, b[sort.column] ?? null));
  }, [table, sort]);
  const virtual = useVirtual({ count: rows.length, size: ROW, scroller, before: HEAD });
  const columns = table.columns.slice(0, MAX_COLUMNS);
  const numeric = columns.map((_, i) => isNumeric(table.rows[0]?.[i] ?? null));
  const grid = { gridTemplateColumns: `repeat(${columns.length}, minmax(72px, 1fr))` };
  const pick = (column: number) =>
    setSort(sort?.column !== column ? { column, down: false } : sort.down ? null : { column, down: true });
  return (
    <div class="data-table-frame">
      <div class="data-table-info">
        <span class="faint">
          {table.rows.length} rows · {table.columns.length} columns
        </span>
        <CopyButton text={() => tableText(table)} label="Copy the table" />
      </div>
      <div
        class="data-table"
        ref={scroller}
        role="table"
        aria-label={label}
        aria-rowcount={rows.length + 1}
        tabIndex={0}
        style={{ height: `${Math.min(MAX_HEIGHT, HEAD + rows.length * ROW + 14)}px` }}
      >
        <div class="data-table-head" role="row" style={grid}>
          {columns.map((name, i) => (
            <button
              key={i}
              type="button"
              role="columnheader"
              aria-sort={sort?.column === i ? (sort.down ? "descending" : "ascending") : "none"}
              class={numeric[i] ? "right" : ""}
              onClick={() => pick(i)}
            >
              <span class="cut">{name}</span>
              {sort?.column === i && <Icon name={sort.down ? "down" : "up"} size={12} />}
            </button>
          ))}
        </div>
        <div class="virtual" style={{ height: `${virtual.total}px` }}>
          {virtual.rows.map(({ index, start }) => (
            <div key={index} class="data-table-row" role="row" style={{ ...grid, top: `${start}px` }}>
              {columns.map((_, i) => {
                const text = inlineText(rows[index]?.[i] ?? null);
                return (
                  <span key={i} role="cell" class={numeric[i] ? "cut right" : "cut"} title={text}>
                    {text}
                  </span>
                );
              })}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
