// SPDX-License-Identifier: Apache-2.0
// From a number to the traces behind it: the terms that its group stands for.
import { inlineText, type Json } from "./json";
import { appendTerm, makeTerm, quoteField, tokenize } from "./query";

/** The value of one key as a term; null means that the key is absent. */
export function keyTerm(field: string, value: Json): string {
  if (value === null) return `-has:${quoteField(field)}`;
  // Quotes make a text of what looks like a number, which is what it is.
  if (typeof value === "string" && value !== "" && Number.isFinite(Number(value)))
    return `${quoteField(field)}:"${value}"`;
  return makeTerm(field, inlineText(value));
}

/** Words and plain terms may stand within `span( )`; what groups spans itself may not. */
function isPlain(query: string): boolean {
  return !/(?:^|[\s(-])(?:span|child|parent)\(/i.test(query);
}

/**
 * The question whose traces hold the rows of a group.  Of spans: one span satisfies
 * the query and the keys; of traces: the root span has the keys.
 */
export function drillQuery(
  query: string,
  of: "spans" | "traces",
  by: readonly string[],
  key: readonly Json[],
): string {
  const terms = by.map((field, i) => keyTerm(field, key[i] ?? null));
  if (terms.length === 0) return of === "spans" && isPlain(query) ? grouped(query) : query;
  if (of === "traces") return appendTerm(query, `span(root:true ${terms.join(" ")})`);
  if (!isPlain(query)) return appendTerm(query, grouped(terms.join(" ")));
  return grouped(terms.reduce(appendTerm, query.trim()));
}

/** One term needs no `span( )`, unless it is negated: then it would speak of the whole trace. */
function grouped(query: string): string {
  const tokens = tokenize(query);
  if (tokens.length === 0) return "";
  return tokens.length === 1 && !query.trim().startsWith("-") ? query.trim() : `span(${query.trim()})`;
}

/** How a group is called. */
export function groupName(key: readonly Json[]): string {
  return key.map((k) => (k === null ? "(none)" : inlineText(k) || "(empty)")).join(" · ");
}
