// SPDX-License-Identifier: Apache-2.0
// Annotations, wherever in a sample, a ground truth or an inference they stand: what is
// drawn over a picture, a text, a time line or a cloud of points.  Values come from users:
// what does not fit is left out.
import { type Asset, located } from "./asset";
import { type JsonObject, inlineText, isObject, type Json, toNumber } from "./json";
import { isNumber } from "./picture";
import { walk } from "./walk";

export type Point = [number, number];
export type Point3 = [number, number, number];
/** Which points a line connects. */
export type Bones = readonly [number, number][];

export type Form =
  | { kind: "box" | "polygon" | "line"; points: Point[] }
  | { kind: "points"; points: Point[]; bones: Bones }
  | { kind: "text"; field: string; start: number; end: number }
  | { kind: "time"; start: number; end: number; group: string }
  | { kind: "mask"; asset: Asset; labels: ReadonlyMap<number, string> | null }
  | { kind: "box3d"; center: Point3; dimensions: Point3; rotations: Point3 }
  | { kind: "line3d"; points: Point3[] }
  | { kind: "points3d"; points: Point3[]; bones: Bones };

export interface Annotation {
  form: Form;
  label: string;
  score: number | null;
  /** Zero-based, of a video. */
  frame: number | null;
  /** What else it carries, in one line. */
  more: string;
}

export const FLAT: readonly Form["kind"][] = ["box", "polygon", "line", "points"];
export const SOLID: readonly Form["kind"][] = ["box3d", "line3d", "points3d"];

function numbers(value: Json | undefined, least: number): number[] | null {
  if (!Array.isArray(value) || value.length < least || !value.slice(0, least).every(isNumber)) return null;
  return value.slice(0, least).map(toNumber);
}

const point = (value: Json | undefined) => numbers(value, 2) as Point | null;
const point3 = (value: Json | undefined) => numbers(value, 3) as Point3 | null;

function listOf<T>(value: Json | undefined, read: (item: Json) => T | null): T[] {
  return Array.isArray(value) ? value.map(read).filter((p) => p !== null) : [];
}

function bonesOf(value: Json | undefined, count: number): Bones {
  return listOf(value, point).filter(([a, b]) =>
    [a, b].every((i) => Number.isInteger(i) && i >= 0 && i < count),
  );
}

const text = (value: Json | undefined) => (typeof value === "string" ? value : "");

function boxOf(o: JsonObject): Form | null {
  const a = point(o["top_left"]);
  const b = point(o["bottom_right"]);
  return a && b ? { kind: "box", points: [a, b] } : null;
}

function pointsOf(o: JsonObject, kind: "polygon" | "line" | "points"): Form | null {
  const points = listOf(o["points"], point);
  if (points.length === 0) return null;
  return kind === "points"
    ? { kind, points, bones: bonesOf(o["skeleton"], points.length) }
    : { kind, points };
}

function points3Of(o: JsonObject, kind: "line3d" | "points3d"): Form | null {
  const points = listOf(o["points"], point3);
  if (points.length === 0) return null;
  return kind === "points3d"
    ? { kind, points, bones: bonesOf(o["skeleton"], points.length) }
    : { kind, points };
}

function spanOf(o: JsonObject): { start: number; end: number } | null {
  if (!isNumber(o["start"]) || !isNumber(o["end"])) return null;
  const [start, end] = [toNumber(o["start"]), toNumber(o["end"])].sort((a, b) => a - b);
  return start !== undefined && end !== undefined ? { start, end } : null;
}

function textOf(o: JsonObject): Form | null {
  const span = spanOf(o);
  return span && span.start >= 0 ? { kind: "text", field: text(o["text_field"]), ...span } : null;
}

function timeOf(o: JsonObject): Form | null {
  const span = spanOf(o);
  return span && { kind: "time", ...span, group: o["group"] == null ? "" : inlineText(o["group"]) };
}

