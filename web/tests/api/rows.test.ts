// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { RowLoader } from "../../src/api/rows";
import type { At } from "../../src/lib/rowpages";

const SIZE = 10;

/** A list of 300 rows whose pages say how often they were read. */
function loader() {
  const asked: At[] = [];
  const made = new RowLoader<string>(
    "list",
    (cursor) => {
      asked.push(cursor);
      const start = Number(cursor ?? 0);
      const items = Array.from({ length: SIZE }, (_, i) => `${start + i} read ${asked.length}`);
      return Promise.resolve({ items, next: start + SIZE < 300 ? String(start + SIZE) : null, total: 300 });
    },
    () => undefined,
  );
  return { made, asked };
}

const settle = async () => {
  for (let i = 0; i < 400; i++) await Promise.resolve();
};

describe("rows behind cursors", () => {
  it("are read again where the reader is, who stays there", async () => {
    const { made, asked } = loader();
    made.start();
    await settle();
    made.want(0, 150);
    await settle();
    expect([made.pages.count, made.total]).toEqual([260, 300]);
    const before = asked.length;
    made.refetch(137);
    await settle();
    expect(asked.slice(before)).toEqual(["130"]);
    expect(made.pages.at(137)).toBe(`137 read ${asked.length}`);
    expect(made.pages.at(129)).not.toContain(`read ${asked.length}`);
    expect(made.pages.count).toBe(260);
    made.refetch();
    await settle();
    expect(asked.slice(before + 1, before + 2)).toEqual([null]);
  });
});
