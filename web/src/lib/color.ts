// SPDX-License-Identifier: Apache-2.0
// Which of the eight series colours a name gets: the same one on every page, in
// every session.  FNV-1a spreads short names well.

export const SERIES_COLORS = 8;

export function seriesIndex(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash ^= name.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 15;
  return (hash >>> 0) % SERIES_COLORS;
}

/** Kinds of span that are often seen together must not share a colour by chance. */
const TYPE_COLORS: Record<string, number> = {
  llm: 1,
  agent: 3,
  chain: 8,
  function: 8,
  retriever: 2,
  embedding: 4,
  tool: 6,
  model: 5,
  reranker: 7,
};

export function typeVar(type: string): string {
  const known = TYPE_COLORS[type];
  return known === undefined ? seriesVar(type) : `var(--series-${known})`;
}

export function seriesVar(name: string): string {
  return `var(--series-${seriesIndex(name) + 1})`;
}
