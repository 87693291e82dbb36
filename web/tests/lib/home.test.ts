// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import type { Project } from "../../src/api/types";
import { homeProject } from "../../src/lib/home";

function project(name: string, spans: number): Project {
  return { name, storage: { spans } } as Project;
}

test("the project that was open last stays, while it holds something", () => {
  expect(homeProject("a", [project("a", 1), project("b", 9)])).toBe("a");
});

test("an empty one gives way to the fullest", () => {
  expect(homeProject("default", [project("default", 0), project("b", 3), project("c", 9)])).toBe("c");
});

test("without any span, and for a name that is gone, nothing breaks", () => {
  expect(homeProject("default", [])).toBe("default");
  expect(homeProject("gone", [project("b", 3)])).toBe("b");
});
