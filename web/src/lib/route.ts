// SPDX-License-Identifier: Apache-2.0
// Addresses of the page: pure functions from a path to a route and back.  The
// query string holds the rest of a view's state, so that a pasted link shows
// the same thing.

export type Route =
  | { page: "home" }
  | { page: "parts" }
  | { page: "traces"; project: string }
  | { page: "trace"; project: string; traceId: string }
  | { page: "explore"; project: string }
  | { page: "compare"; project: string }
  | { page: "models"; project: string }
  | { page: "model"; project: string; name: string }
  | { page: "judges"; project: string }
  | { page: "judge"; project: string; name: string }
  | { page: "review"; project: string; queue: string | null }
  | { page: "evaluations"; project: string }
  /** One, or several side by side: ids with commas between. */
  | { page: "evaluation"; project: string; ids: string }
  | { page: "suites"; project: string }
  | { page: "suite"; project: string; workflow: string; name: string }
  | { page: "datasets"; project: string }
  | { page: "dataset"; project: string; name: string }
  | { page: "settings"; project: string }
  | { page: "missing"; path: string };

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

type Plain = "settings" | "explore" | "compare" | "suites";
const PLAIN: readonly string[] = ["settings", "explore", "compare", "suites"] satisfies Plain[];
const isPlain = (section: string): section is Plain => PLAIN.includes(section);

export function parseRoute(path: string): Route {
  const parts = path.split("/").filter(Boolean).map(decode);
  if (parts.some((p) => p === null) || parts.length > 4) return { page: "missing", path };
  const [project, section, name, more] = parts as string[];
  if (project === undefined) return { page: "home" };
  if (section === undefined) return project === "parts" ? { page: "parts" } : { page: "traces", project };
  if (more !== undefined)
    return section === "suites" && name !== undefined
      ? { page: "suite", project, workflow: name, name: more }
      : { page: "missing", path };
  if (section === "traces")
    return name === undefined ? { page: "traces", project } : { page: "trace", project, traceId: name };
  if (section === "models")
    return name === undefined ? { page: "models", project } : { page: "model", project, name };
  if (section === "judges")
    return name === undefined ? { page: "judges", project } : { page: "judge", project, name };
  if (section === "review") return { page: "review", project, queue: name ?? null };
  if (section === "evaluations")
    return name === undefined ? { page: "evaluations", project } : { page: "evaluation", project, ids: name };
  if (section === "datasets")
    return name === undefined ? { page: "datasets", project } : { page: "dataset", project, name };
  if (name === undefined && isPlain(section)) return { page: section, project };
  return { page: "missing", path };
}

export type Params = Record<string, string | null | undefined>;

/** A path with its parts escaped and a query string without empty values. */
export function makePath(parts: readonly string[], params: Params = {}): string {
  const path = `/${parts.map(encodeURIComponent).join("/")}`;
  const query = makeQuery(params);
  return query ? `${path}?${query}` : path;
}

export function makeQuery(params: Params): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(params))
    if (value !== null && value !== undefined && value !== "") search.set(key, value);
  // What is readable stays readable: an address is pasted into chats.
  return search.toString().replace(/%3A/g, ":").replace(/%2F/g, "/").replace(/%2C/g, ",");
}

export const tracesPath = (project: string, params: Params = {}) => makePath([project, "traces"], params);
export const tracePath = (project: string, traceId: string, params: Params = {}) =>
  makePath([project, "traces", traceId], params);
export const modelsPath = (project: string, params: Params = {}) => makePath([project, "models"], params);
export const modelPath = (project: string, name: string, params: Params = {}) =>
  makePath([project, "models", name], params);
export const explorePath = (project: string, params: Params = {}) => makePath([project, "explore"], params);
export const comparePath = (project: string, params: Params = {}) => makePath([project, "compare"], params);
export const judgesPath = (project: string, params: Params = {}) => makePath([project, "judges"], params);
export const judgePath = (project: string, name: string, params: Params = {}) =>
  makePath([project, "judges", name], params);
export const reviewPath = (project: string, queue: number | null = null, params: Params = {}) =>
  makePath(queue === null ? [project, "review"] : [project, "review", String(queue)], params);
export const evaluationsPath = (project: string, params: Params = {}) =>
  makePath([project, "evaluations"], params);
export const evaluationPath = (project: string, ids: readonly number[], params: Params = {}) =>
  makePath([project, "evaluations", ids.join(",")], params).replace(/%2C/g, ",");
export const suitesPath = (project: string, params: Params = {}) => makePath([project, "suites"], params);
export const suitePath = (project: string, workflow: string, name: string, params: Params = {}) =>
  makePath([project, "suites", workflow, name], params);
export const datasetsPath = (project: string, params: Params = {}) => makePath([project, "datasets"], params);
export const datasetPath = (project: string, name: string, params: Params = {}) =>
  makePath([project, "datasets", name], params);
export const settingsPath = (project: string) => makePath([project, "settings"]);

/** "digits:v2" -> name and number; the name may hold colons itself. */
export function splitTag(tag: string): { name: string; version: number } | null {
  const match = /^(.+):v(\d{1,9})$/.exec(tag);
  return match ? { name: match[1] ?? "", version: Number(match[2]) } : null;
}

/** "3,1" -> [3, 1]; what is no id is left out. */
export function parseIds(text: string): number[] {
  return text
    .split(",")
    .filter((part) => /^\d{1,15}$/.test(part))
    .map(Number);
}

/** `compare=v1..v2`; `compare=v2` is one version against nothing. */
/** "v3" in an address. */
export function parseVersion(text: string | null): number | null {
  const match = /^v(\d{1,9})$/.exec(text ?? "");
  return match ? Number(match[1]) : null;
}

export function parseCompare(text: string | null): { base: number | null; head: number } | null {
  const match = /^(?:v(\d{1,9})\.\.)?v(\d{1,9})$/.exec(text ?? "");
  return match ? { base: match[1] === undefined ? null : Number(match[1]), head: Number(match[2]) } : null;
}
