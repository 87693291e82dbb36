// SPDX-License-Identifier: Apache-2.0
// Two selections side by side, as the address of Compare holds them:
// a= and from=, to= are the one, b= and bfrom=, bto= the other (its window is the
// first one's unless it is named).
import { parseTime, nsToMs, msToText, resolveWindow, type TimeWindow } from "./time";
import { tokenize } from "./query";
import type { Params } from "./route";

/** What a query does not select. */
export function negate(query: string): string {
  const text = query.trim();
  const tokens = tokenize(text);
  if (tokens.length !== 1) return `-(${text})`;
  return text.startsWith("-") ? text.slice(1) : `-${text}`;
}

/** Everything of the window that the query does not select. */
export function withTheRest(query: string, window: TimeWindow): Params {
  return { a: query, b: negate(query), from: window.from, to: window.to };
}

/** The same question over the time just before, as long; null for all time. */
export function withThePeriodBefore(query: string, window: TimeWindow, nowMs: number): Params | null {
  const bounds = resolveWindow(window, nowMs);
  const start = bounds.from === undefined ? null : parseTime(bounds.from);
  const end = bounds.to === undefined ? null : parseTime(bounds.to);
  if (start === null) return null;
  const from = nsToMs(start);
  const to = end === null ? nowMs : nsToMs(end);
  if (to <= from) return null;
  return {
    a: query,
    b: query,
    from: msToText(from),
    to: msToText(to),
    bfrom: msToText(from - (to - from)),
    bto: msToText(from),
  };
}
