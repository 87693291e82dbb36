// SPDX-License-Identifier: Apache-2.0
// Rules: which traces a worker judges by itself, and what still waits for it.
import type { Json } from "../lib/json";
import { makeTerm } from "../lib/query";
import { invalidate, type QueryResult, useQuery } from "./cache";
import { apiPath, getJson, list, num, obj, send, sendJson, str, strOrNull } from "./http";

export interface Rule {
  id: number;
  /** A tag, or a name for its newest version. */
  judge: string;
  /** What that means now; null when the judge is gone. */
  tag: string | null;
  where: string;
  /** What it finds and has judged: whole traces, or single spans. */
  subject: "trace" | "span";
  /** The share of them that is judged, 0 to 1. */
  sample: number;
  enabled: boolean;
}

export type NewRule = Pick<Rule, "judge" | "where" | "subject" | "sample">;

function decodeRule(json: Json): Rule {
  const o = obj(json);
  return {
    id: num(o["id"]),
    judge: str(o["judge"]),
    tag: strOrNull(o["tag"]),
    where: str(o["where"]),
    subject: str(o["subject"]) === "span" ? "span" : "trace",
    sample: num(o["sample"]),
    enabled: o["enabled"] === true,
  };
}

export function useRules(project: string): QueryResult<Rule[]> {
  return useQuery(`rules/${project}`, async (signal) =>
    list(obj(await getJson(apiPath(project, ["rules"]), signal))["items"]).map(decodeRule),
  );
}

export async function createRule(project: string, rule: NewRule): Promise<void> {
  await sendJson("POST", apiPath(project, ["rules"]), { ...rule });
  invalidate(`rules/${project}`);
}

export async function changeRule(project: string, id: number, change: Partial<Rule>): Promise<void> {
  await sendJson("PATCH", apiPath(project, ["rules", String(id)]), { ...change });
  invalidate(`rules/${project}`);
}

export async function deleteRule(project: string, id: number): Promise<void> {
  await send(apiPath(project, ["rules", String(id)]), { method: "DELETE" });
  invalidate(`rules/${project}`);
}

/** How far back a worker looks for what its rules find. */
export const RULE_WINDOW = "-1h";

const all = (where: string) => (where.trim() === "" ? "" : `(${where}) `);

/** The traces, or spans, that a rule is for and its judge has not judged, and those that it has. */
export const waitingQuery = (rule: Rule, tag: string) => all(rule.where) + makeTerm("judge", tag, true);
export const judgedQuery = (rule: Rule, tag: string) => all(rule.where) + makeTerm("judge", tag);

const REFRESH_MS = 30_000;

/** How many traces, or spans, of the last hour a query finds; null asks for nothing. */
export function useRecent(
  project: string,
  subject: Rule["subject"],
  query: string | null,
): QueryResult<number> {
  return useQuery(
    query === null ? null : `recent/${project}/${subject}/${query}`,
    async (signal) => {
      const window = { query: query ?? "", from: new Date(Date.now() - 3600e3).toISOString() };
      const path =
        subject === "trace"
          ? apiPath(project, ["traces", "histogram"], { ...window, buckets: 1 })
          : apiPath(project, ["aggregate"], { ...window, of: "spans", measure: "count" });
      const { total } = obj(await getJson(path, signal));
      return num(subject === "trace" ? total : list(obj(total)["values"])[0]);
    },
    { keep: true, staleMs: REFRESH_MS },
  );
}
