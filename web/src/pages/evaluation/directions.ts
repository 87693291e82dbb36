// SPDX-License-Identifier: Apache-2.0
// Which way a metric is better, as the reader says it: in the address as names between
// commas.  What the reader says nothing of is as the standard has it, else guessed by its name.
import type { Standard } from "../../api/standards";
import { setParams, useParam } from "../../state/location";

export interface Directions {
  higher: readonly string[];
  lower: readonly string[];
}

const namesOf = (text: string | null): string[] => (text ?? "").split(",").filter(Boolean);

export const useDirections = (): Directions => ({
  higher: namesOf(useParam("higher")),
  lower: namesOf(useParam("lower")),
});

/** Directions as they are asked for: of `neither`, no way is better whatever the name. */
export interface ToldDirections extends Directions {
  neither: readonly string[];
}

/** What a standard says, and the reader over it. */
export function withStandard(standard: Standard | null, said: Directions): ToldDirections {
  const metrics = (standard?.groups ?? []).flatMap((g) => g.metrics);
  const open = metrics.filter((m) => saidOf(said, m.metric) === null);
  const names = (higher: boolean | null) =>
    open.filter((m) => m.higherIsBetter === higher).map((m) => m.metric);
  const once = (all: readonly string[]) => [...new Set(all)];
  return {
    higher: once([...said.higher, ...names(true)]),
    lower: once([...said.lower, ...names(false)]),
    neither: once(names(null)),
  };
}

/** A name with a comma has no place between commas. */
export const canBeSaid = (metric: string): boolean => !metric.includes(",");

/** What the reader says of it. */
export function saidOf(said: Directions, metric: string): boolean | null {
  return said.higher.includes(metric) ? true : said.lower.includes(metric) ? false : null;
}

/** From no word over "higher" and "lower" back to none; the first word is one that changes something. */
export function nextSaid(said: boolean | null, shown: boolean | null): boolean | null {
  if (said === null) return shown !== true;
  return said ? false : null;
}

export function sayDirection(said: Directions, metric: string, higher: boolean | null): void {
  const others = (names: readonly string[]) => names.filter((n) => n !== metric);
  const joined = (names: readonly string[], more: boolean) =>
    [...others(names), ...(more ? [metric] : [])].join(",") || null;
  setParams(
    { higher: joined(said.higher, higher === true), lower: joined(said.lower, higher === false) },
    { push: true },
  );
}
