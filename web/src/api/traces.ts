// SPDX-License-Identifier: Apache-2.0
// Traces: histogram, facets, single traces; the list is tracelist.ts.
import type { Bounds } from "../state/window";
import * as decode from "./decode";
import { type QueryResult, useQuery } from "./cache";
import { apiPath, getJson, list, obj, send, str } from "./http";
import { fetchTraces, NEWEST_FIRST } from "./tracelist";
import type { Facet, Histogram, Trace, TraceSummary } from "./types";

const boundsKey = (bounds: Bounds) => `${bounds.from ?? ""}/${bounds.to ?? ""}`;

export function useHistogram(project: string, query: string, bounds: Bounds): QueryResult<Histogram> {
  return useQuery(
    `histogram/${project}/${boundsKey(bounds)}/${query}`,
    async (signal) =>
      decode.histogram(
        await getJson(apiPath(project, ["traces", "histogram"], { query, ...bounds, buckets: 90 }), signal),
      ),
    { keep: true },
  );
}

/** The most frequent values of the keys; of those that the server chooses when `keys` is null. */
export function useFacets(
  project: string,
  query: string,
  bounds: Bounds,
  keys: readonly string[] | null,
): QueryResult<Facet[]> {
  const wanted = keys === null ? undefined : keys.join(",");
  const path = apiPath(project, ["traces", "facets"], { query, ...bounds, keys: wanted });
  return useQuery(keys?.length === 0 ? null : path, (signal) => fetchFacets(path, signal), { keep: true });
}

const MANY_VALUES = 100;

/** Many values of one key; null asks for nothing. */
export function useFacet(
  project: string,
  query: string,
  bounds: Bounds,
  field: string | null,
): QueryResult<Facet | undefined> {
  const params = { query, ...bounds, keys: field ?? "", top: MANY_VALUES };
  const path = apiPath(project, ["traces", "facets"], params);
  return useQuery(field === null ? null : path, async (signal) => (await fetchFacets(path, signal))[0], {
    keep: true,
  });
}

async function fetchFacets(path: string, signal: AbortSignal): Promise<Facet[]> {
  const json = obj(await getJson(path, signal));
  return list(json["items"]).map(decode.facet);
}

export function useTrace(project: string, traceId: string | null): QueryResult<Trace> {
  return useQuery(
    traceId === null ? null : `trace/${project}/${traceId}`,
    async (signal) => {
      const json = obj(await getJson(apiPath(project, ["traces", traceId ?? ""]), signal));
      return {
        trace_id: str(json["trace_id"]) || (traceId ?? ""),
        spans: list(json["spans"]).map(decode.span),
        scores: list(json["scores"]).map(decode.score),
      };
    },
    { staleMs: 10_000 },
  );
}

/** The newest trace of all time, to tell an empty project from an empty window. */
export function useNewest(project: string, wanted: boolean): QueryResult<TraceSummary | null> {
  return useQuery(wanted ? `newest/${project}` : null, async (signal) => {
    const page = await fetchTraces({ project, query: "", bounds: {}, sort: NEWEST_FIRST }, null, signal, 1);
    return page.items[0] ?? null;
  });
}

export const blobPath = (project: string, sha256: string) => apiPath(project, ["blobs", sha256]);

/** A blob's bytes; for reading text and tables, and for images when a key is needed. */
export function useBlob(project: string, sha256: string | null): QueryResult<Blob> {
  return useQuery(
    sha256 === null ? null : `blob/${project}/${sha256}`,
    async (signal) => (await send(blobPath(project, sha256 ?? ""), { signal, accept: "*/*" })).blob(),
    { staleMs: 3_600_000 },
  );
}
