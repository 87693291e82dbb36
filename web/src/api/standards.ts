// SPDX-License-Identifier: Apache-2.0
// Quality standards: a name for how a project judges its models, for everybody in it.
import type { Json } from "../lib/json";
import { invalidate, type QueryResult, useQuery } from "./cache";
import type { Target } from "./evaluations";
import { apiPath, getJson, list, obj, send, sendJson, str, strings } from "./http";

export interface StandardMetric {
  label: string;
  metric: string;
  higherIsBetter: boolean | null;
}

export interface MetricGroup {
  name: string;
  metrics: StandardMetric[];
}

export interface Standard {
  name: string;
  /** What it is for, as whoever saved it wrote it; null: for all. */
  target: Json;
  groups: MetricGroup[];
  strata: string[];
}

function decodeMetric(json: Json): StandardMetric {
  const o = obj(json);
  const better = o["higher_is_better"];
  return {
    label: str(o["label"]),
    metric: str(o["metric"]),
    higherIsBetter: typeof better === "boolean" ? better : null,
  };
}

export function decodeStandard(json: Json): Standard {
  const o = obj(json);
  const body = obj(o["standard"]);
  return {
    name: str(o["name"]),
    target: body["target"] ?? null,
    groups: list(body["metric_groups"]).map((g) => ({
      name: str(obj(g)["name"]),
      metrics: list(obj(g)["metrics"]).map(decodeMetric),
    })),
    strata: strings(body["strata"]),
  };
}

/** Versions and splits do not matter: a standard is for a suite or dataset, or for all. */
export function isFor(standard: Standard, target: Target): boolean {
  const { kind, workflow, name } = obj(standard.target);
  if (name === undefined) return true;
  return name === target.name && (kind ?? target.kind) === target.kind && str(workflow) === target.workflow;
}

const keyOf = (project: string) => `standards/${project}`;

export function useStandards(project: string): QueryResult<Standard[]> {
  return useQuery(
    keyOf(project),
    async (signal) =>
      list(obj(await getJson(apiPath(project, ["standards"]), signal))["items"]).map(decodeStandard),
    { staleMs: 30_000 },
  );
}

/** Replaces one that has the name. */
export async function saveStandard(project: string, standard: Standard): Promise<void> {
  await sendJson("PUT", apiPath(project, ["standards", standard.name]), {
    target: standard.target,
    metric_groups: standard.groups.map((g) => ({
      name: g.name,
      metrics: g.metrics.map((m) => ({
        label: m.label,
        metric: m.metric,
        higher_is_better: m.higherIsBetter,
      })),
    })),
    strata: standard.strata,
  });
  invalidate(keyOf(project));
}

export async function copyStandard(project: string, name: string, to: string): Promise<void> {
  await sendJson("POST", apiPath(project, ["standards", name, "copy"]), { to });
  invalidate(keyOf(project));
}

export async function deleteStandard(project: string, name: string): Promise<void> {
  await send(apiPath(project, ["standards", name]), { method: "DELETE" });
  invalidate(keyOf(project));
}
