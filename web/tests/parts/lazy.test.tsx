// SPDX-License-Identifier: Apache-2.0
import { render, screen } from "@testing-library/preact";
import { Suspense } from "preact/compat";
import { expect, it } from "vitest";
import { lazyPart } from "../../src/parts/lazy";

it("a part that cannot be loaded says so and leaves the rest", async () => {
  const Gone = lazyPart<object>(() => Promise.reject(new Error("404")), "The chart");
  render(
    <>
      <p>the rest</p>
      <Suspense fallback={null}>
        <Gone />
      </Suspense>
    </>,
  );
  await screen.findByText(/The chart could not be loaded/);
  expect(screen.getByText("the rest")).not.toBeNull();
});
