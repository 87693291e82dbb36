// SPDX-License-Identifier: Apache-2.0
// Judges, how they score, how far they agree, and the queues that people review.
import type { Json } from "../lib/json";
import { parseTime } from "../lib/time";
import type { Bounds } from "../state/window";
import { invalidate, type QueryResult, useQuery } from "./cache";
import * as decode from "./decode";
import { apiPath, getJson, list, num, numOrNull, obj, send, sendJson, str, strings, strOrNull } from "./http";
import type { Attributes, TraceSummary } from "./types";

export interface JudgeVersion {
  tag: string;
  number: number;
  created_at: string;
  description: string;
  parameters: string[];
  kind: string;
}

export interface JudgeDetail extends JudgeVersion {
  source: string;
  definition: Json;
  packages: Attributes;
}

export interface Judge {
  name: string;
  kind: string; // code, llm, person
  description: string;
  latest: string | null;
  version_count: number;
  scores: number;
  passed: number;
  failed: number;
  errors: number;
  last_scored: string | null;
  metadata: Attributes;
}

function decodeVersion(json: Json): JudgeVersion {
  const o = obj(json);
  const tag = str(o["tag"]);
  return {
    tag,
    number: num(o["number"]) || Number(/:v(\d+)$/.exec(tag)?.[1] ?? 0),
    created_at: str(o["created_at"]),
    description: str(o["description"]),
    parameters: strings(o["parameters"]),
    kind: str(o["kind"]),
  };
}

function decodeJudge(json: Json): Judge {
  const o = obj(json);
  return {
    name: str(o["name"]),
    kind: str(o["kind"]),
    description: str(o["description"]),
    latest: strOrNull(o["latest"]),
    version_count: num(o["version_count"]),
    scores: num(o["scores"]),
    passed: num(o["passed"]),
    failed: num(o["failed"]),
    errors: num(o["errors"]),
    last_scored: strOrNull(o["last_scored"]),
    metadata: obj(o["metadata"]),
  };
}

/** With what they said in that time. */
export function useJudges(project: string, bounds: Bounds = {}): QueryResult<Judge[]> {
  const path = apiPath(project, ["judges"], { limit: 1000, ...bounds });
  return useQuery(path, async (signal) => list(obj(await getJson(path, signal))["items"]).map(decodeJudge), {
    keep: true,
  });
}

export function useJudge(project: string, name: string, bounds: Bounds): QueryResult<Judge> {
  const path = apiPath(project, ["judges", name], { ...bounds });
  return useQuery(path, async (signal) => decodeJudge(await getJson(path, signal)), { keep: true });
}

/** The newest first. */
export function useJudgeVersions(project: string, name: string): QueryResult<JudgeVersion[]> {
  const path = apiPath(project, ["judges", name, "versions"], { limit: 1000 });
  return useQuery(path, async (signal) => list(obj(await getJson(path, signal))["items"]).map(decodeVersion));
}

export function useJudgeVersion(
  project: string,
  name: string,
  version: number | null,
): QueryResult<JudgeDetail> {
  return useQuery(
    version === null ? null : `judge/${project}/${name}/v${version}`,
    async (signal) => {
      const path = apiPath(project, ["judges", name, "versions", `v${version ?? 0}`]);
      const json = obj(await getJson(path, signal));
      return {
        ...decodeVersion(json),
        source: str(json["source"]),
        definition: json["definition"] ?? null,
        packages: obj(json["packages"]),
      };
    },
    { staleMs: 30_000, keep: true },
  );
}

export interface ScoreStats {
  judge: string;
  model: string | null;
  name: string;
  count: number;
  passed: number;
  failed: number;
  errors: number;
  mean: number | null;
  min: number | null;
  max: number | null;
  histogram: { low: number; high: number; counts: number[] } | null;
  labels: { label: string; count: number }[];
}

export interface JudgeStats {
  items: ScoreStats[];
  times: bigint[];
  stepNs: number;
  series: ScoreSeries[];
}

/** Of one score of one version, an entry a time. */
export interface ScoreSeries {
  judge: string;
  name: string;
  mean: (number | null)[];
  passed: number[];
  failed: number[];
  /** How its numbers lie; null: it has none. */
  histogram: { low: number; high: number; counts: number[][] } | null;
}

