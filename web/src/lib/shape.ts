// SPDX-License-Identifier: Apache-2.0
// What a payload looks like: chat messages, a table, JSON, or text.  Decided
// from the data alone; the reader can always switch to the text as it came.

import { isObject, type Json, parseStructure, stringify, tryParse } from "./json";

export interface ChatMessage {
  role: string;
  text: string;
  toolCalls: { name: string; args: string }[];
}

export interface TableData {
  columns: string[];
  rows: Json[][];
}

export const TABLE_TYPE = "application/vnd.vireo.table+json";

/** Messages in the shapes that SDKs log: a list, or an object with `messages` or `choices`. */
export function asMessages(value: Json | undefined): ChatMessage[] | null {
  if (isObject(value)) {
    if (Array.isArray(value["messages"])) return asMessages(value["messages"]);
    if (Array.isArray(value["choices"]))
      return asMessages(value["choices"].map((c) => (isObject(c) ? (c["message"] ?? null) : null)));
    return typeof value["role"] === "string" ? asMessages([value]) : null;
  }
  if (!Array.isArray(value) || value.length === 0) return null;
  const messages: ChatMessage[] = [];
  for (const item of value) {
    const message = asMessage(item);
    if (!message) return null;
    messages.push(message);
  }
  return messages;
}

function asMessage(item: Json): ChatMessage | null {
  if (!isObject(item) || typeof item["role"] !== "string") return null;
  const content = item["content"] ?? item["parts"] ?? null;
  if (content === null && !("tool_calls" in item) && !("content" in item)) return null;
  const calls = Array.isArray(item["tool_calls"]) ? item["tool_calls"] : [];
  return { role: item["role"], text: contentText(content), toolCalls: calls.map(asToolCall) };
}

function contentText(content: Json): string {
  if (typeof content === "string") return content;
  if (content === null) return "";
  if (!Array.isArray(content)) return stringify(content, 2);
  return content.map(partText).join("\n\n");
}

function partText(part: Json): string {
  if (typeof part === "string") return part;
  if (isObject(part)) {
    if (typeof part["text"] === "string") return part["text"];
    if (typeof part["content"] === "string") return part["content"];
  }
  return stringify(part, 2);
}

function asToolCall(call: Json): { name: string; args: string } {
  const body = isObject(call) ? (call["function"] ?? call) : null;
  if (!isObject(body)) return { name: "tool", args: stringify(call) };
  const args = body["arguments"] ?? body["args"] ?? null;
  return {
    name: typeof body["name"] === "string" ? body["name"] : "tool",
    args: typeof args === "string" ? args : stringify(args),
  };
}

export function asTable(value: Json | undefined): TableData | null {
  if (!isObject(value) || !Array.isArray(value["columns"]) || !Array.isArray(value["rows"])) return null;
  const columns = value["columns"].map((c) => (typeof c === "string" ? c : stringify(c)));
  const rows = value["rows"].filter((r): r is Json[] => Array.isArray(r));
  return rows.length === value["rows"].length ? { columns, rows } : null;
}

/** Objects with the same few keys read best as a table. */
export function recordsTable(value: Json | undefined): TableData | null {
  if (!Array.isArray(value) || value.length < 2) return null;
  const columns = new Set<string>();
  for (const item of value) {
    if (!isObject(item)) return null;
    for (const key of Object.keys(item)) columns.add(key);
    if (columns.size > 30) return null;
  }
  const names = [...columns];
  return {
    columns: names,
    rows: value.map((item) => names.map((n) => (isObject(item) ? (item[n] ?? null) : null))),
  };
}

export type Payload =
  | { kind: "none" }
  | { kind: "chat"; messages: ChatMessage[]; json: Json }
  | { kind: "table"; table: TableData; json: Json }
  | { kind: "json"; json: Json }
  | { kind: "text"; text: string };

export function classify(text: string | null): Payload {
  if (text === null) return { kind: "none" };
  const json = parseStructure(text);
  if (json === undefined) {
    const scalar = tryParse(text);
    return { kind: "text", text: typeof scalar === "string" ? scalar : text };
  }
  const messages = asMessages(json);
  if (messages) return { kind: "chat", messages, json };
  const table = asTable(json);
  if (table) return { kind: "table", table, json };
  return { kind: "json", json };
}

const MARKDOWN = /^(#{1,6} |[-*+] |\d+\. |> |```|\|.+\|)|\*\*[^*\n]+\*\*|\[[^\]\n]+\]\([^)\n]+\)|`[^`\n]+`/m;

export function looksLikeMarkdown(text: string): boolean {
  return MARKDOWN.test(text);
}

export function looksLikeHtml(text: string): boolean {
  return /^\s*(<!doctype html|<html|<(div|table|p|body|svg|section|article|h[1-6])[\s>])/i.test(text);
}
