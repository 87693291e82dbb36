// SPDX-License-Identifier: Apache-2.0
// What of a sample can be seen as it is: images that are kept or that the value carries,
// and small grids of numbers.  Values come from users: nothing is trusted.
import { type Asset, assetOf, isDataImage, SHA256 } from "./asset";
import { isObject, type Json, toNumber } from "./json";
import { walk } from "./walk";

const typeOf = (value: Json) =>
  isObject(value) && typeof value["data_type"] === "string" ? value["data_type"] : "";

/** Masks are pictures too, but not the sample's own. */
const isAnnotation = (value: Json) => typeOf(value).startsWith("ANNOTATION/");

export function picturesOf(root: Json): Asset[] {
  const found: Asset[] = [];
  for (const value of walk(root, (v) => !isAnnotation(v))) {
    if (typeof value === "string" && isDataImage(value)) found.push({ src: value, name: "image" });
    if (!isObject(value)) continue;
    const { sha256, media_type, name } = value;
    if (typeof sha256 === "string" && SHA256.test(sha256)) {
      if (typeof media_type === "string" && media_type.startsWith("image/"))
        found.push({ sha256, name: typeof name === "string" ? name : "image" });
    } else if (typeOf(value).endsWith("/IMAGE")) {
      const asset = assetOf(value);
      if (asset && "sha256" in asset) found.push(asset);
    }
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
export const isNumber = (v: Json | undefined) =>
  typeof v === "number" || (typeof v === "object" && v !== null && "text" in v);

function gridRows(rows: readonly Json[]): number[][] | null {
  const width = Array.isArray(rows[0]) ? rows[0].length : 0;
  if (width < 4 || width > MAX_SIDE || rows.length < 4 || rows.length > MAX_SIDE) return null;
  const all = rows.map((row) =>
    Array.isArray(row) && row.length === width && row.every(isNumber) ? row.map(toNumber) : null,
  );
  return all.every((row) => row !== null) ? all : null;
}

/** A camera's matrix, and points with intensity, are no pictures. */
const NO_GRIDS: readonly string[] = ["projection", "points"];

const hasGrids = (value: Json) =>
  !isAnnotation(value) && !(isObject(value) && NO_GRIDS.some((key) => key in value));

/** A small picture that was logged as numbers: rows of equal length. */
export function gridOf(root: Json): Grid | null {
  for (const value of walk(root, hasGrids)) {
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
