// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it, vi } from "vitest";
import { apiPath, ApiError, getJson, send, sendJson } from "../../src/api/http";
import { ExactNumber } from "../../src/lib/json";
import { keyNeeded, setAccessKey } from "../../src/state/auth";

function answer(status: number, body: string): ReturnType<typeof vi.fn> {
  const fetcher = vi.fn(() => Promise.resolve(new Response(body, { status })));
  vi.stubGlobal("fetch", fetcher);
  return fetcher;
}

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ApiError) return error;
  }
  throw new Error("it did not fail as expected");
}

afterEach(() => {
  vi.unstubAllGlobals();
  setAccessKey(null);
});

describe("requests", () => {
  it("escape names and leave out what is empty", () => {
    expect(apiPath("a/b c", ["models", "x:y"], { query: "", limit: 5, from: undefined })).toBe(
      "/api/v1/projects/a%2Fb%20c/models/x%3Ay?limit=5",
    );
  });
  it("tell problems with their field", async () => {
    answer(400, '{"title":"Bad Request","status":400,"detail":"query: position 3","field":"query"}');
    const error = await failure(getJson("/x"));
    expect([error.status, error.detail, error.field]).toEqual([400, "query: position 3", "query"]);
  });
  it("tell failures that are no problem documents", async () => {
    answer(502, "<html>");
    expect((await failure(getJson("/x"))).status).toBe(502);
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("refused")));
    expect((await failure(getJson("/x"))).title).toBe("No answer from the server");
  });
  it("ask for a key when the server wants one, and carry it then", async () => {
    answer(401, "{}");
    await failure(getJson("/x"));
    expect(keyNeeded.get()).toBe(true);
    setAccessKey("secret");
    expect(keyNeeded.get()).toBe(false);
    const fetcher = answer(200, "{}");
    await send("/x");
    const [, init] = fetcher.mock.calls[0] as [string, RequestInit];
    expect((init.headers as Record<string, string>)["authorization"]).toBe("Bearer secret");
  });
  it("write exact numbers as they came", async () => {
    const fetcher = answer(200, "{}");
    await sendJson("PATCH", "/x", { big: new ExactNumber("9007199254740993") });
    const [, init] = fetcher.mock.calls[0] as [string, RequestInit];
    expect(init.body).toBe('{"big":9007199254740993}');
  });
});