function decodeSeries(json: Json): ScoreSeries {
  const o = obj(json);
  const h = obj(o["histogram"]);
  const counts = list(h["counts"]).map((column) => list(column).map(num));
  return {
    judge: str(o["judge"]),
    name: str(o["name"]),
    mean: list(o["mean"]).map(numOrNull),
    passed: list(o["passed"]).map(num),
    failed: list(o["failed"]).map(num),
    histogram: counts.length > 0 ? { low: num(h["low"]), high: num(h["high"]), counts } : null,
  };
}

function decodeStats(json: Json): ScoreStats {
  const o = obj(json);
  const h = obj(o["histogram"]);
  const counts = list(h["counts"]).map(num);
  return {
    judge: str(o["judge"]),
    model: strOrNull(o["model"]),
    name: str(o["name"]),
    count: num(o["count"]),
    passed: num(o["passed"]),
    failed: num(o["failed"]),
    errors: num(o["errors"]),
    mean: numOrNull(o["mean"]),
    min: numOrNull(o["min"]),
    max: numOrNull(o["max"]),
    histogram: counts.length > 0 ? { low: num(h["low"]), high: num(h["high"]), counts } : null,
    labels: list(o["labels"]).map((l) => ({ label: str(obj(l)["label"]), count: num(obj(l)["count"]) })),
  };
}

export function useJudgeStats(project: string, name: string, bounds: Bounds): QueryResult<JudgeStats> {
  const path = apiPath(project, ["judges", name, "stats"], { ...bounds, buckets: 48 });
  return useQuery(
    path,
    async (signal) => {
      const json = obj(await getJson(path, signal));
      return {
        items: list(json["items"]).map(decodeStats),
        times: list(json["times"]).map((t) => parseTime(str(t)) ?? 0n),
        stepNs: num(json["step_ns"]),
        series: list(json["series"]).map(decodeSeries),
      };
    },
    { keep: true },
  );
}

export interface Agreement {
  a: string;
  b: string;
  n: number; // judged by both
  compared: number; // of which both said something that can be compared
  agreed: number;
  kappa: number | null;
  pearson: number | null;
  spearman: number | null;
}

export function decodeAgreement(json: Json): Agreement {
  const o = obj(json);
  return {
    a: str(o["a"]),
    b: str(o["b"]),
    n: num(o["n"]),
    compared: num(o["compared"]),
    agreed: num(o["agreed"]),
    kappa: numOrNull(o["kappa"]),
    pearson: numOrNull(o["pearson"]),
    spearman: numOrNull(o["spearman"]),
  };
}

export function useAgreement(
  project: string,
  judges: readonly string[],
  bounds: Bounds,
): QueryResult<Agreement[]> {
  const path = apiPath(project, ["judges", "agreement"], { judges: judges.join(","), ...bounds });
  return useQuery(judges.length < 2 ? null : path, async (signal) =>
    list(obj(await getJson(path, signal))["items"]).map(decodeAgreement),
  );
}

/** What a person says of a trace or a span. */
export interface NewScore {
  trace_id: string;
  span_id?: string;
  name: string;
  value: Json;
  passed?: boolean;
  judge?: string;
  reason?: string;
  by?: string;
}

export async function sendScore(project: string, score: NewScore): Promise<void> {
  const one: Record<string, Json> = { source: "person", ...score };
  const answer = obj(await sendJson("POST", apiPath(project, ["scores"]), { scores: [one] }));
  const refused = obj(list(answer["rejected"])[0]);
  if (str(refused["detail"])) throw new Error(str(refused["detail"]));
  forgetTrace(project, score.trace_id);
}

/** What is known of the trace is told anew: whole, or a span at a time. */
function forgetTrace(project: string, traceId: string): void {
  invalidate(`trace/${project}/${traceId}`);
  invalidate(`span/${project}/${traceId}/`);
}

export async function deleteScore(project: string, traceId: string, id: string): Promise<void> {
  await send(apiPath(project, ["scores", traceId, id]), { method: "DELETE" });
  forgetTrace(project, traceId);
}

/** Deletes what a person said of a trace, found by what it was sent with. */
export async function takeBackScore(project: string, said: NewScore): Promise<void> {
  const path = apiPath(project, ["traces", said.trace_id, "scores"]);
  const found = list(obj(await getJson(path))["items"])
    .map(decode.score)
    .filter(
      (s) =>
        s.source === "person" &&
        s.name === said.name &&
        s.judge === (said.judge ?? null) &&
        s.by === (said.by ?? ""),
    )
    .at(-1);
  if (found) await deleteScore(project, said.trace_id, found.id);
}

