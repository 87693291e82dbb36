// SPDX-License-Identifier: Apache-2.0
// Any aggregate by any key over time.
import { AUTO_BUCKETS, type Ask } from "../lib/ask";
import type { Json } from "../lib/json";
import { parseTime } from "../lib/time";
import type { Bounds } from "../state/window";
import { type QueryResult, useQuery } from "./cache";
import { apiPath, getJson, list, num, numOrNull, obj, str, strings } from "./http";

type Numbers = readonly (number | null)[];

export interface AggregateGroup {
  key: readonly Json[];
  values: Numbers;
  /** A value a bucket, for each measure. */
  series: readonly Numbers[];
}

export interface Aggregate {
  measures: readonly string[];
  by: readonly string[];
  fromNs: bigint | null;
  toNs: bigint | null;
  stepNs: number | null;
  /** Starts of the buckets. */
  times: readonly bigint[];
  total: Numbers;
  groups: readonly AggregateGroup[];
  other: (AggregateGroup & { groups: number }) | null;
  rows: number;
  scanned: number;
  errorBound: number;
  groupsLimited: boolean;
}

const numbers = (json: Json | undefined): Numbers => list(json).map(numOrNull);

function group(json: Json): AggregateGroup {
  const o = obj(json);
  return { key: list(o["key"]), values: numbers(o["values"]), series: list(o["series"]).map(numbers) };
}

export function decodeAggregate(json: Json): Aggregate {
  const o = obj(json);
  const other = o["other"];
  return {
    measures: strings(o["measures"]),
    by: strings(o["by"]),
    fromNs: parseTime(str(o["from"])),
    toNs: parseTime(str(o["to"])),
    stepNs: numOrNull(o["step_ns"]),
    times: list(o["times"]).map((t) => parseTime(str(t)) ?? 0n),
    total: numbers(obj(o["total"])["values"]),
    groups: list(o["groups"]).map(group),
    other: other ? { ...group(other), groups: num(obj(other)["groups"]) } : null,
    rows: num(o["rows"]),
    scanned: num(o["scanned"]),
    errorBound: num(o["error_bound"]),
    groupsLimited: o["groups_limited"] === true,
  };
}

export function aggregatePath(project: string, query: string, bounds: Bounds, ask: Ask): string {
  return apiPath(project, ["aggregate"], {
    query,
    ...bounds,
    of: ask.of,
    measure: ask.measures.join(","),
    by: ask.by.join(","),
    top: ask.top,
    ...(ask.step === "auto" ? { buckets: AUTO_BUCKETS } : ask.step === "none" ? {} : { step: ask.step }),
  });
}

export function useAggregate(
  project: string,
  query: string,
  bounds: Bounds,
  ask: Ask,
): QueryResult<Aggregate> {
  const path = aggregatePath(project, query, bounds, ask);
  return useQuery(path, async (signal) => decodeAggregate(await getJson(path, signal)), { keep: true });
}
