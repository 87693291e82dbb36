// SPDX-License-Identifier: Apache-2.0
// From what a judge said to the traces that it said it of, in the same window of time.
import type { ScoreStats } from "../../api/judges";
import { makeTerm, quoteField } from "../../lib/query";
import { tracesPath } from "../../lib/route";
import { DEFAULT_RANGE, type TimeWindow } from "../../lib/time";

export const judgedPath = (project: string, q: string, { from, to }: TimeWindow) =>
  tracesPath(project, { q, from: from === DEFAULT_RANGE ? null : from, to });

/** For a page about judges, whose window is all time unless the address tells another. */
export const windowParams = ({ from, to }: TimeWindow) => ({ from: from === "all" ? null : from, to });

/** Of a judge's name, or of the tag of a version. */
export const judgedQuery = (judge: string, model: string | null = null) =>
  [makeTerm("judge", judge), ...(model === null ? [] : [makeTerm("model", model)])].join(" ");

/** In a group it is one score of which all is asked. */
const groupOf = (judge: string, ...terms: string[]) =>
  `span(${[makeTerm("judge", judge), ...terms].join(" ")})`;

/** What did not pass by any of its scores; null: all that it could pass did. */
export function failedQuery(judge: string, items: readonly ScoreStats[]): string | null {
  const names = new Set(items.filter((s) => s.failed > 0).map((s) => s.name));
  return [...names].map((n) => groupOf(judge, makeTerm(`passed.${n}`, "false"))).join(" or ") || null;
}

/** Scores in a range of values, the end of which belongs to it where it is the last one. */
export function rangeQuery(judge: string, name: string, low: number, high: number, last: boolean): string {
  const field = quoteField(`score.${name}`);
  return groupOf(judge, `${field}>=${low}`, `${field}${last ? "<=" : "<"}${high}`);
}
