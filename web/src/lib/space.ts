// SPDX-License-Identifier: Apache-2.0
// Boxes and lines in space, and how they look from a camera: one that stood there (a
// projection matrix) or one that the reader moves around (yaw, pitch, distance).
// Right-handed, z upwards, as the point clouds are.
import type { Point, Point3 } from "./annotation";
import { isObject, type Json, toNumber } from "./json";
import { isNumber } from "./picture";
import { walk } from "./walk";

/** Three rows of four: x' = P (x, y, z, 1). */
export type Projection = readonly number[];

export interface Box3 {
  center: Point3;
  dimensions: Point3;
  /** About x, then y, then z, in radians. */
  rotations: Point3;
}

function rotate([x, y, z]: Point3, [a, b, c]: Point3): Point3 {
  const y1 = y * Math.cos(a) - z * Math.sin(a);
  const z1 = y * Math.sin(a) + z * Math.cos(a);
  const x2 = x * Math.cos(b) + z1 * Math.sin(b);
  const z2 = z1 * Math.cos(b) - x * Math.sin(b);
  return [x2 * Math.cos(c) - y1 * Math.sin(c), x2 * Math.sin(c) + y1 * Math.cos(c), z2];
}

/** Bit 0 of a corner's number is its side along x, bit 1 along y, bit 2 along z. */
export function boxCorners({ center, dimensions, rotations }: Box3): Point3[] {
  return Array.from({ length: 8 }, (_, i) => {
    const half = dimensions.map((d, axis) => ((i >> axis) & 1 ? d / 2 : -d / 2)) as Point3;
    const turned = rotate(half, rotations);
    return turned.map((v, axis) => v + (center[axis] ?? 0)) as Point3;
  });
}

/** Pairs of corners that differ along one axis. */
export const BOX_EDGES: readonly (readonly [number, number])[] = Array.from({ length: 8 }, (_, i) =>
  [1, 2, 4].filter((bit) => (i & bit) === 0).map((bit) => [i, i | bit] as const),
).flat();

/** The end along x, which is the front of what moves, is drawn with a cross. */
export const BOX_FRONT: readonly (readonly [number, number])[] = [
  [1, 7],
  [3, 5],
];

const NEAR = 0.05;

/** In the camera's frame: to the right, down, ahead - before the division. */
type Seen = readonly [number, number, number];

function see(p: Projection, [x, y, z]: Point3): Seen {
  const row = (i: number) =>
    (p[4 * i] ?? 0) * x + (p[4 * i + 1] ?? 0) * y + (p[4 * i + 2] ?? 0) * z + (p[4 * i + 3] ?? 0);
  return [row(0), row(1), row(2)];
}

const flat = ([u, v, w]: Seen): Point => [u / w, v / w];

/** A line as the camera sees it, without what is behind it; null: nothing is before it. */
export function projectLine(p: Projection, from: Point3, to: Point3): [Point, Point] | null {
  let a = see(p, from);
  let b = see(p, to);
  if (a[2] < NEAR && b[2] < NEAR) return null;
  const cut = (inside: Seen, outside: Seen): Seen => {
    const t = (inside[2] - NEAR) / (inside[2] - outside[2]);
    return inside.map((v, i) => v + t * ((outside[i] ?? 0) - v)) as unknown as Seen;
  };
  if (a[2] < NEAR) a = cut(b, a);
  else if (b[2] < NEAR) b = cut(a, b);
  return [flat(a), flat(b)];
}

function readProjection(value: Json | undefined): Projection | null {
  if (!Array.isArray(value)) return null;
  const numbers = value.flat(1);
  return (numbers.length === 12 || numbers.length === 16) && numbers.every(isNumber)
    ? numbers.slice(0, 12).map(toNumber)
    : null;
}

/** The matrix of a sample's camera, from the cloud's metres to the picture's pixels. */
export function projectionOf(sample: Json): Projection | null {
  for (const value of walk(sample)) {
    const found = isObject(value) ? readProjection(value["projection"]) : null;
    if (found) return found;
  }
  return null;
}

export interface Orbit {
  /** What the reader looks at. */
  target: Point3;
  distance: number;
  /** About z, and above the ground; radians. */
  yaw: number;
  pitch: number;
}

/** The camera of an orbit over a canvas of that size, as a projection matrix. */
export function orbitProjection(
  { target, distance, yaw, pitch }: Orbit,
  width: number,
  height: number,
): Projection {
  const focal = 0.9 * Math.min(width, height);
  const ahead: Point3 = [
    -Math.cos(pitch) * Math.cos(yaw),
    -Math.cos(pitch) * Math.sin(yaw),
    -Math.sin(pitch),
  ];
  const right: Point3 = [-Math.sin(yaw), Math.cos(yaw), 0];
  const down: Point3 = [Math.sin(pitch) * Math.cos(yaw), Math.sin(pitch) * Math.sin(yaw), -Math.cos(pitch)];
  const eye = target.map((t, i) => t - distance * (ahead[i] ?? 0)) as Point3;
  const dot = (a: Point3, b: Point3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const rows = [
    right.map((r, i) => focal * r + (width / 2) * (ahead[i] ?? 0)),
    down.map((d, i) => focal * d + (height / 2) * (ahead[i] ?? 0)),
    [...ahead],
  ];
  return rows.flatMap((row) => [...row, -dot(row as Point3, eye)]);
}

export interface Bounds3 {
  center: Point3;
  radius: number;
  /** The lowest and the highest, along z. */
  heights: readonly [number, number];
}

/** Where most points are: stray ones far away do not make the rest small. */
export function boundsOf(points: Float32Array, more: readonly Point3[]): Bounds3 {
  const axes = [0, 1, 2].map((axis) => {
    const step = 3 * Math.max(1, Math.floor(points.length / 3 / 5000));
    const values: number[] = more.map((p) => p[axis] ?? 0);
    for (let i = axis; i < points.length; i += step) values.push(points[i] ?? 0);
    values.sort((a, b) => a - b);
    const at = (share: number) => values[Math.round(share * (values.length - 1))] ?? 0;
    return values.length > 100 ? [at(0.02), at(0.98)] : [at(0), at(1)];
  });
  const center = axes.map(([low = 0, high = 0]) => (low + high) / 2) as Point3;
  const radius = Math.hypot(...axes.map(([low = 0, high = 0]) => (high - low) / 2));
  const [low = 0, high = 0] = axes[2] ?? [];
  return { center, radius: radius || 1, heights: [low, high] };
}
