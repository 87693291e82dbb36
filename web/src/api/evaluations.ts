// SPDX-License-Identifier: Apache-2.0
// Evaluations: one model version over one suite or dataset; their results side
// by side, and what is significant about the differences.
import { type Json, specialText } from "../lib/json";
import { type QueryResult, useQuery } from "./cache";
import { apiPath, getAll, getJson, list, num, numOrNull, obj, str, strings, strOrNull } from "./http";
import type { Attributes } from "./types";

export interface Target {
  kind: "suite" | "dataset";
  workflow: string;
  name: string;
  version: number;
  split: string | null;
}

export interface Evaluation {
  id: number;
  model: string;
  target: Target;
  evaluator: string;
  judges: string[];
  configurations: string[]; // display names
  status: string; // running, complete, failed
  progress: number;
  message: string;
  samples: number;
  /** Samples that the model has not inferred, or failed on. */
  remaining: number;
  created_at: string;
  updated_at: string;
  /** Of all samples together, where the answer tells it. */
  whole: Whole | null;
}

export interface Whole {
  samples: number;
  /** Means of the samples' metrics, then what the evaluator said of all of them. */
  metrics: [string, number][];
}

/** A number that JSON may not be able to hold: NaN and the infinities have marks. */
export function anyNumber(value: Json | undefined): number | null {
  if (value === true || value === false) return value ? 1 : 0;
  const special = value === undefined ? null : specialText(value);
  if (special !== null) return Number(special);
  return typeof value === "object" && value !== null && !("text" in value) ? null : numOrNull(value);
}

function decodeTarget(json: Json | undefined): Target {
  const o = obj(json);
  return {
    kind: str(o["kind"]) === "dataset" ? "dataset" : "suite",
    workflow: str(o["workflow"]),
    name: str(o["name"]),
    version: num(o["version"]),
    split: strOrNull(o["split"]),
  };
}

function decodeWhole(o: Record<string, Json | undefined>): Whole | null {
  if (numOrNull(o["samples"]) === null || !o["metrics"]) return null;
  const metrics = Object.entries(obj(o["metrics"])).map(([name, v]): [string, number] => [name, num(v)]);
  return { samples: num(o["samples"]), metrics };
}

export function decodeEvaluation(json: Json): Evaluation {
  const o = obj(json);
  return {
    id: num(o["id"]),
    model: str(o["model"]),
    target: decodeTarget(o["target"]),
    evaluator: str(o["evaluator"]),
    judges: strings(o["judges"]),
    configurations: list(o["configurations"]).map((c) => str(obj(c)["display_name"])),
    status: str(o["status"]),
    progress: num(o["progress"]),
    message: str(o["message"]),
    samples: num(o["samples"]),
    remaining: num(o["remaining"]),
    created_at: str(o["created_at"]),
    updated_at: str(o["updated_at"]),
    whole: decodeWhole(o),
  };
}

/** Answers that the model gave a second time, and those that were others. */
export interface SecondRuns {
  checked: number;
  differing: number;
}

export function useSecondRuns(project: string, id: number): QueryResult<SecondRuns> {
  const path = apiPath(project, ["evaluations", String(id)]);
  return useQuery(path, async (signal) => {
    const o = obj(await getJson(path, signal));
    return { checked: num(o["checked"]), differing: num(o["differing"]) };
  });
}

export interface EvaluationFilter {
  model?: string;
  workflow?: string;
  suite?: string;
  dataset?: string;
}

export function useEvaluations(project: string, filter: EvaluationFilter = {}): QueryResult<Evaluation[]> {
  const params = { ...filter, limit: 500, include: "metrics" };
  return useQuery(apiPath(project, ["evaluations"], params), async (signal) =>
    (await getAll(project, ["evaluations"], params, signal)).map(decodeEvaluation),
  );
}

export type Verdict = "improved" | "regressed" | "same" | "unknown";

export interface Compared {
  evaluation: number;
  value: number | null;
  n: number;
  /** Pairs in which it is larger than the baseline, and smaller. */
  up: number;
  down: number;
  delta: number | null; // to the baseline; null for the baseline itself
  low: number | null; // of the delta
  high: number | null;
  p: number | null;
  correctedP: number | null;
  test: string;
  verdict: Verdict;
}

export interface ComparisonRow {
  case: string;
  stratum: string | null;
  cells: Map<string, Compared[]>; // by metric, in the order of the evaluations
}

export interface Metric {
  name: string;
  kind: string;
  higherIsBetter: boolean | null;
}

export interface Comparison {
  evaluations: Evaluation[];
  baseline: number;
  confidence: number;
  correction: string;
  metrics: Metric[];
  rows: ComparisonRow[];
}

const VERDICTS: readonly string[] = ["improved", "regressed", "same"];

function decodeCompared(json: Json): Compared {
  const o = obj(json);
  const verdict = str(o["verdict"]);
  return {
    evaluation: num(o["evaluation"]),
    value: anyNumber(o["value"]),
    n: num(o["n"]),
    up: num(o["up"]),
    down: num(o["down"]),
    delta: anyNumber(o["delta"]),
    low: anyNumber(o["low"]),
    high: anyNumber(o["high"]),
    p: anyNumber(o["p"]),
    correctedP: anyNumber(o["corrected_p"]),
    test: str(o["test"]),
    verdict: VERDICTS.includes(verdict) ? (verdict as Verdict) : "unknown",
  };
}

