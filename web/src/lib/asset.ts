// SPDX-License-Identifier: Apache-2.0
// Files that samples and annotations refer to, and which of them can be shown: those that
// this server keeps, and those that the value itself carries.  The page loads nothing from
// elsewhere.
import { isObject, type Json } from "./json";

export type Asset = { sha256: string; name: string } | { src: string; name: string };

export const SHA256 = /^[0-9a-f]{64}$/;
/** A kept file by its hash, or by its address here. */
const KEPT = /^(?:sha256:|(?:https?:\/\/[^/]+)?\/api\/v1\/projects\/[^/]+\/blobs\/)([0-9a-f]{64})$/;
/** Pixels only: an SVG could hold more than a picture. */
const DATA_IMAGE = /^data:image\/(png|jpeg|gif|webp|bmp);base64,[A-Za-z0-9+/=]+$/;
const DATA_OTHER = /^data:(audio|video|application)\/[\w.+-]+;base64,[A-Za-z0-9+/=]+$/;
const MAX_DATA = 16_000_000;

export const isDataImage = (text: string) => text.length < MAX_DATA && DATA_IMAGE.test(text);

/** What a locator leads to; null: nothing that this page can load. */
export function located(locator: string, name = "file"): Asset | null {
  const sha256 = KEPT.exec(locator.slice(0, 600))?.[1];
  if (sha256 !== undefined) return { sha256, name };
  const carried = isDataImage(locator) || (locator.length < MAX_DATA && DATA_OTHER.test(locator));
  return carried ? { src: locator, name } : null;
}

/** Of an object with a locator, or one that stands for a kept file. */
export function assetOf(value: Json | undefined): Asset | null {
  if (!isObject(value)) return null;
  const { locator, sha256, name, reference } = value;
  const called = typeof name === "string" ? name : "file";
  if (typeof locator === "string") return located(locator, called);
  if (typeof sha256 === "string" && SHA256.test(sha256)) return { sha256, name: called };
  return isObject(reference) ? assetOf(reference) : null;
}

export const assetKey = (asset: Asset) => ("sha256" in asset ? asset.sha256 : asset.src);
