// SPDX-License-Identifier: Apache-2.0
// What is drawn over a sample: a layer for what is expected and one for each inference.
import type { Annotation } from "../../lib/annotation";
import type { Json } from "../../lib/json";

export interface Layer {
  name: string;
  /** A custom property. */
  color: string;
  annotations: readonly Annotation[];
}

/** Before it was read. */
export interface Side {
  name: string;
  /** Where that is not what a reader calls it: the model of an evaluation. */
  title?: string;
  color: string;
  value: Json;
}

/** One annotation of one layer; the same in the drawing and in the table beside it. */
export const keyOf = (layer: number, index: number) => `${layer}/${index}`;

export interface Linked {
  /** The key of what the reader points at. */
  on?: string | null | undefined;
  onPoint?: ((key: string | null) => void) | undefined;
}

export function titleOf({ label, score }: Annotation): string {
  return [label, score === null ? "" : score.toFixed(3)].filter(Boolean).join(" ");
}
