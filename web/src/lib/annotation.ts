// SPDX-License-Identifier: Apache-2.0
// What can be seen in a sample: images by reference, small grids of numbers, and the
// annotations that are drawn over them.  Values come from users: nothing is trusted.
import { isObject, type Json, toNumber } from "./json";

/** An image that is kept as a blob, or that the value itself carries. */
export type Picture = { sha256: string; name: string } | { src: string; name: string };

export interface Shape {
  kind: "box" | "polygon" | "line" | "points";
  points: [number, number][];
  label: string;
  score: number | null;
}

const MAX_DEPTH = 6;
const MAX_NODES = 20_000;

/** Visits nested values, the outer ones first, a bounded number of them. */
function* walk(root: Json): Generator<Json> {
  const queue: { value: Json; depth: number }[] = [{ value: root, depth: 0 }];
  for (let i = 0; i < queue.length && i < MAX_NODES; i++) {
    const { value, depth } = queue[i] ?? { value: null, depth: 0 };
    yield value;
    if (depth >= MAX_DEPTH || typeof value !== "object" || value === null) continue;
    for (const child of Object.values(value)) queue.push({ value: child as Json, depth: depth + 1 });
  }
}

/** Pixels only: an SVG could hold more than a picture. */
const DATA_IMAGE = /^data:image\/(png|jpeg|gif|webp|bmp);base64,[A-Za-z0-9+/=]+$/;
const MAX_DATA = 4_000_000;

export function picturesOf(root: Json): Picture[] {
  const found: Picture[] = [];
  for (const value of walk(root)) {
    if (typeof value === "string" && value.length < MAX_DATA && DATA_IMAGE.test(value))
      found.push({ src: value, name: "image" });
    if (!isObject(value)) continue;
    const { sha256, media_type, name } = value;
    if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) continue;
    if (typeof media_type === "string" && media_type.startsWith("image/"))
      found.push({ sha256, name: typeof name === "string" ? name : "image" });
  }
  return found;
}

export interface Grid {
  width: number;
  height: number;
  /** Row by row, 0 to 1. */
  values: number[];
}

const MAX_SIDE = 64;
const isNumber = (v: Json | undefined) =>
  typeof v === "number" || (typeof v === "object" && v !== null && "text" in v);

function gridRows(rows: readonly Json[]): number[][] | null {
  const width = Array.isArray(rows[0]) ? rows[0].length : 0;
  if (width < 4 || width > MAX_SIDE || rows.length < 4 || rows.length > MAX_SIDE) return null;
  const all = rows.map((row) =>
    Array.isArray(row) && row.length === width && row.every(isNumber) ? row.map(toNumber) : null,
  );
  return all.every((row) => row !== null) ? all : null;
}

/** A small picture that was logged as numbers: rows of equal length. */
export function gridOf(root: Json): Grid | null {
  for (const value of walk(root)) {
    const rows = Array.isArray(value) ? gridRows(value) : null;
    if (!rows) continue;
    const values = rows.flat();
    const low = Math.min(...values);
    const high = Math.max(...values);
    const scale = high > low ? 1 / (high - low) : 0;
    return { width: rows[0]?.length ?? 0, height: rows.length, values: values.map((v) => (v - low) * scale) };
  }
  return null;
}

function point(value: Json | undefined): [number, number] | null {
  if (!Array.isArray(value) || value.length < 2 || !isNumber(value[0]) || !isNumber(value[1])) return null;
  return [toNumber(value[0]), toNumber(value[1])];
}

function points(value: Json | undefined): [number, number][] {
  return Array.isArray(value) ? value.map(point).filter((p) => p !== null) : [];
}

const KINDS: Record<string, Shape["kind"]> = {
  "ANNOTATION/POLYGON": "polygon",
  "ANNOTATION/POLYLINE": "line",
  "ANNOTATION/KEYPOINTS": "points",
};

function shapeOf(value: Record<string, Json>): Shape | null {
  const type = typeof value["data_type"] === "string" ? value["data_type"] : "";
  const common = {
    label: typeof value["label"] === "string" ? value["label"] : "",
    score: value["score"] === undefined || value["score"] === null ? null : toNumber(value["score"]),
  };
  const a = point(value["top_left"]);
  const b = point(value["bottom_right"]);
  if (a && b) return { kind: "box", points: [a, b], ...common };
  const kind = KINDS[type];
  const all = kind ? points(value["points"]) : [];
  return kind && all.length > 0 ? { kind, points: all, ...common } : null;
}

const MAX_SHAPES = 500;

/** Boxes, polygons, lines and key points, wherever in the value they are. */
export function shapesOf(root: Json): Shape[] {
  const found: Shape[] = [];
  for (const value of walk(root)) {
    if (found.length >= MAX_SHAPES) break;
    const shape = isObject(value) ? shapeOf(value) : null;
    if (shape) found.push(shape);
  }
  return found;
}
