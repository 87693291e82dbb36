// SPDX-License-Identifier: Apache-2.0
// What people and judges say of samples, and of a model's answers to them.
import type { Json } from "../lib/json";
import { type Agreement, decodeAgreement } from "./judges";
import { invalidate, type QueryResult, useQuery } from "./cache";
import { apiPath, getJson, list, num, obj, send, sendJson, str, strOrNull } from "./http";
import type { Score } from "./types";

/** Where samples have their numbers: a dataset, or a workflow for all of its cases. */
export interface SampleSpace {
  kind: "dataset" | "workflow";
  name: string;
}

export interface SampleScore extends Omit<Score, "id" | "span_id"> {
  id: number;
  /** Whose answer is judged; null: the sample itself. */
  model: string | null;
  /** The model has another answer by now. */
  outdated: boolean;
  kind: string; // feedback, expectation
  expected: Json;
}

export function decodeSampleScore(json: Json): SampleScore {
  const o = obj(json);
  return {
    id: num(o["id"]),
    model: strOrNull(o["model"]),
    outdated: o["outdated"] === true,
    kind: str(o["kind"]),
    name: str(o["name"]),
    value: o["value"] ?? null,
    passed: typeof o["passed"] === "boolean" ? o["passed"] : null,
    judge: strOrNull(o["judge"]),
    source: str(o["source"]),
    by: str(o["by"]),
    reason: str(o["reason"]),
    error: "",
    time: strOrNull(o["updated_at"]),
    expected: o["expected"] ?? null,
  };
}

const spacePath = (project: string, space: SampleSpace, more: string[], params = {}) =>
  apiPath(project, [`${space.kind}s`, space.name, "scores", ...more], params);

/** Of one sample: its own, and those of all models' answers to it. */
export function useSampleScores(
  project: string,
  space: SampleSpace,
  number: number,
): QueryResult<SampleScore[]> {
  return useQuery(
    `${spacePath(project, space, [])}/${number}`,
    async (signal) => {
      const path = spacePath(project, space, [], { number, limit: 1000 });
      return list(obj(await getJson(path, signal))["items"]).map(decodeSampleScore);
    },
    { staleMs: 0, keep: true },
  );
}

function forget(project: string, space: SampleSpace): void {
  invalidate(spacePath(project, space, []));
  invalidate(`agreement/${project}/`);
}

export interface NewSampleScore {
  number: number;
  model?: string;
  name: string;
  value?: Json;
  passed?: boolean;
  judge?: string;
  reason?: string;
  by?: string;
  kind?: "feedback" | "expectation";
  expected?: Json;
}

/** Its id. */
export async function sendSampleScore(
  project: string,
  space: SampleSpace,
  score: NewSampleScore,
): Promise<number> {
  const one: Record<string, Json> = { source: "person", ...score };
  const answer = obj(await sendJson("POST", spacePath(project, space, []), { scores: [one] }));
  const refused = obj(list(answer["rejected"])[0]);
  if (str(refused["detail"])) throw new Error(str(refused["detail"]));
  forget(project, space);
  return num(list(answer["ids"])[0]);
}

export async function deleteSampleScore(project: string, space: SampleSpace, id: number): Promise<void> {
  await send(spacePath(project, space, [String(id)]), { method: "DELETE" });
  forget(project, space);
}

/** Make an expectation the expected value, in a case of a workflow; the version that has it. */
export async function applyExpectation(
  project: string,
  space: SampleSpace,
  id: number,
  inCase: string | null,
): Promise<{ version: number; made: boolean }> {
  const body = inCase === null ? {} : { case: inCase };
  const answer = obj(await sendJson("POST", spacePath(project, space, [String(id), "apply"]), body));
  invalidate(`dataset/${project}/`);
  invalidate(`datasets/${project}`);
  return { version: num(answer["version"]), made: answer["created"] === true };
}

/** How far people agree with an evaluation's judges, and with each other. */
export function useAnswerAgreement(project: string, evaluation: number): QueryResult<Agreement[]> {
  const path = apiPath(project, ["evaluations", String(evaluation), "agreement"]);
  return useQuery(`agreement/${project}/${evaluation}`, async (signal) =>
    list(obj(await getJson(path, signal))["items"]).map(decodeAgreement),
  );
}
