// SPDX-License-Identifier: Apache-2.0
// Requests to the server.  Every failure is an ApiError that says what happened;
// an aborted request stays an AbortError and is nobody's news.
import { type Json, isObject, parseJson, stringify, toNumber } from "../lib/json";
import { accessKey, keyNeeded } from "../state/auth";

export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: no answer
    readonly title: string,
    readonly detail: string,
    readonly field: string | null = null,
    /** The byte of the field at which it went wrong. */
    readonly position: number | null = null,
  ) {
    super(detail || title);
    this.name = "ApiError";
  }
}

export interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: Json;
  signal?: AbortSignal;
  accept?: string;
}

export function apiPath(
  project: string | null,
  parts: readonly string[],
  params: Record<string, string | number | undefined> = {},
): string {
  const path = project === null ? parts : ["projects", project, ...parts];
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(params))
    if (value !== undefined && value !== "") search.set(key, String(value));
  const query = search.toString();
  return `/api/v1/${path.map(encodeURIComponent).join("/")}${query ? `?${query}` : ""}`;
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, "The page failed", error instanceof Error ? error.message : String(error));
}

export async function send(path: string, options: RequestOptions = {}): Promise<Response> {
  const headers: Record<string, string> = { accept: options.accept ?? "application/json" };
  const key = accessKey.get();
  if (key !== null) headers["authorization"] = `Bearer ${key}`;
  const init: RequestInit = { method: options.method ?? "GET", headers };
  if (options.signal) init.signal = options.signal;
  if (options.body !== undefined) {
    headers["content-type"] = "application/json";
    init.body = stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(
      0,
      "No answer from the server",
      "The server is not reachable. Nothing was changed; try again once it runs.",
    );
  }
  if (response.ok) return response;
  if (response.status === 401) keyNeeded.set(true);
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<ApiError> {
  const title = response.statusText || `Status ${response.status}`;
  try {
    const body = parseJson(await response.text());
    if (isObject(body)) {
      const text = (key: string) => (typeof body[key] === "string" ? body[key] : "");
      const position = body["position"] === undefined ? null : toNumber(body["position"]);
      return new ApiError(
        response.status,
        text("title") || title,
        text("detail"),
        text("field") || null,
        position,
      );
    }
  } catch {
    // Not a problem document: the status says what is known.
  }
  return new ApiError(response.status, title, "");
}

export async function getJson(path: string, signal?: AbortSignal): Promise<Json> {
  const response = await send(path, signal ? { signal } : {});
  return parseJson(await response.text());
}

/** All items of a list, page by page. */
export async function getAll(
  project: string,
  parts: readonly string[],
  params: Record<string, string | number | undefined>,
  signal: AbortSignal,
): Promise<Json[]> {
  const all: Json[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const json = obj(await getJson(apiPath(project, parts, { limit: 1000, ...params, cursor }), signal));
    all.push(...list(json["items"]));
    cursor = strOrNull(json["next_cursor"]);
  }
  return all;
}

export async function sendJson(method: "POST" | "PUT" | "PATCH", path: string, body: Json): Promise<Json> {
  const response = await send(path, { method, body });
  const text = await response.text();
  return text === "" ? null : parseJson(text);
}

// Reading answers: a missing or odd field becomes its empty value, so that a
// newer or older server does not break the page.

export const str = (value: Json | undefined): string => (typeof value === "string" ? value : "");
export const strOrNull = (value: Json | undefined): string | null =>
  typeof value === "string" ? value : null;
export const num = toNumber;
export const numOrNull = (value: Json | undefined): number | null =>
  value === null || value === undefined ? null : toNumber(value);
export const obj = (value: Json | undefined): Record<string, Json> => (isObject(value) ? value : {});
export const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
export const strings = (value: Json | undefined): string[] =>
  list(value).filter((v) => typeof v === "string");
