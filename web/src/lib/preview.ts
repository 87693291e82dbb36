// SPDX-License-Identifier: Apache-2.0
// One line that says what a payload is, from the start of its JSON: keys and
// values without the punctuation, arrays by type and shape.  The server cuts
// previews, so the text is completed before it is read.
import { ExactNumber, isObject, type Json, specialText, tryParse } from "./json";

const MAX_LENGTH = 240;

/** Closes what a cut left open; null if it is not JSON at all. */
export function completeJson(text: string): Json | undefined {
  const whole = tryParse(text);
  if (whole !== undefined) return whole;
  const open: string[] = [];
  let inString = false;
  let good = 0; // up to here a value or an opening bracket ended
  const closers = new Map<number, string>();
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (inString) {
      if (c === "\\") i++;
      else if (c === '"') inString = false;
      continue;
    }
    if (c === '"') inString = true;
    else if (c === "{" || c === "[") {
      open.push(c === "{" ? "}" : "]");
      good = i + 1;
      closers.set(good, [...open].reverse().join(""));
    } else if (c === "}" || c === "]") {
      if (open.pop() !== c) return undefined;
      good = i + 1;
      closers.set(good, [...open].reverse().join(""));
    } else if (c === ",") {
      good = i;
      closers.set(good, [...open].reverse().join(""));
    }
  }
  // With the last value if only its string was cut, else without it.
  const closing = [...open].reverse().join("");
  const candidates = [
    inString ? `${text}…"${closing}` : `${text}${closing}`,
    text.slice(0, good) + (closers.get(good) ?? ""),
  ];
  for (const candidate of candidates) {
    const value = tryParse(candidate);
    if (value !== undefined) return value;
  }
  return undefined;
}

export function previewLine(text: string): string {
  if (!/^\s*[[{"]/.test(text)) return text.slice(0, MAX_LENGTH);
  const value = completeJson(text);
  if (value === undefined) return text.slice(0, MAX_LENGTH);
  const line =
    typeof value === "string" ? value : isObject(value) ? objectLine(value, 0) : valueLine(value, 0);
  return line.slice(0, MAX_LENGTH);
}

const MAX_DEPTH = 3;

function objectLine(value: Readonly<Record<string, Json>>, depth: number): string {
  const described = describeTyped(value);
  if (described !== null) return described;
  return Object.entries(value)
    .map(([k, v]) => `${k}: ${valueLine(v, depth + 1)}`)
    .join(", ");
}

function valueLine(value: Json, depth: number): string {
  if (typeof value === "string") return depth === 0 ? value : value.replace(/\s+/g, " ");
  if (value === null || typeof value !== "object") return String(value);
  if (value instanceof ExactNumber) return value.text;
  const special = specialText(value);
  if (special !== null) return special;
  if (depth >= MAX_DEPTH) return "…";
  if (Array.isArray(value)) return `[${value.map((v) => valueLine(v, depth + 1)).join(", ")}]`;
  return describeTyped(value) ?? `{${objectLine(value, depth)}}`;
}

/** What the clients write for arrays, frames and other objects: {"$type": "ndarray", "shape": [8, 8], ...}. */
function describeTyped(value: Readonly<Record<string, Json>>): string | null {
  const type = value["$type"];
  if (typeof type !== "string") return null;
  const name = type.split(".").at(-1) ?? type;
  const shape = value["shape"];
  return Array.isArray(shape) ? `${name} ${shape.map((n) => valueLine(n, 1)).join("×")}` : name;
}
