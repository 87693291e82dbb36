// SPDX-License-Identifier: Apache-2.0
// Saved views: names for what a page shows, shared by all readers of a project.
import type { Json } from "../lib/json";
import { invalidate, type QueryResult, useQuery } from "./cache";
import { apiPath, getJson, list, num, obj, send, sendJson, str } from "./http";

export type ViewPage = "traces" | "explore";

export interface View {
  id: number;
  name: string;
  page: ViewPage;
  state: Record<string, Json>;
}

function decodeView(json: Json): View {
  const o = obj(json);
  return {
    id: num(o["id"]),
    name: str(o["name"]),
    page: str(o["page"]) === "explore" ? "explore" : "traces",
    state: obj(o["state"]),
  };
}

const keyOf = (project: string) => `views/${project}`;

export function useViews(project: string): QueryResult<View[]> {
  return useQuery(
    keyOf(project),
    async (signal) => list(obj(await getJson(apiPath(project, ["views"]), signal))["items"]).map(decodeView),
    { staleMs: 30_000 },
  );
}

export async function createView(project: string, view: Omit<View, "id">): Promise<View> {
  const made = decodeView(await sendJson("POST", apiPath(project, ["views"]), { ...view }));
  invalidate(keyOf(project));
  return made;
}

export async function updateView(project: string, { id, name, page, state }: View): Promise<void> {
  await sendJson("PUT", apiPath(project, ["views", String(id)]), { name, page, state });
  invalidate(keyOf(project));
}

export async function deleteView(project: string, id: number): Promise<void> {
  await send(apiPath(project, ["views", String(id)]), { method: "DELETE" });
  invalidate(keyOf(project));
}
