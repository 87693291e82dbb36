// SPDX-License-Identifier: Apache-2.0
// The bytes of a file that is kept here or carried in a value, and addresses of them that
// images and players take.
import { useEffect, useMemo, useState } from "preact/hooks";
import { blobPath, useBlob } from "../api/traces";
import type { Asset } from "../lib/asset";
import { accessKey } from "../state/auth";
import { useStore } from "../state/store";

/** An address of bytes that live in this page. */
export function useObjectUrl(blob: Blob | null | undefined): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return blob ? url : null;
}

/** Of a data: address in base64; null where it is none: padding amid the text, a length that cannot be. */
export function carriedBlob(src: string): Blob | null {
  const comma = src.indexOf(",");
  const type = /^data:([^;,]*)/.exec(src)?.[1] ?? "";
  try {
    return new Blob([Uint8Array.from(atob(src.slice(comma + 1)), (c) => c.charCodeAt(0))], { type });
  } catch {
    return null;
  }
}

export interface AssetBlob {
  blob: Blob | null;
  failed: boolean;
}

/** All bytes; null asks for nothing. */
export function useAssetBlob(project: string, asset: Asset | null): AssetBlob {
  const kept = asset && "sha256" in asset ? asset.sha256 : null;
  const src = asset && "src" in asset ? asset.src : null;
  const fetched = useBlob(project, kept);
  const carried = useMemo(() => (src === null ? null : carriedBlob(src)), [src]);
  return {
    blob: carried ?? fetched.data ?? null,
    failed: fetched.error !== null || (src !== null && carried === null),
  };
}

/** The address of an image's bytes; null until it is there.  With accounts they come through a request with the key. */
export function useImageSource(project: string, asset: Asset): { src: string | null; failed: boolean } {
  const keyed = useStore(accessKey) !== null;
  const kept = "sha256" in asset ? asset.sha256 : null;
  const blob = useBlob(project, keyed ? kept : null);
  const url = useObjectUrl(blob.data);
  if (kept === null) return { src: "src" in asset ? asset.src : null, failed: false };
  return keyed ? { src: url, failed: blob.error !== null } : { src: blobPath(project, kept), failed: false };
}
