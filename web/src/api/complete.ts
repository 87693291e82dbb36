// SPDX-License-Identifier: Apache-2.0
// What could stand where the caret is, from the data that is there.
import { byteOffset, charIndex } from "../lib/bytes";
import type { Completion } from "../lib/completion";
import { compactCount } from "../lib/format";
import type { Json } from "../lib/json";
import { apiPath, getJson, list, num, numOrNull, obj, str } from "./http";

const LIMIT = 20;

function suggestion(json: Json): Completion["items"][number] {
  const o = obj(json);
  const insert = str(o["text"]);
  const count = numOrNull(o["count"]);
  const detail = str(o["detail"]) || (count === null ? "" : compactCount(count));
  return { insert, label: str(o["label"]) || insert, detail };
}

export async function fetchCompletion(
  project: string,
  text: string,
  caret: number,
  signal: AbortSignal,
): Promise<Completion> {
  const params = { query: text, at: byteOffset(text, caret), limit: LIMIT };
  const o = obj(await getJson(apiPath(project, ["complete"], params), signal));
  const kind = str(o["kind"]);
  return {
    kind: kind === "value" || kind === "operator" ? kind : "field",
    start: charIndex(text, num(o["from"])),
    end: charIndex(text, num(o["to"])),
    items: list(o["items"]).map(suggestion),
  };
}

/** Each row has its own of these: nothing to group or filter by. */
const UNIQUE = ["id", "searched text"];

/** Fields of the language and of the data, without the operator behind them. */
export async function suggestFields(
  project: string,
  text: string,
  signal: AbortSignal,
): Promise<Completion["items"]> {
  const { kind, items } = await fetchCompletion(project, text, text.length, signal);
  if (kind !== "field") return [];
  return items.flatMap((i) => {
    const insert = i.insert.replace(/[\s:=<>!]+$/, "");
    return insert === "" ||
      UNIQUE.includes(i.detail) ||
      /[()]$/.test(insert) ||
      /^(and|or|not|has)$/.test(insert)
      ? []
      : [{ ...i, insert, label: insert }];
  });
}
