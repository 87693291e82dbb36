// SPDX-License-Identifier: Apache-2.0
// Colours for the groups of one chart: each name's own where that is free, else
// the next one.  More groups than colours are told apart by dashes.
import { SERIES_COLORS, seriesIndex } from "./color";

export interface SeriesLook {
  color: string; // a custom property
  dashed: boolean;
}

export function seriesLooks(names: readonly string[]): Map<string, SeriesLook> {
  const looks = new Map<string, SeriesLook>();
  const taken = new Set<number>();
  // By name and not by rank: ranks change while one looks.
  for (const name of [...new Set(names)].sort()) {
    const dashed = looks.size >= SERIES_COLORS;
    if (looks.size % SERIES_COLORS === 0) taken.clear();
    let index = seriesIndex(name);
    while (taken.has(index)) index = (index + 1) % SERIES_COLORS;
    taken.add(index);
    looks.set(name, { color: `--series-${index + 1}`, dashed });
  }
  return looks;
}
