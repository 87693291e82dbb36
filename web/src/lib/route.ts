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
  | { page: "settings"; project: string }
  | { page: "missing"; path: string };

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

export function parseRoute(path: string): Route {
  const parts = path.split("/").filter(Boolean).map(decode);
  if (parts.some((p) => p === null) || parts.length > 3) return { page: "missing", path };
  const [project, section, name] = parts as string[];
  if (project === undefined) return { page: "home" };
  if (section === undefined) return project === "parts" ? { page: "parts" } : { page: "traces", project };
  if (section === "traces")
    return name === undefined ? { page: "traces", project } : { page: "trace", project, traceId: name };
  if (section === "models")
    return name === undefined ? { page: "models", project } : { page: "model", project, name };
  if (name === undefined && (section === "settings" || section === "explore" || section === "compare"))
    return { page: section, project };
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
export const settingsPath = (project: string) => makePath([project, "settings"]);

/** "digits:v2" -> name and number; the name may hold colons itself. */
export function splitTag(tag: string): { name: string; version: number } | null {
  const match = /^(.+):v(\d{1,9})$/.exec(tag);
  return match ? { name: match[1] ?? "", version: Number(match[2]) } : null;
}

/** `compare=v1..v2`; `compare=v2` is one version against nothing. */
export function parseCompare(text: string | null): { base: number | null; head: number } | null {
  const match = /^(?:v(\d{1,9})\.\.)?v(\d{1,9})$/.exec(text ?? "");
  return match ? { base: match[1] === undefined ? null : Number(match[1]), head: Number(match[2]) } : null;
}
