// SPDX-License-Identifier: Apache-2.0
// Sounds, videos, clouds of points and texts of a sample: what annotations in time, in space
// and in text belong to.
import type { Point3 } from "./annotation";
import { type Asset, assetOf } from "./asset";
import { isObject, type Json, type JsonObject, toNumber } from "./json";
import { isNumber } from "./picture";
import { walk } from "./walk";

interface Found {
  /** Null: it is elsewhere, where this page loads nothing from. */
  asset: Asset | null;
  /** Where it says that it is. */
  locator: string;
}

export interface Media extends Found {
  kind: "audio" | "video";
  /** The part that the sample is, in seconds. */
  start: number | null;
  end: number | null;
  frameRate: number | null;
}

const text = (value: Json | undefined) => (typeof value === "string" ? value : "");
const numberOf = (value: Json | undefined) => (isNumber(value) ? toNumber(value) : null);

const found = (o: JsonObject): Found => ({
  asset: assetOf(o),
  locator: text(o["locator"]) || text(o["name"]),
});

function mediaKind(o: JsonObject): Media["kind"] | null {
  const said =
    /\/(AUDIO|VIDEO)$/.exec(text(o["data_type"]))?.[1] ?? /^(audio|video)\//.exec(text(o["media_type"]))?.[1];
  return said === undefined ? null : (said.toLowerCase() as Media["kind"]);
}

export function mediaOf(sample: Json): Media | null {
  for (const value of walk(sample)) {
    const kind = isObject(value) ? mediaKind(value) : null;
    if (!kind || !isObject(value)) continue;
    return {
      kind,
      ...found(value),
      start: numberOf(value["start"]),
      end: numberOf(value["end"]),
      frameRate: numberOf(value["frame_rate"]),
    };
  }
  return null;
}

export interface CloudSource extends Found {
  /** Of an .npz, the array. */
  key: string;
  /** Where the sample holds them itself. */
  points: Point3[] | null;
}

const isCloudFile = (o: JsonObject) =>
  /\.(pcd|npy|npz)$/i.test(text(o["name"])) || text(o["media_type"]) === "application/x-npy";

function pointsOf(value: Json | undefined): Point3[] | null {
  if (!Array.isArray(value) || !Array.isArray(value[0]) || value[0].length < 3) return null;
  return value.flatMap((row) =>
    Array.isArray(row) && row.length >= 3 && row.slice(0, 3).every(isNumber)
      ? [row.slice(0, 3).map(toNumber) as Point3]
      : [],
  );
}

/** The cloud that boxes stand in; a sample that does not say so is searched only where `wanted`. */
export function cloudOf(sample: Json, wanted: boolean): CloudSource | null {
  for (const value of walk(sample)) {
    if (!isObject(value)) continue;
    const said = text(value["data_type"]).endsWith("/POINT_CLOUD");
    if (said || (wanted && isCloudFile(value)))
      return { ...found(value), key: text(value["npz_key"]), points: pointsOf(value["points"]) };
    const points =
      wanted && !text(value["data_type"]).startsWith("ANNOTATION/") ? pointsOf(value["points"]) : null;
    if (points) return { asset: null, locator: "", key: "", points };
  }
  return null;
}

/** A text by the name of its field, wherever in the value; a value that is a text itself is any field. */
export function textField(root: Json, field: string): string | null {
  if (typeof root === "string") return root;
  const [first = "", ...rest] = field.split(".");
  for (const value of walk(root)) {
    if (!isObject(value)) continue;
    const direct = value[field];
    if (typeof direct === "string") return direct;
    let inner: Json | undefined = value[first];
    for (const step of rest) inner = isObject(inner) ? inner[step] : undefined;
    if (typeof inner === "string") return inner;
  }
  return null;
}
