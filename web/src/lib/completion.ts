// SPDX-License-Identifier: Apache-2.0
// Suggestions for the search text: what stands between `start` and `end` gives
// way to what is picked.
import { tokenize } from "./query";

export interface Suggestion {
  label: string;
  detail: string;
  insert: string;
}

export interface Completion {
  kind: "field" | "operator" | "value";
  start: number;
  end: number;
  items: readonly Suggestion[];
}

export const NO_COMPLETION: Completion = { kind: "field", start: 0, end: 0, items: [] };

/**
 * What still holds of an answer when the reader typed on within its range: shown
 * until the next answer comes, so that the list does not flicker.
 */
export function carryOver(old: Completion, before: string, after: string): Completion {
  const head = before.slice(0, old.start);
  const tail = before.slice(old.end);
  const end = after.length - tail.length;
  if (old.items.length === 0 || end < old.start) return NO_COMPLETION;
  if (!after.startsWith(head) || !after.endsWith(tail)) return NO_COMPLETION;
  const typed = after.slice(old.start, end).toLowerCase();
  if (/[\s():<>=]/.test(typed)) return NO_COMPLETION;
  const items = old.items.filter((i) => i.label.toLowerCase().includes(typed.replace(/^[-"]+/, "")));
  return items.length ? { ...old, end, items } : NO_COMPLETION;
}

export interface Applied {
  text: string;
  caret: number;
  /** The term is whole: ask the question. */
  whole: boolean;
}

export function applySuggestion(text: string, completion: Completion, index: number): Applied | null {
  const item = completion.items[index];
  if (!item) return null;
  const whole = completion.kind === "value";
  const insert = whole && !item.insert.endsWith(" ") ? `${item.insert} ` : item.insert;
  const rest = text.slice(completion.end);
  return {
    text: text.slice(0, completion.start) + insert + (whole ? rest.trimStart() : rest),
    caret: completion.start + insert.length,
    whole,
  };
}

export interface Marked {
  before: string;
  wrong: string;
  after: string;
}

/** The text around the place where it went wrong: to the end of the token there. */
export function markAt(text: string, index: number): Marked {
  if (index >= text.length) return { before: text, wrong: "\u00a0", after: "" };
  const token = tokenize(text).find((t) => t.start <= index && index < t.end);
  const end = token ? token.end : index + 1;
  return { before: text.slice(0, index), wrong: text.slice(index, end), after: text.slice(end) };
}
