// SPDX-License-Identifier: Apache-2.0
// Models and their versions.
import type { Json } from "../lib/json";
import type { Bounds } from "../state/window";
import * as decode from "./decode";
import { invalidate, type QueryResult, useQuery } from "./cache";
import { apiPath, getJson, list, obj, sendJson } from "./http";
import type { Model, VersionDetail, VersionStats } from "./types";

export function useModels(project: string): QueryResult<Model[]> {
  return useQuery(`models/${project}`, async (signal) => {
    const json = obj(await getJson(apiPath(project, ["models"], { limit: 1000 }), signal));
    return list(json["items"]).map(decode.model);
  });
}

export function useModel(project: string, name: string): QueryResult<Model> {
  return useQuery(`model/${project}/${name}`, async (signal) => {
    const model = decode.model(await getJson(apiPath(project, ["models", name]), signal));
    model.versions.sort((a, b) => b.version - a.version);
    return model;
  });
}

export function useVersion(
  project: string,
  name: string,
  version: number | null,
): QueryResult<VersionDetail> {
  const key = version === null ? null : `version/${project}/${name}/${version}`;
  return useQuery(
    key,
    async (signal) =>
      decode.versionDetail(
        await getJson(apiPath(project, ["models", name, "versions", `v${version ?? 0}`]), signal),
      ),
    { staleMs: 30_000, keep: true },
  );
}

export function useModelStats(project: string, name: string, bounds: Bounds): QueryResult<VersionStats[]> {
  const key = `stats/${project}/${name}/${bounds.from ?? ""}/${bounds.to ?? ""}`;
  return useQuery(
    key,
    async (signal) => {
      const path = apiPath(project, ["models", name, "stats"], { ...bounds, buckets: 48 });
      return list(obj(await getJson(path, signal))["items"]).map(decode.versionStats);
    },
    { keep: true },
  );
}

export interface ModelChange {
  name?: string;
  metadata?: Record<string, Json>;
}

export async function changeModel(project: string, name: string, change: ModelChange): Promise<Model> {
  const body: Record<string, Json> = {};
  if (change.name !== undefined) body["name"] = change.name;
  if (change.metadata !== undefined) body["metadata"] = change.metadata;
  const model = decode.model(await sendJson("PATCH", apiPath(project, ["models", name]), body));
  invalidate(`models/${project}`);
  invalidate(`model/${project}/${name}`);
  return model;
}
