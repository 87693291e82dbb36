// SPDX-License-Identifier: Apache-2.0
// The samples behind the metrics, each with the answers of all evaluations that are compared.
// One evaluation, or what changed between two, gives the order; the answers of the others to
// the samples of a page are asked for by number.
import type { Json } from "../lib/json";
import { type QueryResult, useQuery } from "./cache";
import { anyNumber } from "./evaluations";
import { apiPath, getJson, list, num, obj, str, strings, strOrNull } from "./http";
import type { Page } from "./rows";
import { decodeSampleScore, type SampleScore } from "./samplescores";
import type { Attributes } from "./types";

export interface Result {
  evaluation: number;
  inference: Json;
  trace_id: string | null;
  error: string | null;
  metrics: Attributes;
  /** What was said of this answer. */
  scores: SampleScore[];
}

export interface ResultRow {
  number: number;
  id: string;
  cases: string[];
  input: Json;
  expected: Json;
  metadata: Attributes;
  difficulty: number | null;
  /** Of the evaluations that have the sample, in the order of the question. */
  results: Result[];
}

export interface ResultQuestion {
  /** Whose answers a row has. */
  sides: readonly number[];
  /** Whose samples these are: what orders and filters them, or ran twice; of changes the baseline. */
  of: number;
  /** With whom the baseline is compared; null: there is none. */
  other: number | null;
  case: string;
  configuration: string;
  metric: string;
  higherIsBetter: boolean | null;
  /** Changes against the baseline, or samples that a second run answered otherwise; empty: all. */
  show: "" | "worse" | "better" | "differing";
  sort: string;
  filter: string;
}

const PAGE = 60;

const samplesPath = (project: string, id: number, params: Record<string, string | number | undefined>) =>
  apiPath(project, ["evaluations", String(id), "samples"], params);

export function resultsPath(project: string, ask: ResultQuestion, cursor: string | null): string {
  const page = { case: ask.case, limit: PAGE, cursor: cursor ?? undefined };
  const common = { ...page, configuration: ask.configuration };
  if (ask.show === "differing")
    return apiPath(project, ["evaluations", String(ask.of), "inferences"], { ...page, differing: "true" });
  if (ask.show === "")
    return samplesPath(project, ask.of, {
      ...common,
      sort: ask.sort.replace(/^-/, ""),
      order: ask.sort.startsWith("-") ? "desc" : undefined,
      filter: ask.filter,
    });
  return apiPath(project, ["comparisons", "samples"], {
    ...common,
    evaluations: `${ask.of},${ask.other ?? ""}`,
    metric: ask.metric,
    direction: ask.show,
    higher: ask.higherIsBetter === true ? ask.metric : undefined,
    lower: ask.higherIsBetter === false ? ask.metric : undefined,
  });
}

function decodeResult(json: Json, evaluation: number): [number, Result] {
  const o = obj(json);
  const result = {
    evaluation,
    inference: o["inference"] ?? null,
    trace_id: strOrNull(o["trace_id"]),
    error: strOrNull(o["error"]),
    metrics: obj(o["metrics"]),
    scores: list(o["scores"])
      .map(decodeSampleScore)
      .filter((s) => s.model !== null),
  };
  return [num(o["number"]), result];
}

function decodeRow(json: Json, answers: readonly ReadonlyMap<number, Result>[]): ResultRow {
  const o = obj(json);
  const number = num(o["number"]);
  return {
    number,
    id: str(o["id"]),
    cases: strings(o["cases"]),
    input: o["input"] ?? null,
    expected: o["expected"] ?? null,
    metadata: obj(o["metadata"]),
    difficulty: anyNumber(o["difficulty"]),
    results: answers.flatMap((of) => of.get(number) ?? []),
  };
}

type Asked = Pick<ResultQuestion, "sides" | "of" | "case" | "configuration">;

/** Samples by number with all answers; `known` has those of `of` already. */
async function besideEachOther(
  project: string,
  ask: Asked,
  items: readonly Json[],
  known: boolean,
  signal: AbortSignal,
): Promise<ResultRow[]> {
  const numbers = items.map((item) => num(obj(item)["number"])).sort((a, b) => a - b);
  const answersOf = async (id: number): Promise<readonly Json[]> => {
    if (items.length === 0 || (known && id === ask.of)) return items;
    const path = samplesPath(project, id, {
      configuration: ask.configuration,
      numbers: numbers.join(","),
    });
    return list(obj(await getJson(path, signal))["items"]);
  };
  const answers = await Promise.all(
    ask.sides.map(async (id) => new Map((await answersOf(id)).map((item) => decodeResult(item, id)))),
  );
  return items.map((item) => decodeRow(item, answers));
}

export async function fetchResults(
  project: string,
  ask: ResultQuestion,
  cursor: string | null,
  signal: AbortSignal,
): Promise<Page<ResultRow>> {
  const json = obj(await getJson(resultsPath(project, ask, cursor), signal));
  const rows = await besideEachOther(project, ask, list(json["items"]), ask.show === "", signal);
  return { items: rows, next: strOrNull(json["next_cursor"]), total: num(json["total"]) };
}

/** One sample by number, which the list may not have in memory; null asks for nothing. */
export function useResultRow(
  project: string,
  ask: Asked,
  number: number | null,
): QueryResult<ResultRow | null> {
  const path = samplesPath(project, ask.of, {
    case: ask.case,
    configuration: ask.configuration,
    numbers: number ?? undefined,
  });
  return useQuery(number === null ? null : `${ask.sides.join(",")} of ${path}`, async (signal) => {
    const items = list(obj(await getJson(path, signal))["items"]);
    const [row] = await besideEachOther(project, ask, items, true, signal);
    return row ?? null;
  });
}

/** Metadata of the first samples: by what cases can be divided. */
export function useSampleMetadata(project: string, id: number): QueryResult<Attributes[]> {
  const path = samplesPath(project, id, { limit: PAGE });
  return useQuery(
    `metadata/${path}`,
    async (signal) =>
      list(obj(await getJson(path, signal))["items"]).map((item) => obj(obj(item)["metadata"])),
    { staleMs: 600_000 },
  );
}
