// SPDX-License-Identifier: Apache-2.0
import type { TraceSummary } from "../../api/types";
import type { Column } from "./columns";

const cell = (text: string) => {
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
};

const line = (cells: readonly string[]) => `${cells.map(cell).join(",")}\r\n`;

/** Comma-separated values after RFC 4180; a cell that a spreadsheet would run gets an apostrophe. */
export const csvHead = (columns: readonly Column[]): string => line(columns.map((c) => c.name ?? c.label));

export const csvRows = (columns: readonly Column[], traces: readonly TraceSummary[]): string =>
  traces.map((t) => line(columns.map((c) => c.text(t)))).join("");
