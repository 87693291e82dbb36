// SPDX-License-Identifier: Apache-2.0
// A review's requests reach the server one after the other, however slow each of them is.
import { act, renderHook, waitFor } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { useRound } from "../../src/pages/review/round";
import { toasts } from "../../src/state/toast";
import { makeRandom } from "../random";

const items = Array.from({ length: 12 }, (_, i) => ({ key: `q${i}` }));
const page = { left: items.length, done: 0 };
const nothing = () => undefined;

/** What came to a server whose every answer takes another time, and what it has then. */
function slowServer(random: (below: number) => number) {
  const kept = new Map<string, string>();
  const came: string[] = [];
  const request = async (what: string, change: () => void) => {
    came.push(`${what} begins`);
    await new Promise((done) => setTimeout(done, random(4)));
    change();
    came.push(`${what} ends`);
  };
  const sender = (key: string, verdict: string) => async () => {
    await request(`${verdict} ${key}`, () => kept.set(key, verdict));
    return () => request(`delete ${key}`, () => kept.delete(key));
  };
  return { kept, came, sender };
}

describe("a round", () => {
  it("leaves on the server what was said last, in the order of the keys", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = makeRandom(seed);
      const { kept, came, sender } = slowServer(random);
      const { result, unmount } = renderHook(() => useRound(page, items, nothing));
      const said = new Map<string, string>();
      const pressed: string[] = [];
      const trail: string[] = [];
      for (let step = 0; step < 20; step++) {
        const { current } = result.current;
        const back = random(10) < 4 && trail.length > 0;
        if (back) {
          const key = trail.pop() ?? "";
          said.delete(key);
          pressed.push(`delete ${key}`);
          void act(() => result.current.back());
        } else if (current) {
          const verdict = random(2) > 0 ? "pass" : "fail";
          said.set(current.key, verdict);
          trail.push(current.key);
          pressed.push(`${verdict} ${current.key}`);
          void act(() => result.current.answer(sender(current.key, verdict)));
        }
      }
      const wanted = pressed.flatMap((what) => [`${what} begins`, `${what} ends`]);
      await waitFor(() => expect(came, `seed ${seed}`).toHaveLength(wanted.length));
      expect(came, `seed ${seed}`).toEqual(wanted);
      expect(kept, `seed ${seed}`).toEqual(said);
      unmount();
    }
  });

  it("goes on when a verdict was not stored, and tells it once", async () => {
    const { came, sender } = slowServer(() => 0);
    const { result } = renderHook(() => useRound(page, items, nothing));
    const told = toasts.get().length;
    void act(() => result.current.answer(() => Promise.reject(new Error("the disk is full"))));
    void act(() => result.current.back());
    void act(() => result.current.answer(sender("q0", "pass")));
    await waitFor(() => expect(came).toEqual(["pass q0 begins", "pass q0 ends"]));
    expect(
      toasts
        .get()
        .slice(told)
        .map((t) => t.text),
    ).toEqual(["The verdict was not stored: the disk is full"]);
  });
});
