// SPDX-License-Identifier: Apache-2.0
// Conditions on result rows, such as `recall<0.5 label="a cat"`: apart, to show each.

/** A word ends at a space outside double quotes, within which a backslash escapes. */
const CONDITION = /(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g;

export const conditionsOf = (filter: string): string[] => filter.match(CONDITION) ?? [];

/** Null when none is left. */
export const withoutCondition = (filter: string, index: number): string | null =>
  conditionsOf(filter)
    .filter((_, i) => i !== index)
    .join(" ") || null;
