// SPDX-License-Identifier: Apache-2.0
// The answer as rows that chart, legend and tables share.
import type { Aggregate, AggregateGroup } from "../../api/aggregate";
import { groupName } from "../../lib/drill";
import type { Json } from "../../lib/json";
import { type SeriesLook, seriesLooks } from "../../lib/palette";
import { plural } from "../../lib/format";

export interface Row {
  name: string;
  /** Null: what is left of the groups beyond the top. */
  key: readonly Json[] | null;
  values: readonly (number | null)[];
  series: AggregateGroup["series"];
  look: SeriesLook;
}

const OTHER: SeriesLook = { color: "--text-3", dashed: true };
const ALL: SeriesLook = { color: "--accent-fill", dashed: false };

export function makeRows(answer: Aggregate): Row[] {
  if (answer.by.length === 0) {
    const all = answer.groups[0];
    return [
      { name: "all", key: [], values: all?.values ?? answer.total, series: all?.series ?? [], look: ALL },
    ];
  }
  const names = answer.groups.map((g) => groupName(g.key));
  const looks = seriesLooks(names);
  const rows = answer.groups.map((g, i): Row => {
    const name = names[i] ?? "";
    return { name, key: g.key, values: g.values, series: g.series, look: looks.get(name) ?? OTHER };
  });
  const { other } = answer;
  if (other)
    rows.push({
      name: plural(other.groups, "other"),
      key: null,
      values: other.values,
      series: other.series,
      look: OTHER,
    });
  return rows;
}

/** By one column's values, those without a value last; "other" keeps its place at the end. */
export function sortRows(rows: readonly Row[], measure: number, up: boolean): Row[] {
  const groups = rows.filter((r) => r.key !== null);
  const sign = up ? 1 : -1;
  groups.sort((a, b) => {
    const left = a.values[measure] ?? null;
    const right = b.values[measure] ?? null;
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    return sign * (left - right);
  });
  return [...groups, ...rows.filter((r) => r.key === null)];
}

/** Comma-separated values: a line a group, or a line a bucket and group. */
export function rowsCsv(answer: Aggregate, rows: readonly Row[], time: (ns: bigint) => string): string {
  const cell = (value: string | number | null) => {
    const text = value === null ? "" : String(value);
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  const keys = (row: Row) =>
    answer.by.map((_, i) => {
      const key = row.key?.[i];
      if (key === undefined) return row.name;
      return key === null ? null : typeof key === "object" ? groupName([key]) : String(key);
    });
  const line = (cells: readonly (string | number | null)[]) => cells.map(cell).join(",");
  if (answer.times.length === 0)
    return [
      line([...answer.by, ...answer.measures]),
      ...rows.map((r) => line([...keys(r), ...r.values])),
    ].join("\r\n");
  const lines = answer.times.flatMap((t, bucket) =>
    rows.map((r) => line([time(t), ...keys(r), ...r.series.map((s) => s[bucket] ?? null)])),
  );
  return [line(["time", ...answer.by, ...answer.measures]), ...lines].join("\r\n");
}
