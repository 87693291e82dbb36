// SPDX-License-Identifier: Apache-2.0
// Segmentation masks: a class for every pixel.  How much of the picture each label has, and
// how far two masks agree.

export interface MaskPixels {
  width: number;
  height: number;
  /** A grey value a pixel. */
  values: Uint8Array;
}

/** Of the pixels of RGBA, the first channel: the files are grey. */
export function maskPixels(image: { width: number; height: number; data: Uint8ClampedArray }): MaskPixels {
  const values = new Uint8Array(image.width * image.height);
  for (let i = 0; i < values.length; i++) values[i] = image.data[4 * i] ?? 0;
  return { width: image.width, height: image.height, values };
}

type Labels = ReadonlyMap<number, string>;

/** Pixels by label; values without a label are background and not counted. */
export function labelCounts(mask: MaskPixels, labels: Labels): Map<string, number> {
  const counts = new Map<string, number>([...labels.values()].map((name) => [name, 0]));
  const byValue = new Uint32Array(256);
  for (const value of mask.values) byValue[value] = (byValue[value] ?? 0) + 1;
  for (const [value, name] of labels) counts.set(name, (counts.get(name) ?? 0) + (byValue[value] ?? 0));
  return counts;
}

/** Intersection over union by label; null where the masks differ in size or no pixel has it. */
export function labelOverlap(
  a: MaskPixels,
  of: Labels,
  b: MaskPixels,
  and: Labels,
): Map<string, number | null> {
  const names = [...new Set([...of.values(), ...and.values()])];
  if (a.width !== b.width || a.height !== b.height) return new Map(names.map((name) => [name, null]));
  const both = new Uint32Array(256 * 256);
  for (let i = 0; i < a.values.length; i++) {
    const at = ((a.values[i] ?? 0) << 8) | (b.values[i] ?? 0);
    both[at] = (both[at] ?? 0) + 1;
  }
  return new Map(
    names.map((name) => {
      let common = 0;
      let either = 0;
      for (let at = 0; at < both.length; at++) {
        const count = both[at] ?? 0;
        if (count === 0) continue;
        const inA = of.get(at >> 8) === name;
        const inB = and.get(at & 255) === name;
        if (inA && inB) common += count;
        if (inA || inB) either += count;
      }
      return [name, either === 0 ? null : common / either];
    }),
  );
}

/** How wide a stripe is, in pixels of the mask. */
const stripe = (width: number) => Math.max(1, Math.round(width / 80));

/**
 * RGBA of the mask in the colours of its labels.  The sides are told apart by more than
 * colour: what is expected is filled, what was inferred is striped.
 */
export function paintMask(
  mask: MaskPixels,
  colorOf: (value: number) => readonly [number, number, number] | null,
  striped: boolean,
): Uint8ClampedArray<ArrayBuffer> {
  const colors = Array.from({ length: 256 }, (_, value) => colorOf(value));
  const out = new Uint8ClampedArray(new ArrayBuffer(4 * mask.values.length));
  const wide = stripe(mask.width);
  for (let i = 0; i < mask.values.length; i++) {
    const color = colors[mask.values[i] ?? 0];
    if (!color) continue;
    const diagonal = (i % mask.width) + Math.floor(i / mask.width);
    if (striped && Math.floor(diagonal / wide) % 2 === 1) continue;
    out.set(color, 4 * i);
    out[4 * i + 3] = 255;
  }
  return out;
}
