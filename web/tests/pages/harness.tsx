// SPDX-License-Identifier: Apache-2.0
// The whole page over the mock server, without a socket between.
import { cleanup, fireEvent, render } from "@testing-library/preact";
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { App } from "../../src/app";
import { clearCache } from "../../src/api/cache";
import { handleKey } from "../../src/state/keyboard";
import { navigate } from "../../src/state/location";
// @ts-expect-error a plain module without types
import { answerApi, Mock } from "../mock/server.mjs";

interface Answer {
  status: number;
  type: string;
  text: string;
}

type Api = (mock: unknown, method: string, url: URL, body: unknown) => Answer;

/** The mock's project that has traces. */
export const P = "/Concept%20Project";

/** Paths that were asked for, the newest last. */
export const asked: string[] = [];

export function withMock(count: number): void {
  const mock: unknown = new (Mock as new (options: { count: number }) => unknown)({ count });
  const mockFetch = (path: string, init: RequestInit): Promise<Response> => {
    asked.push(path);
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : {};
    const answer = (answerApi as Api)(mock, init.method ?? "GET", new URL(path, "http://mock"), body);
    const content = answer.status === 204 ? null : answer.text;
    return Promise.resolve(
      new Response(content, { status: answer.status, headers: { "content-type": answer.type } }),
    );
  };
  beforeAll(() => void vi.stubGlobal("fetch", mockFetch));
  afterAll(() => void vi.unstubAllGlobals());
  beforeEach(() => {
    clearCache();
    addEventListener("keydown", handleKey);
  });
  afterEach(() => {
    removeEventListener("keydown", handleKey);
    cleanup();
  });
}

export function open(path: string): HTMLElement {
  navigate(path, { replace: true });
  return render(<App />).container as HTMLElement;
}

export const key = (name: string, more: KeyboardEventInit = {}) =>
  fireEvent.keyDown(document.body, { key: name, bubbles: true, ...more });

export const param = (name: string) => new URLSearchParams(location.search).get(name);
