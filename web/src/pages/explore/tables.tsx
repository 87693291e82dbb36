// SPDX-License-Identifier: Apache-2.0
// The same numbers to read: a row a group (the legend too), and a row a bucket.
import { useMemo, useState } from "preact/hooks";
import type { Aggregate } from "../../api/aggregate";
import { inlineText } from "../../lib/json";
import { exactMeasure, formatMeasure } from "../../lib/measure";
import { formatAbsolute, nsToMs } from "../../lib/time";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { navigate } from "../../state/location";
import { type Row, sortRows } from "./rows";

interface GroupsProps {
  answer: Aggregate;
  rows: readonly Row[];
  href: (row: Row) => string | null;
  compareHref: (row: Row) => string | null;
}

export function GroupTable({ answer, rows, href, compareHref }: GroupsProps) {
  const [sort, setSort] = useState<{ measure: number; up: boolean }>({ measure: 0, up: false });
  const measure = Math.min(sort.measure, answer.measures.length - 1);
  const sorted = useMemo(() => sortRows(rows, measure, sort.up), [rows, measure, sort.up]);
  const pick = (index: number) =>
    setSort(index === measure ? { measure, up: !sort.up } : { measure: index, up: false });
  return (
    <div class="table-scroll">
      <table class="table explore-groups">
        <thead>
          <tr>
            {(answer.by.length ? answer.by : ["group"]).map((field) => (
              <th key={field} class="mono">
                {field}
              </th>
            ))}
            {answer.measures.map((m, i) => (
              <th
                key={m}
                class="right"
                aria-sort={i === measure ? (sort.up ? "ascending" : "descending") : "none"}
              >
                <button type="button" class="head-sort mono" onClick={() => pick(i)}>
                  {m}
                  {i === measure && <Icon name={sort.up ? "up" : "down"} size={12} />}
                </button>
              </th>
            ))}
            <th>
              <span class="sr-only">Compare</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((r) => (
            <GroupRow key={r.name} answer={answer} row={r} href={href(r)} compare={compareHref(r)} />
          ))}
          {answer.by.length > 0 && <TotalRow answer={answer} />}
        </tbody>
      </table>
    </div>
  );
}

interface GroupProps {
  answer: Aggregate;
  row: Row;
  href: string | null;
  compare: string | null;
}

function GroupRow({ answer, row, href, compare }: GroupProps) {
  const names =
    row.key === null || answer.by.length === 0
      ? [row.name]
      : row.key.map((k) => (k === null ? null : inlineText(k)));
  return (
    <tr class={href === null ? "" : "table-link"} onClick={() => href !== null && navigate(href)}>
      {names.map((name, i) => (
        <td key={i} colSpan={names.length < answer.by.length ? answer.by.length : 1}>
          <span class="explore-name">
            {i === 0 && (
              <span
                class={`swatch${row.look.dashed ? " swatch-dashed" : ""}`}
                style={{ color: `var(${row.look.color})` }}
              />
            )}
            {href !== null && i === 0 ? (
              <Link
                href={href}
                class="cut"
                title={`Traces of ${row.name}`}
                onClick={(e) => e.stopPropagation()}
              >
                {name ?? "(none)"}
              </Link>
            ) : (
              <span class={name === null ? "faint" : "cut"}>{name ?? "(none)"}</span>
            )}
          </span>
        </td>
      ))}
      {answer.measures.map((m, i) => (
        <td key={m} class="right" title={exactMeasure(m, row.values[i] ?? null)}>
          {formatMeasure(m, row.values[i] ?? null)}
        </td>
      ))}
      <td class="explore-actions">
        {compare !== null && (
          <Link
            href={compare}
            class="button button-quiet"
            title={`Compare ${row.name} with the rest`}
            onClick={(e) => e.stopPropagation()}
          >
            Compare
          </Link>
        )}
      </td>
    </tr>
  );
}

function TotalRow({ answer }: { answer: Aggregate }) {
  return (
    <tr class="explore-total">
      <td colSpan={answer.by.length}>all together</td>
      {answer.measures.map((m, i) => (
        <td key={m} class="right" title={exactMeasure(m, answer.total[i] ?? null)}>
          {formatMeasure(m, answer.total[i] ?? null)}
        </td>
      ))}
      <td />
    </tr>
  );
}

interface TimeProps {
  answer: Aggregate;
  rows: readonly Row[];
  onPick: (row: Row, bucket: number) => void;
}

/** A row a bucket, the newest first; a column a group and measure. */
export function TimeTable({ answer, rows, onPick }: TimeProps) {
  const columns = rows.flatMap((row) => answer.measures.map((measure, i) => ({ row, measure, i })));
  const many = answer.measures.length > 1;
  const order = answer.times.map((_, i) => i).reverse();
  return (
    <div class="table-scroll explore-times">
      <table class="table">
        <thead>
          <tr>
            <th>From</th>
            {columns.map(({ row, measure }) => (
              <th key={`${row.name}/${measure}`} class="right">
                {row.name}
                {many && <span class="mono faint"> {measure}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {order.map((bucket) => (
            <tr key={bucket}>
              <td>{formatAbsolute(nsToMs(answer.times[bucket] ?? 0n))}</td>
              {columns.map(({ row, measure, i }) => {
                const value = row.series[i]?.[bucket] ?? null;
                return (
                  <td key={`${row.name}/${measure}`} class="right" title={exactMeasure(measure, value)}>
                    {value === null || row.key === null ? (
                      <span class="faint">{formatMeasure(measure, value)}</span>
                    ) : (
                      <button type="button" class="text-button" onClick={() => onPick(row, bucket)}>
                        {formatMeasure(measure, value)}
                      </button>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
