// SPDX-License-Identifier: Apache-2.0
// Images that somebody logged.  Tiny ones are enlarged with hard edges, since
// each pixel is data.  With accounts the bytes come through a request with the
// key and a blob: address.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Reference } from "../api/types";
import type { Asset } from "../lib/asset";
import { toNumber } from "../lib/json";
import { useImageSource } from "./asset";
import { IconButton } from "./button";

const SAFE_IMAGES = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/bmp",
  "image/avif",
]);
const TINY = 64;
const MAX_BYTES = 20_000_000;

export const isImage = (type: string) => SAFE_IMAGES.has(type.split(";")[0]?.trim().toLowerCase() ?? "");

/** What a list shows: the client's thumbnail, or the image itself when it is small. */
export function thumbnailOf(reference: Reference): string | null {
  if (reference.thumb) return reference.thumb;
  return isImage(reference.media_type) && reference.size <= 200_000 ? reference.sha256 : null;
}

export function Thumbnail({ project, reference }: { project: string; reference: Reference }) {
  const { src, failed } = useImageSource(project, {
    sha256: thumbnailOf(reference) ?? reference.sha256,
    name: reference.name,
  });
  const [broken, setBroken] = useState(false);
  const small = toNumber(reference.meta["width"]) > 0 && toNumber(reference.meta["width"]) <= TINY;
  if (failed || broken || !src) return <span class="thumb thumb-none" title={reference.name} />;
  return (
    <img
      class={`thumb${small ? " pixelated" : ""}`}
      src={src}
      alt={reference.name}
      title={reference.name}
      loading="lazy"
      decoding="async"
      onError={() => setBroken(true)}
    />
  );
}

interface Overlay {
  x: number;
  y: number;
  width: number;
  height: number;
  label: string;
}

interface ViewerProps {
  src: string;
  name: string;
  overlays?: readonly Overlay[];
}

const STEP = 1.5;

/** An image with zoom: fitted at first, wheel with Ctrl or the buttons, then scrolled. */
export function ImageViewer({ src, name, overlays = [] }: ViewerProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<{ width: number; height: number } | null>(null);
  const [zoom, setZoom] = useState<number | null>(null);
  const [broken, setBroken] = useState(false);
  const room = frame.current?.clientWidth ?? 480;
  const fitted = size ? fit(size, room - 26) : 1;
  const scale = zoom ?? fitted;
  const change = (factor: number) => setZoom(Math.max(0.05, Math.min(64, scale * factor)));
  const wheel = (event: WheelEvent) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    change(event.deltaY < 0 ? STEP : 1 / STEP);
  };
  if (broken) return <p class="muted">The image could not be shown; its file can be downloaded.</p>;
  return (
    <div class="image">
      <div class="image-frame" ref={frame} onWheel={wheel}>
        <div
          class="image-sheet"
          style={size ? { width: `${size.width * scale}px`, height: `${size.height * scale}px` } : {}}
        >
          <img
            class={scale > 2 ? "pixelated" : ""}
            src={src}
            alt={name}
            onLoad={(e) =>
              setSize({ width: e.currentTarget.naturalWidth, height: e.currentTarget.naturalHeight })
            }
            onError={() => setBroken(true)}
          />
          {size && overlays.map((o, i) => <OverlayBox key={i} overlay={o} size={size} />)}
        </div>
      </div>
      <div class="image-bar">
        <span class="faint">
          {size ? `${size.width} × ${size.height} px · ${Math.round(scale * 100)} %` : ""}
        </span>
        <span class="grow" />
        <IconButton icon="minus" label="Smaller" onClick={() => change(1 / STEP)} />
        <IconButton icon="plus" label="Larger" onClick={() => change(STEP)} />
        <button type="button" class="button button-quiet" onClick={() => setZoom(null)}>
          Fit
        </button>
      </div>
    </div>
  );
}

function fit(size: { width: number; height: number }, room: number): number {
  const scale = Math.min(room / size.width, 420 / size.height);
  // Whole steps for tiny images: every pixel the same size.
  if (size.width <= TINY && size.height <= TINY)
    return Math.max(1, Math.floor(Math.min(scale, 224 / Math.max(size.width, size.height))));
  return Math.min(1, scale);
}

function OverlayBox({ overlay, size }: { overlay: Overlay; size: { width: number; height: number } }) {
  const share = (part: number, whole: number) => `${(part / whole) * 100}%`;
  return (
    <span
      class="image-overlay"
      style={{
        left: share(overlay.x, size.width),
        top: share(overlay.y, size.height),
        width: share(overlay.width, size.width),
        height: share(overlay.height, size.height),
      }}
    >
      <span>{overlay.label}</span>
    </span>
  );
}

interface AssetProps {
  project: string;
  picture: Asset;
  /** What is drawn over it, in its pixels. */
  children: (size: { width: number; height: number }) => ComponentChildren;
}

/** An image that fits where it stands, with something over it. */
export function AssetImage({ project, picture, children }: AssetProps) {
  const { src, failed } = useImageSource(project, picture);
  const [size, setSize] = useState<{ width: number; height: number } | null>(null);
  if (failed) return <span class="muted">The image {picture.name} is gone.</span>;
  if (src === null) return null;
  return (
    <span class={`blob-image${size && size.width <= TINY ? " blob-image-tiny" : ""}`}>
      <img
        src={src}
        alt={picture.name}
        loading="lazy"
        decoding="async"
        onLoad={(e) =>
          setSize({ width: e.currentTarget.naturalWidth, height: e.currentTarget.naturalHeight })
        }
      />
      {size && children(size)}
    </span>
  );
}

export function ReferenceImage({ project, reference }: { project: string; reference: Reference }) {
  const tooBig = reference.size > MAX_BYTES;
  const { src, failed } = useImageSource(project, reference);
  if (tooBig || failed) return <p class="muted">Too big to show here, or gone; download it instead.</p>;
  return src === null ? null : <ImageViewer src={src} name={reference.name} />;
}