function maskOf(o: JsonObject): Form | null {
  const asset = located(text(o["locator"]), "mask");
  if (!asset) return null;
  const { labels } = o;
  if (!isObject(labels)) return { kind: "mask", asset, labels: null };
  const named = Object.entries(labels).map(([k, v]) => [Number(k), inlineText(v)] as const);
  return { kind: "mask", asset, labels: new Map(named.filter(([k]) => k >= 0 && k <= 255)) };
}

function box3Of(o: JsonObject): Form | null {
  const center = point3(o["center"]);
  const dimensions = point3(o["dimensions"]);
  const rotations = point3(o["rotations"]) ?? [0, 0, 0];
  return center && dimensions ? { kind: "box3d", center, dimensions, rotations } : null;
}

const READERS: Record<string, (o: JsonObject) => Form | null> = {
  BOUNDING_BOX: boxOf,
  POLYGON: (o) => pointsOf(o, "polygon"),
  POLYLINE: (o) => pointsOf(o, "line"),
  KEYPOINTS: (o) => pointsOf(o, "points"),
  POLYLINE_3D: (o) => points3Of(o, "line3d"),
  KEYPOINTS_3D: (o) => points3Of(o, "points3d"),
  BOUNDING_BOX_3D: box3Of,
  SEGMENTATION_MASK: maskOf,
  BITMAP_MASK: maskOf,
  TEXT_SEGMENT: textOf,
  TIME_SEGMENT: timeOf,
};

/** What the table shows by itself, or derives. */
const OWN: readonly string[] = [
  ...[
    "data_type",
    "label",
    "score",
    "top_left",
    "bottom_right",
    "points",
    "skeleton",
    "start",
    "end",
    "group",
  ],
  ...["text_field", "locator", "labels", "center", "dimensions", "rotations", "frame_id"],
  ...["width", "height", "area", "aspect_ratio", "volume"],
];

function moreOf(o: JsonObject): string {
  return Object.entries(o)
    .filter(([key, value]) => !OWN.includes(key) && value !== null)
    .map(([key, value]) => `${key} ${inlineText(value).slice(0, 80)}`)
    .join(", ");
}

function annotationOf(o: JsonObject): Annotation | null {
  const name = text(o["data_type"]);
  const read = READERS[name.replace(/^ANNOTATION\//, "")] ?? (name === "" ? boxOf : null);
  const form = read?.(o) ?? null;
  if (!form) return null;
  return {
    form,
    label: o["label"] == null ? "" : inlineText(o["label"]),
    score: isNumber(o["score"]) ? toNumber(o["score"]) : null,
    frame: isNumber(o["frame_id"]) ? toNumber(o["frame_id"]) : null,
    more: moreOf(o),
  };
}

export const MAX_ANNOTATIONS = 500;

/** All of a value, in its order, a bounded number of them. */
export function annotationsOf(root: Json): Annotation[] {
  const found: Annotation[] = [];
  for (const value of walk(root)) {
    if (found.length >= MAX_ANNOTATIONS) break;
    const annotation = isObject(value) ? annotationOf(value) : null;
    if (annotation) found.push(annotation);
  }
  return found;
}

const round = (v: number) => String(Number(v.toPrecision(6)));
const place = (p: readonly number[]) => p.map(round).join(", ");

/** Where it is, in words; of a text segment that is its text, which the caller has. */
export function whereText(form: Form): string {
  switch (form.kind) {
    case "box": {
      const [[x0, y0] = [0, 0], [x1, y1] = [0, 0]] = form.points;
      const size = `${round(Math.abs(x1 - x0))} × ${round(Math.abs(y1 - y0))}`;
      return `${place([Math.min(x0, x1), Math.min(y0, y1)])} · ${size}`;
    }
    case "text":
      return `${form.start}–${form.end}`;
    case "time":
      return `${round(form.start)}–${round(form.end)} s`;
    case "mask":
      return form.labels ? [...form.labels.values()].join(", ") : "";
    case "box3d":
      return `${place(form.center)} · ${form.dimensions.map(round).join(" × ")}`;
    default:
      return `${form.points.length} points`;
  }
}
