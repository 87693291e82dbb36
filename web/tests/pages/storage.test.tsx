// SPDX-License-Identifier: Apache-2.0
// Settings: what columns cost, and what is kept.
import { fireEvent, screen, waitFor } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { asked, open, P, withMock } from "./harness";

withMock(20);

describe("storage and retention", () => {
  it("shows the costliest columns, and all when asked", async () => {
    const page = open(`${P}/settings`);
    await screen.findByText("attr.key1");
    expect(page.textContent).not.toContain("attr.key11");
    expect(page.textContent).toMatch(/without: a segment has at most 1\D?000/);
    fireEvent.click(screen.getByText(/^All 12 columns/));
    await screen.findByText("attr.key11");
  });

  it("tells damage", async () => {
    open(`${P}/settings`);
    expect((await screen.findByText(/cannot be read and is missing/)).textContent).toContain("1 part");
  });

  it("saves what is kept, and refuses what is no number", async () => {
    open(`${P}/settings`);
    const days = await screen.findByLabelText("Keep spans for so many days");
    fireEvent.input(days, { target: { value: "a while" } });
    await screen.findByText("A number above 0, or nothing");
    fireEvent.input(days, { target: { value: "30" } });
    fireEvent.input(screen.getByLabelText("At most so many GiB of segments"), { target: { value: "1.5" } });
    fireEvent.submit(days.closest("form") as HTMLElement);
    await screen.findByText(/What is kept is changed/);
    await waitFor(() =>
      expect(asked.filter((path) => path.endsWith("/retention")).length).toBeGreaterThan(2),
    );
    const again = await screen.findByLabelText<HTMLInputElement>("Keep spans for so many days");
    expect(again.value).toBe("30");
  });

  it("shows what the server refuses", async () => {
    open(`${P}/settings`);
    const days = await screen.findByLabelText("Keep spans for so many days");
    fireEvent.input(days, { target: { value: "99999" } });
    fireEvent.submit(days.closest("form") as HTMLElement);
    await screen.findByText(/too many/);
  });
});
