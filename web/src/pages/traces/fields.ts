// SPDX-License-Identifier: Apache-2.0
// What the search field suggests: the language's fields (docs/query.md), and the
// fields and values that the data at hand has.
import type { Facet } from "../../api/types";
import type { FieldInfo } from "../../lib/query";

const KNOWN: readonly (readonly [name: string, hint: string, values?: readonly string[]])[] = [
  ["model", "name or name:vN"],
  ["status", "ok, error, unset", ["ok", "error", "unset"]],
  ["latency", "> 50ms, 2s, 1m"],
  ["name", "of a span; * for any text"],
  ["type", "llm, tool, retriever …"],
  ["version", "number of the model's version"],
  ["error.type", "of the exception"],
  ["error.message", "text in the message"],
  ["input", "text in the input"],
  ["output", "text in the output"],
  ["service", "that sent it"],
  ["session", "id"],
  ["user", "id"],
  ["trace", "id in hex"],
  ["span", "id in hex"],
  ["tokens.input", "> a number"],
  ["tokens.output", "> a number"],
  ["llm.model", "of LLM calls"],
  ["llm.provider", "of LLM calls"],
  ["has", "a field that is there"],
  ["root", "true, false", ["true", "false"]],
];

export function searchFields(facets: readonly Facet[]): FieldInfo[] {
  const found = new Map(facets.map((f) => [f.field, f.values]));
  const fields = KNOWN.map(([name, hint, values]): FieldInfo => {
    const seen = found.get(name);
    found.delete(name);
    return { name, hint, values: seen ?? (values ?? []).map((value) => ({ value, count: 0 })) };
  });
  const tags = [...found].map(([name, values]): FieldInfo => ({ name, hint: "tag", values }));
  return [...fields.slice(0, 3), ...tags, ...fields.slice(3)];
}
