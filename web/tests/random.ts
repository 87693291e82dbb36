// SPDX-License-Identifier: Apache-2.0
// Random numbers that a seed repeats, for property tests.
export function makeRandom(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

/** Runs a property for many seeds and tells the one that failed. */
export function forSeeds(count: number, property: (random: (below: number) => number) => void): void {
  for (let seed = 1; seed <= count; seed++) {
    try {
      property(makeRandom(seed));
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
}
