// SPDX-License-Identifier: Apache-2.0
// Datasets, and the suites and cases of workflows: versioned lists of samples.
import type { Json } from "../lib/json";
import { invalidate, type QueryResult, useQuery } from "./cache";
import { apiPath, getAll, getJson, list, num, obj, send, sendJson, str, strings, strOrNull } from "./http";
import type { Attributes } from "./types";

export interface Sample {
  id: string;
  /** Of the distinct input, over all versions. */
  number: number;
  input: Json;
  expected: Json;
  metadata: Attributes;
  split: string | null;
}

export interface Dataset {
  name: string;
  description: string;
  tags: string[];
  metadata: Attributes;
  version: number;
  samples: number;
  splits: { split: string; samples: number }[];
  updated_at: string | null;
}

export interface Commit {
  version: number;
  message: string;
  by: string;
  created_at: string;
  added: number;
  changed: number;
  removed: number;
  samples: number;
}

export interface SampleChange {
  id: string;
  change: "added" | "changed" | "removed";
  before: Sample | null;
  after: Sample | null;
}

export function decodeSample(json: Json): Sample {
  const o = obj(json);
  return {
    id: str(o["id"]),
    number: num(o["number"]),
    input: o["input"] ?? null,
    expected: o["expected"] ?? null,
    metadata: obj(o["metadata"]),
    split: strOrNull(o["split"]),
  };
}

function decodeDataset(json: Json): Dataset {
  const o = obj(json);
  return {
    name: str(o["name"]),
    description: str(o["description"]),
    tags: strings(o["tags"]),
    metadata: obj(o["metadata"]),
    version: num(o["version"]),
    samples: num(o["samples"]),
    splits: list(o["splits"]).map((s) => ({
      split: str(obj(s)["split"]),
      samples: num(obj(s)["count"]),
    })),
    updated_at: strOrNull(o["updated_at"]) ?? strOrNull(o["created_at"]),
  };
}

function decodeCommit(json: Json): Commit {
  const o = obj(json);
  return {
    version: num(o["version"]),
    message: str(o["message"]),
    by: str(o["by"]),
    created_at: str(o["created_at"]),
    added: num(o["added"]),
    changed: num(o["changed"]),
    removed: num(o["removed"]),
    samples: num(o["samples"]),
  };
}

export function useDatasets(project: string): QueryResult<Dataset[]> {
  return useQuery(`datasets/${project}`, async (signal) =>
    (await getAll(project, ["datasets"], {}, signal)).map(decodeDataset),
  );
}

export function useDataset(project: string, name: string): QueryResult<Dataset> {
  return useQuery(`dataset/${project}/${name}`, async (signal) =>
    decodeDataset(await getJson(apiPath(project, ["datasets", name]), signal)),
  );
}

export function useCommits(project: string, name: string): QueryResult<Commit[]> {
  return useQuery(`dataset/${project}/${name}/commits`, async (signal) => {
    const commits = (await getAll(project, ["datasets", name, "commits"], {}, signal)).map(decodeCommit);
    return commits.sort((a, b) => b.version - a.version);
  });
}

export interface SamplePage {
  items: Sample[];
  next: string | null;
}

export interface SampleQuestion {
  version: number | null;
  split: string;
  q: string;
  /** Of which feedback: any, none, passed, failed; expectation; empty: all samples. */
  scored: string;
}

const PAGE = 100;

export function samplesPath(
  project: string,
  name: string,
  ask: SampleQuestion,
  cursor: string | null,
): string {
  return apiPath(project, ["datasets", name, "samples"], {
    version: ask.version === null ? undefined : `v${ask.version}`,
    split: ask.split,
    q: ask.q,
    scored: ask.scored,
    limit: PAGE,
    cursor: cursor ?? undefined,
  });
}

export const samplePath = (project: string, name: string, id: string, version: number | null): string =>
  apiPath(project, ["datasets", name, "samples", id], {
    version: version === null ? undefined : `v${version}`,
  });

/** One sample by its path; null asks for nothing. */
export function useSample(path: string | null): QueryResult<Sample> {
  return useQuery(path, async (signal) => decodeSample(await getJson(path ?? "", signal)));
}

export async function fetchSamples(path: string, signal: AbortSignal): Promise<SamplePage> {
  const json = obj(await getJson(path, signal));
  return { items: list(json["items"]).map(decodeSample), next: strOrNull(json["next_cursor"]) };
}

