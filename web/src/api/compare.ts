// SPDX-License-Identifier: Apache-2.0
// Two selections of traces: which values differ most between them.
import { inlineText, type Json } from "../lib/json";
import type { Bounds } from "../state/window";
import { type QueryResult, useQuery } from "./cache";
import { apiPath, getJson, list, num, numOrNull, obj, str } from "./http";

export interface Side {
  traces: number;
  errorRate: number | null;
  p50Ns: number | null;
  p95Ns: number | null;
}

export interface Difference {
  field: string;
  value: string;
  a: number;
  b: number;
  shareA: number;
  shareB: number;
  pValue: number | null;
}

export interface Comparison {
  a: Side;
  b: Side;
  items: readonly Difference[];
}

function side(json: Json | undefined): Side {
  const o = obj(json);
  return {
    traces: num(o["traces"]),
    errorRate: numOrNull(o["error_rate"]),
    p50Ns: numOrNull(o["latency_p50_ns"]),
    p95Ns: numOrNull(o["latency_p95_ns"]),
  };
}

function difference(json: Json): Difference {
  const o = obj(json);
  return {
    field: str(o["field"]),
    value: inlineText(o["value"] ?? ""),
    a: num(o["a"]),
    b: num(o["b"]),
    shareA: num(o["share_a"]),
    shareB: num(o["share_b"]),
    pValue: numOrNull(o["p_value"]),
  };
}

export interface Selection {
  query: string;
  bounds: Bounds;
}

/** An open side of B is said, where leaving it out would mean A's. */
const START = "1970-01-01T00:00:00Z";
const END = "2200-01-01T00:00:00Z";

export function comparePathOf(project: string, a: Selection, b: Selection): string {
  return apiPath(project, ["compare"], {
    query: a.query,
    ...a.bounds,
    query_b: b.query,
    from_b: b.bounds.from ?? (a.bounds.from === undefined ? undefined : START),
    to_b: b.bounds.to ?? (a.bounds.to === undefined ? undefined : END),
  });
}

export function useComparison(
  project: string,
  a: Selection,
  b: Selection,
  wanted: boolean,
): QueryResult<Comparison> {
  const path = comparePathOf(project, a, b);
  return useQuery(
    wanted ? path : null,
    async (signal) => {
      const o = obj(await getJson(path, signal));
      return { a: side(o["a"]), b: side(o["b"]), items: list(o["items"]).map(difference) };
    },
    { keep: true },
  );
}