const direction = (text: string) => (text === "higher" ? true : text === "lower" ? false : null);

/** The server answers a line for each case, stratum and metric; a table has a row for each case and stratum. */
export function decodeComparison(json: Json): Comparison {
  const o = obj(json);
  const rows = new Map<string, ComparisonRow>();
  const metrics = new Map<string, Metric>();
  for (const item of list(o["items"])) {
    const line = obj(item);
    const name = str(line["metric"]);
    const stratum = strOrNull(line["stratum"]);
    const key = JSON.stringify([str(line["case"]), stratum]);
    const row = rows.get(key) ?? { case: str(line["case"]), stratum, cells: new Map<string, Compared[]>() };
    rows.set(key, row);
    row.cells.set(name, list(line["values"]).map(decodeCompared));
    if (!metrics.has(name))
      metrics.set(name, { name, kind: str(line["kind"]), higherIsBetter: direction(str(line["direction"])) });
  }
  return {
    evaluations: list(o["evaluations"]).map(decodeEvaluation),
    baseline: num(o["baseline"]),
    confidence: num(o["confidence"]),
    correction: str(o["correction"]),
    metrics: [...metrics.values()],
    rows: [...rows.values()],
  };
}

export interface ComparisonQuestion {
  ids: readonly number[];
  baseline: number | null;
  configuration: string;
  stratify: string;
  /** Only these; none: all. */
  metrics: readonly string[];
  /** Of which metrics more, or less, is better; of others their names tell. */
  higher: readonly string[];
  lower: readonly string[];
  /** Of which no way is better. */
  neither: readonly string[];
}

export function useComparison(project: string, ask: ComparisonQuestion): QueryResult<Comparison> {
  const path = apiPath(project, ["comparisons"], {
    evaluations: ask.ids.join(","),
    baseline: ask.baseline ?? undefined,
    configuration: ask.configuration,
    stratify: ask.stratify,
    metrics: ask.metrics.join(","),
    higher: ask.higher.join(","),
    lower: ask.lower.join(","),
    neither: ask.neither.join(","),
  });
  return useQuery(
    ask.ids.length === 0 ? null : path,
    async (signal) => decodeComparison(await getJson(path, signal)),
    {
      keep: true,
    },
  );
}

export interface CasePlots {
  case: string;
  configuration: string;
  plots: Json[];
}

export function usePlots(project: string, id: number | null): QueryResult<CasePlots[]> {
  const path = apiPath(project, ["evaluations", String(id ?? 0), "plots"]);
  return useQuery(id === null ? null : path, async (signal) =>
    list(obj(await getJson(path, signal))["items"]).map((item) => {
      const o = obj(item);
      return { case: str(o["case"]), configuration: str(o["configuration"]), plots: list(o["plots"]) };
    }),
  );
}

export interface CaseMetrics {
  case: string;
  version: number;
  samples: number;
  metrics: Attributes;
  /** Rows with a threshold, and with a name where there are several lists of them. */
  thresholded: Json[];
}

/** Of all samples together, of an evaluation in sight whose list did not tell it yet. */
export function useWhole(project: string, { id, whole }: Evaluation): Whole | null {
  const path = apiPath(project, ["evaluations", String(id), "cases"]);
  const asked = useQuery(
    whole ? null : `whole/${path}`,
    async (signal) => {
      const whole = obj(obj(await getJson(path, signal))["whole"]);
      const means = Object.entries(obj(whole["means"])).map(([name, m]) => [name, obj(m)["mean"]] as const);
      const found = new Map<string, number>();
      for (const [name, value] of [...means, ...Object.entries(obj(whole["metrics"]))]) {
        const number = typeof value === "string" || Array.isArray(value) ? null : anyNumber(value);
        if (number !== null) found.set(name, number);
      }
      return { samples: num(whole["samples"]), metrics: [...found] };
    },
    { staleMs: 30_000 },
  );
  return whole ?? asked.data ?? null;
}

/** What the evaluator said of each case, tables within included. */
export function useCases(
  project: string,
  id: number | null,
  configuration: string,
): QueryResult<CaseMetrics[]> {
  const path = apiPath(project, ["evaluations", String(id ?? 0), "cases"], { configuration });
  return useQuery(id === null ? null : path, async (signal) =>
    list(obj(await getJson(path, signal))["items"]).map((item) => {
      const o = obj(item);
      return {
        case: str(o["case"]),
        version: num(o["version"]),
        samples: num(o["samples"]),
        metrics: obj(o["metrics"]),
        thresholded: list(o["thresholded"]),
      };
    }),
  );
}

export interface Leader {
  rank: number;
  model: string;
  evaluation: number;
  score: number | null;
  metrics: Attributes;
}

export function useLeaderboard(project: string, target: Target | null): QueryResult<Leader[]> {
  const path = apiPath(
    project,
    ["leaderboard"],
    target?.kind === "dataset"
      ? { dataset: target.name, version: target.version }
      : { workflow: target?.workflow, suite: target?.name, version: target?.version },
  );
  return useQuery(target === null ? null : path, async (signal) =>
    list(obj(await getJson(path, signal))["items"]).map((item) => {
      const o = obj(item);
      return {
        rank: num(o["rank"]),
        model: str(o["model"]),
        evaluation: num(o["evaluation"]),
        score: anyNumber(o["score"]),
        metrics: obj(o["metrics"]),
      };
    }),
  );
}