export interface Queue {
  id: number;
  name: string;
  source: "traces" | "dataset" | "evaluation";
  dataset: { name: string; version: number | null; split: string | null } | null;
  evaluation: number | null;
  /** A query over traces; a text in samples; a filter of an evaluation's rows. */
  where: string;
  judge: string;
  /** Under which verdicts are given. */
  tag: string | null;
  instructions: string;
  left: number | null;
  done: number | null;
}

function decodeQueue(json: Json): Queue {
  const o = obj(json);
  const dataset = obj(o["dataset"]);
  const source = str(o["source"]);
  return {
    id: num(o["id"]),
    name: str(o["name"]),
    source: source === "dataset" || source === "evaluation" ? source : "traces",
    dataset: o["dataset"]
      ? {
          name: str(dataset["name"]),
          version: numOrNull(dataset["version"]),
          split: strOrNull(dataset["split"]),
        }
      : null,
    evaluation: numOrNull(o["evaluation"]),
    where: str(o["where"]),
    judge: str(o["judge"]),
    tag: strOrNull(o["tag"]),
    instructions: str(o["instructions"]),
    left: numOrNull(o["left"]),
    done: numOrNull(o["done"]),
  };
}

export function useQueues(project: string): QueryResult<Queue[]> {
  return useQuery(`queues/${project}`, async (signal) =>
    list(obj(await getJson(apiPath(project, ["queues"]), signal))["items"]).map(decodeQueue),
  );
}

export interface NewQueue {
  name: string;
  where: string;
  judge: string;
  instructions: string;
  dataset?: { name: string; version?: number; split?: string };
  evaluation?: number;
}

export async function createQueue(project: string, queue: NewQueue): Promise<Queue> {
  const made = decodeQueue(await sendJson("POST", apiPath(project, ["queues"]), { ...queue }));
  invalidate(`queues/${project}`);
  return made;
}

export async function deleteQueue(project: string, id: number): Promise<void> {
  await send(apiPath(project, ["queues", String(id)]), { method: "DELETE" });
  invalidate(`queues/${project}`);
}

/** A sample to be judged; with a model: its answer. */
export interface QueueSample {
  number: number;
  id: string;
  input: Json;
  expected: Json;
  metadata: Attributes;
  inference: Json;
  error: string | null;
  trace_id: string | null;
}

export interface QueuePage {
  traces: TraceSummary[];
  samples: QueueSample[];
  /** Whose answers the samples come with. */
  model: string | null;
  space: { kind: "dataset" | "workflow"; name: string } | null;
  left: number;
  done: number;
  /** False: counting took too long; `left` is enough to ask for more by, and `done` is not known. */
  exact: boolean;
}

function decodeQueueSample(json: Json): QueueSample {
  const o = obj(json);
  return {
    number: num(o["number"]),
    id: str(o["id"]),
    input: o["input"] ?? null,
    expected: o["expected"] ?? null,
    metadata: obj(o["metadata"]),
    inference: o["inference"] ?? null,
    error: strOrNull(o["error"]),
    trace_id: strOrNull(o["trace_id"]),
  };
}

function spaceOf(queue: Queue, target: Json | undefined): QueuePage["space"] {
  if (queue.dataset) return { kind: "dataset", name: queue.dataset.name };
  if (queue.source !== "evaluation") return null;
  const o = obj(target);
  return str(o["kind"]) === "dataset"
    ? { kind: "dataset", name: str(o["name"]) }
    : { kind: "workflow", name: str(o["workflow"]) };
}

const QUEUE_PAGE = 50;
const QUEUE_PAGE_MAX = 100; // the server's

/** What is next in it; `skipped` of it will be passed over. */
export async function fetchQueue(
  project: string,
  queue: Queue,
  skipped: number,
  signal?: AbortSignal,
): Promise<QueuePage> {
  const limit = Math.min(QUEUE_PAGE_MAX, QUEUE_PAGE + skipped);
  const path = apiPath(project, ["queues", String(queue.id), "next"], { limit });
  const json = obj(await getJson(path, signal));
  const items = list(json["items"]);
  const ofTraces = queue.source === "traces";
  return {
    traces: ofTraces ? items.map(decode.summary) : [],
    samples: ofTraces ? [] : items.map(decodeQueueSample),
    model: strOrNull(json["model"]),
    space: spaceOf(queue, json["target"]),
    left: num(json["left"]),
    done: num(json["done"]),
    exact: json["exact"] !== false,
  };
}
