// SPDX-License-Identifier: Apache-2.0
import { fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { expect, it, vi } from "vitest";
import type { Completion } from "../../src/lib/completion";
import { ChipField } from "../../src/parts/chipfield";

const field = (name: string) => ({ insert: name, label: name, detail: "text" });

function type(text: string, suggested: Promise<Completion["items"]>) {
  const change = vi.fn();
  render(
    <ChipField
      label="By"
      values={["model"]}
      max={3}
      placeholder="add"
      suggest={() => suggested}
      onChange={change}
    />,
  );
  const box = screen.getByRole("combobox");
  fireEvent.input(box, { target: { value: text } });
  return { box, change };
}

it("Enter adds what is suggested for half a name", async () => {
  const { box, change } = type("country", Promise.resolve([field("tag.country"), field("tag.county")]));
  await screen.findAllByRole("option");
  fireEvent.keyDown(box, { key: "Enter" });
  expect(change).toHaveBeenCalledWith(["model", "tag.country"]);
});

it("Enter waits for what is suggested, and takes a whole name as it is", async () => {
  const { box, change } = type("tag.a", Promise.resolve([field("tag.abc"), field("tag.a")]));
  fireEvent.keyDown(box, { key: "Enter" });
  await waitFor(() => expect(change).toHaveBeenCalledWith(["model", "tag.a"]));
});

it("Enter adds what was typed where nothing is suggested, or that fails", async () => {
  const { box, change } = type("tag.new", Promise.reject(new Error("gone")));
  fireEvent.keyDown(box, { key: "Enter" });
  await waitFor(() => expect(change).toHaveBeenCalledWith(["model", "tag.new"]));
});

it("Enter that waits is forgotten when one types on", async () => {
  let answer: (items: Completion["items"]) => void = () => undefined;
  const { box, change } = type("cou", new Promise((resolve) => (answer = resolve)));
  fireEvent.keyDown(box, { key: "Enter" });
  fireEvent.input(box, { target: { value: "coun" } });
  answer([field("tag.country")]);
  await screen.findAllByRole("option");
  expect(change).not.toHaveBeenCalled();
});
