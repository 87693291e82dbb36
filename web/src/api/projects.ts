// SPDX-License-Identifier: Apache-2.0
// Projects, their keys, and the server itself.
import * as decode from "./decode";
import { invalidate, type QueryResult, useQuery } from "./cache";
import { apiPath, getJson, list, obj, send, sendJson, str } from "./http";
import type { ApiKey, Info, Project } from "./types";

export function useInfo(): QueryResult<Info> {
  return useQuery(
    "info",
    async (signal) => {
      const o = obj(await getJson(apiPath(null, ["info"]), signal));
      return { version: str(o["version"]), accounts: o["accounts"] === true, url: str(o["url"]) };
    },
    { staleMs: 60_000 },
  );
}

/** The address that clients use; a server behind a proxy may not know it. */
export function serverUrl(info: Info | undefined): string {
  return info && info.url !== "" ? info.url : location.origin;
}

export function useProjects(): QueryResult<Project[]> {
  return useQuery("projects", async (signal) => {
    const json = obj(await getJson(apiPath(null, ["projects"], { limit: 1000 }), signal));
    return list(json["items"]).map(decode.project);
  });
}

export function useProject(name: string): QueryResult<Project> {
  return useQuery(`project/${name}`, async (signal) =>
    decode.project(await getJson(apiPath(name, []), signal)),
  );
}

export async function createProject(name: string): Promise<Project> {
  const project = decode.project(await sendJson("POST", apiPath(null, ["projects"]), { name }));
  invalidate("projects");
  return project;
}

export function useKeysOf(project: string): QueryResult<ApiKey[]> {
  return useQuery(`keys/${project}`, async (signal) => {
    const json = obj(await getJson(apiPath(project, ["keys"], { limit: 1000 }), signal));
    return list(json["items"]).map(decode.apiKey);
  });
}

/** The new key's secret: the server shows it this once. */
export async function createKey(project: string, name: string, role: string): Promise<string> {
  const json = obj(await sendJson("POST", apiPath(project, ["keys"]), { name, role }));
  invalidate(`keys/${project}`);
  return str(json["key"]);
}

export async function revokeKey(project: string, id: string): Promise<void> {
  await send(apiPath(project, ["keys", id]), { method: "DELETE" });
  invalidate(`keys/${project}`);
}
