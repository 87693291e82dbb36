// SPDX-License-Identifier: Apache-2.0
// Scores of samples in the mock: by space and number, the same giver and name once.
import { Problem } from "./problem.mjs";

export class SampleScores {
  constructor(nowMs) {
    this.nowMs = nowMs;
    this.rows = [];
    this.next = 1;
  }

  of(space, number) {
    return this.rows.filter((s) => s.space === space && s.number === number);
  }

  put(space, sent) {
    const same = (s) =>
      s.space === space && ["number", "model", "kind", "name", "judge", "by"].every((k) => s[k] === full[k]);
    const full = {
      space,
      model: null,
      outdated: false,
      kind: "expected" in sent ? "expectation" : "feedback",
      judge: null,
      by: null,
      value: null,
      passed: null,
      reason: null,
      expected: null,
      updated_at: new Date(this.nowMs).toISOString(),
      ...sent,
    };
    const known = this.rows.find(same);
    if (known) return Object.assign(known, full).id;
    this.rows.push({ id: this.next++, ...full });
    return this.next - 1;
  }

  /** `apply` commits an expectation. */
  answer(method, space, [id, more], params, body, apply) {
    if (id === undefined && method === "POST")
      return { accepted: body.scores.length, rejected: [], ids: body.scores.map((s) => this.put(space, s)) };
    if (id === undefined) return { items: this.of(space, Number(params.get("number"))), next_cursor: null };
    const found = this.rows.find((s) => String(s.id) === id);
    if (!found) throw new Problem(404, "there is no such score of a sample", "id");
    if (more === "apply") return apply(found);
    this.rows = this.rows.filter((s) => s !== found);
    return null;
  }
}