export interface Changes {
  items: SampleChange[];
  added: number;
  changed: number;
  removed: number;
  more: boolean;
}

const CHANGES: readonly string[] = ["added", "changed", "removed"];

export function useDatasetDiff(
  project: string,
  name: string,
  pair: { from: number; to: number } | null,
): QueryResult<Changes> {
  const path = apiPath(project, ["datasets", name, "diff"], {
    from: `v${pair?.from ?? 0}`,
    to: `v${pair?.to ?? 0}`,
    limit: 200,
  });
  return useQuery(pair === null ? null : path, async (signal) => {
    const json = obj(await getJson(path, signal));
    return {
      items: list(json["items"]).flatMap((item) => {
        const o = obj(item);
        const change = str(o["change"]);
        if (!CHANGES.includes(change)) return [];
        return [
          {
            id: str(o["id"]),
            change: change as SampleChange["change"],
            before: o["from"] ? decodeSample(o["from"]) : null,
            after: o["to"] ? decodeSample(o["to"]) : null,
          },
        ];
      }),
      added: num(json["added"]),
      changed: num(json["changed"]),
      removed: num(json["removed"]),
      more: strOrNull(json["next_cursor"]) !== null,
    };
  });
}

export async function createDataset(project: string, name: string, description: string): Promise<void> {
  await sendJson("POST", apiPath(project, ["datasets"]), { name, description });
  invalidate(`datasets/${project}`);
}

export async function deleteDataset(project: string, name: string): Promise<void> {
  await send(apiPath(project, ["datasets", name]), { method: "DELETE" });
  invalidate(`datasets/${project}`);
}

export interface FromTraces {
  where?: string;
  from?: string;
  to?: string;
  limit?: number;
  trace_ids?: string[];
  expected?: "output";
}

/** Inputs of traces become samples; the answer tells how many were new. */
export async function addTraces(
  project: string,
  name: string,
  what: FromTraces,
): Promise<{ version: number; added: number; changed: number; unchanged: number }> {
  const body = { ...what } as Record<string, Json>;
  const answer = obj(await sendJson("POST", apiPath(project, ["datasets", name, "from-traces"]), body));
  invalidate(`dataset/${project}/${name}`);
  invalidate(`datasets/${project}`);
  return {
    version: num(answer["version"]),
    added: num(answer["added"]),
    changed: num(answer["changed"]),
    unchanged: num(answer["unchanged"]),
  };
}

export interface SuiteCase {
  name: string;
  version: number;
  samples: number;
}

export interface Suite {
  workflow: string;
  name: string;
  version: number;
  newest: number;
  description: string;
  tags: string[];
  cases: SuiteCase[];
  samples: number;
  updated_at: string | null;
}

function decodeSuite(json: Json, workflow: string): Suite {
  const o = obj(json);
  return {
    workflow,
    name: str(o["name"]),
    version: num(o["version"]),
    newest: Math.max(num(o["newest"]), num(o["version"])),
    description: str(o["description"]),
    tags: strings(o["tags"]),
    cases: list(o["cases"]).map((c) => ({
      name: str(obj(c)["name"]),
      version: num(obj(c)["version"]),
      samples: num(obj(c)["samples"]),
    })),
    samples: num(o["samples"]),
    updated_at: strOrNull(o["updated_at"]) ?? strOrNull(o["created_at"]),
  };
}

/** Suites of all workflows of the project. */
export function useSuites(project: string): QueryResult<Suite[]> {
  return useQuery(`suites/${project}`, async (signal) =>
    (await getAll(project, ["suites"], {}, signal)).map((s) => decodeSuite(s, str(obj(s)["workflow"]))),
  );
}

export function useSuite(
  project: string,
  workflow: string,
  name: string,
  version: number | null,
): QueryResult<Suite> {
  const path = apiPath(project, ["workflows", workflow, "suites", name], {
    version: version ?? undefined,
  });
  return useQuery(`suite/${path}`, async (signal) => decodeSuite(await getJson(path, signal), workflow), {
    keep: true,
  });
}

export function caseSamplesPath(
  project: string,
  workflow: string,
  found: SuiteCase,
  ask: Pick<SampleQuestion, "q" | "scored">,
  cursor: string | null,
): string {
  return apiPath(project, ["workflows", workflow, "cases", found.name, "samples"], {
    version: found.version,
    ...ask,
    limit: PAGE,
    cursor: cursor ?? undefined,
  });
}
