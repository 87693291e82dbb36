// SPDX-License-Identifier: Apache-2.0
// All traces of a question for a file, page by page, up to a limit that a browser
// can hold.
import { apiPath, send } from "./http";
import { fetchTraces, type Question } from "./tracelist";
import type { TraceSummary } from "./types";

export const EXPORT_ROWS = 100_000;
export const EXPORT_TRACES = 10_000;
const ROWS_PAGE = 1000;
const TRACES_PAGE = 200;
const MAX_BYTES = 500e6;

type Told = (done: number) => void;

/** Text of the rows of each page. */
export async function collectCsv(
  question: Question,
  text: (traces: readonly TraceSummary[]) => string,
  signal: AbortSignal,
  told: Told,
): Promise<string[]> {
  const parts: string[] = [];
  let cursor: string | null = null;
  for (let done = 0; done < EXPORT_ROWS;) {
    const limit = Math.min(ROWS_PAGE, EXPORT_ROWS - done);
    const page = await fetchTraces(question, cursor, signal, limit);
    parts.push(text(page.items));
    done += page.items.length;
    told(done);
    cursor = page.next;
    if (cursor === null) break;
  }
  return parts;
}

/** One trace with all its spans a line. */
export async function collectJsonl(question: Question, signal: AbortSignal, told: Told): Promise<string[]> {
  const { project, query, bounds } = question;
  const parts: string[] = [];
  let cursor: string | null = null;
  let bytes = 0;
  for (let done = 0; done < EXPORT_TRACES && bytes < MAX_BYTES;) {
    const limit = Math.min(TRACES_PAGE, EXPORT_TRACES - done);
    const params = { query, ...bounds, format: "jsonl", limit, cursor: cursor ?? "" };
    const response = await send(apiPath(project, ["traces", "export"], params), { signal, accept: "*/*" });
    const text = await response.text();
    parts.push(text);
    bytes += text.length;
    done += text.split("\n").length - 1;
    told(done);
    cursor = response.headers.get("x-vireo-next-cursor");
    if (cursor === null) break;
  }
  return parts;
}
