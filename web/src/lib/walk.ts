// SPDX-License-Identifier: Apache-2.0
// Nested values that users logged, visited without recursion and within bounds.
import type { Json } from "./json";

const MAX_DEPTH = 6;
const MAX_NODES = 20_000;

/** The outer ones first; `enter` says whether what is inside a value matters. */
export function* walk(root: Json, enter: (value: Json) => boolean = () => true): Generator<Json> {
  const queue: { value: Json; depth: number }[] = [{ value: root, depth: 0 }];
  for (let i = 0; i < queue.length && i < MAX_NODES; i++) {
    const { value, depth } = queue[i] ?? { value: null, depth: 0 };
    yield value;
    if (depth >= MAX_DEPTH || typeof value !== "object" || value === null || !enter(value)) continue;
    for (const child of Object.values(value)) queue.push({ value: child as Json, depth: depth + 1 });
  }
}
