// SPDX-License-Identifier: Apache-2.0
// Saved views of the mock.
import { Problem } from "./problem.mjs";

export class Views {
  constructor() {
    this.items = [];
  }

  answer(method, id, body) {
    if (method === "GET") return { items: this.items, next_cursor: null };
    const found = this.items.find((v) => String(v.id) === id);
    if (method !== "POST" && !found) throw new Problem(404, "there is no such view in this project", "id");
    if (method === "DELETE") {
      this.items = this.items.filter((v) => v !== found);
      return null;
    }
    if (this.items.some((v) => v !== found && v.name === body.name && v.page === (body.page ?? found.page)))
      throw new Problem(409, `name: there is a view "${body.name}" already`, "name");
    const created_at = new Date().toISOString();
    const view = found ?? { id: this.items.length + 1, created_at };
    Object.assign(view, body);
    if (!found) this.items.push(view);
    return view;
  }
}
