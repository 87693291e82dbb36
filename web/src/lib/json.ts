// SPDX-License-Identifier: Apache-2.0
// JSON without loss: integers beyond 2^53 and doubles written as 1.0 keep their
// text as an ExactNumber, where the engine gives the reviver the source text.

export class ExactNumber {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

export type Json = null | boolean | number | string | ExactNumber | Json[] | JsonObject;

export interface JsonObject {
  [key: string]: Json;
}

type Reviver = (key: string, value: Json, context?: { source?: string }) => Json;

const exactReviver: Reviver = (_key, value, context) =>
  typeof value === "number" && context?.source !== undefined && context.source !== String(value)
    ? new ExactNumber(context.source)
    : value;

export function parseJson(text: string): Json {
  return (JSON.parse as (text: string, reviver: Reviver) => Json)(text, exactReviver);
}

/** The value of text that is a JSON object or array, else undefined. */
export function parseStructure(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** The value of any JSON text, else undefined. */
export function tryParse(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  );
}

export function toNumber(value: Json | undefined): number {
  if (typeof value === "number") return value;
  return value instanceof ExactNumber ? Number(value.text) : 0;
}

/** The API's marks for what JSON cannot hold: NaN, infinities, bytes. */
export function specialText(value: Json): string | null {
  if (!isObject(value)) return null;
  const keys = Object.keys(value);
  if (keys.length !== 1) return null;
  if (typeof value["double"] === "string" && /^(NaN|-?Infinity)$/.test(value["double"]))
    return value["double"];
  if (typeof value["bytes"] === "string") return `${Math.floor((value["bytes"].length * 3) / 4)} bytes`;
  return null;
}

/** A leaf, or a short form of a structure, in one line. */
export function inlineText(value: Json): string {
  if (typeof value === "string") return value;
  if (value instanceof ExactNumber) return value.text;
  return specialText(value) ?? stringify(value);
}

/** Like JSON.stringify, with exact numbers as they came. */
export function stringify(value: Json, indent = 0): string {
  const numbers: string[] = [];
  const marked = JSON.stringify(
    value,
    function (this: unknown, _key, v: Json) {
      if (!(v instanceof ExactNumber)) return v;
      numbers.push(v.text);
      return `\u0000${numbers.length - 1}\u0000`;
    },
    indent,
  );
  return numbers.length === 0
    ? marked
    : marked.replace(/"\\u0000(\d+)\\u0000"/g, (_, i: string) => numbers[Number(i)] ?? "");
}

export interface JsonRow {
  path: string;
  depth: number;
  key: string | null; // null at the top
  value: Json;
  size: number; // children of a structure
  open: boolean;
  branch: boolean;
}

const MAX_ROWS = 200_000;

/** The visible rows of a tree, walked with a stack of our own: depth comes from the user. */
export function jsonRows(root: Json, isOpen: (path: string, depth: number) => boolean): JsonRow[] {
  const rows: JsonRow[] = [];
  const stack: { path: string; depth: number; key: string | null; value: Json }[] = [
    { path: "$", depth: 0, key: null, value: root },
  ];
  for (let item = stack.pop(); item && rows.length < MAX_ROWS; item = stack.pop()) {
    const { path, depth, key, value } = item;
    const branch = Array.isArray(value) || (isObject(value) && specialText(value) === null);
    const entries = branch ? Object.entries(value) : [];
    const open = branch && entries.length > 0 && isOpen(path, depth);
    rows.push({ path, depth, key, value, size: entries.length, open, branch });
    if (!open) continue;
    for (let i = entries.length - 1; i >= 0; i--) {
      const [name, child] = entries[i] ?? ["", null];
      const step = Array.isArray(value)
        ? `[${name}]`
        : /^[A-Za-z_]\w*$/.test(name)
          ? `.${name}`
          : `[${JSON.stringify(name)}]`;
      stack.push({ path: path + step, depth: depth + 1, key: name, value: child });
    }
  }
  return rows;
}
