// SPDX-License-Identifier: Apache-2.0
// Masks over an image: of a segmentation each label in its colour, of a bitmap as it is.
// What is expected is filled, what was inferred is striped.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Form } from "../../lib/annotation";
import { assetKey } from "../../lib/asset";
import { type MaskPixels, maskPixels, paintMask } from "../../lib/mask";
import { seriesLooks } from "../../lib/palette";
import { useAssetBlob, useImageSource } from "../asset";
import type { Layer } from "./layers";

type Mask = Extract<Form, { kind: "mask" }>;

export interface LayerMask {
  layer: number;
  mask: Mask;
}

export function masksOf(layers: readonly Layer[]): LayerMask[] {
  return layers.flatMap((l, layer) =>
    l.annotations.flatMap(({ form }) => (form.kind === "mask" ? [{ layer, mask: form }] : [])),
  );
}

/** A custom property for each label, the same in all masks of the sample. */
export function labelColors(masks: readonly LayerMask[]): Map<string, string> {
  const names = masks.flatMap(({ mask }) => [...(mask.labels?.values() ?? [])]);
  return new Map([...seriesLooks(names)].map(([name, look]) => [name, look.color]));
}

const MAX_PIXELS = 50_000_000;

async function readPixels(blob: Blob): Promise<MaskPixels> {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context || width * height > MAX_PIXELS) throw new Error("the mask is too large");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return maskPixels(context.getImageData(0, 0, width, height));
}

/** The grey values of a mask; null until they are there, or when it is gone. */
export function useMaskPixels(project: string, mask: Mask | null): MaskPixels | null {
  const { blob } = useAssetBlob(project, mask?.labels ? mask.asset : null);
  const [read, setRead] = useState<{ blob: Blob; pixels: MaskPixels } | null>(null);
  useEffect(() => {
    if (!blob) return;
    let wanted = true;
    readPixels(blob).then(
      (pixels) => wanted && setRead({ blob, pixels }),
      () => undefined, // the file is no picture: nothing is drawn
    );
    return () => {
      wanted = false;
    };
  }, [blob]);
  return read?.blob === blob ? read.pixels : null;
}

interface Props {
  project: string;
  layers: readonly Layer[];
  opacity?: number;
  /** The one label that is looked at. */
  only?: string | null;
}

const OPACITY = 0.55;

export function Masks({ project, layers, opacity = OPACITY, only = null }: Props) {
  const masks = useMemo(() => masksOf(layers), [layers]);
  const colors = useMemo(() => labelColors(masks), [masks]);
  return (
    <>
      {masks.map(({ layer, mask }, i) =>
        mask.labels ? (
          <LabelMask
            key={`${i}/${assetKey(mask.asset)}`}
            project={project}
            mask={mask}
            colors={colors}
            striped={layer > 0}
            opacity={opacity}
            only={only}
          />
        ) : (
          <BitmapMask key={`${i}/${assetKey(mask.asset)}`} project={project} mask={mask} opacity={opacity} />
        ),
      )}
    </>
  );
}

function BitmapMask({ project, mask, opacity }: { project: string; mask: Mask; opacity: number }) {
  const { src } = useImageSource(project, mask.asset);
  return src === null ? null : <img class="mask" src={src} alt="" style={{ opacity }} />;
}

interface LabelProps {
  project: string;
  mask: Mask;
  colors: ReadonlyMap<string, string>;
  striped: boolean;
  opacity: number;
  only: string | null;
}

/** A colour of the theme as numbers: the canvas knows no custom properties. */
function rgbOf(element: Element, property: string): [number, number, number] {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  element.append(probe);
  const [r = 0, g = 0, b = 0] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map(Number);
  probe.remove();
  return [r, g, b];
}

function LabelMask({ project, mask, colors, striped, opacity, only }: LabelProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const pixels = useMaskPixels(project, mask);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element?.parentElement || !context || !pixels) return;
    const parent = element.parentElement;
    const rgb = new Map([...colors].map(([name, property]) => [name, rgbOf(parent, property)] as const));
    const colorOf = (value: number) => {
      const name = mask.labels?.get(value);
      return name === undefined || (only !== null && name !== only) ? null : (rgb.get(name) ?? null);
    };
    const painted = paintMask(pixels, colorOf, striped);
    context.putImageData(new ImageData(painted, pixels.width, pixels.height), 0, 0);
  }, [pixels, colors, mask, striped, only]);
  return (
    <canvas
      ref={canvas}
      class="mask pixelated"
      width={pixels?.width ?? 1}
      height={pixels?.height ?? 1}
      style={{ opacity }}
      aria-hidden="true"
    />
  );
}
