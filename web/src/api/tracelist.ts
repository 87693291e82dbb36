// SPDX-License-Identifier: Apache-2.0
// The list of traces: pages behind cursors as the reader scrolls, those far away
// let go; what a live view brings is put on top.
import type { Bounds } from "../state/window";
import * as decode from "./decode";
import { apiPath, getJson, list, obj, strOrNull } from "./http";
import { type Page, RowLoader, type Rows, rowsOf, useLoader } from "./rows";
import type { TraceSummary } from "./types";

const PAGE_SIZE = 200;
/** A live view that ran for long begins anew. */
const MAX_HEAD = 4000;

export const NEWEST_FIRST = "-start";

export interface Question {
  project: string;
  query: string;
  bounds: Bounds;
  sort: string;
}

export async function fetchTraces(
  { project, query, bounds, sort }: Question,
  cursor: string | null,
  signal: AbortSignal,
  limit = PAGE_SIZE,
): Promise<Page<TraceSummary>> {
  const order = sort === NEWEST_FIRST ? undefined : sort;
  const params = { query, ...bounds, sort: order, limit, cursor: cursor ?? "" };
  const json = obj(await getJson(apiPath(project, ["traces"], params), signal));
  return { items: list(json["items"]).map(decode.summary), next: strOrNull(json["next_cursor"]) };
}

export interface TraceList extends Omit<Rows<TraceSummary>, "refetch"> {
  indexOf: (traceId: string) => number;
  /** The rows in memory. */
  kept: () => TraceSummary[];
  loadingMore: boolean;
  /** Asks for the newest again and puts what is new on top. */
  refresh: () => void;
}

/** Newest first; what a live view added on top is told apart by its ids. */
export function mergeNewest(old: readonly TraceSummary[], page: readonly TraceSummary[]): TraceSummary[] {
  const fresh = new Set(page.map((t) => t.trace_id));
  const merged = [...page, ...old.filter((t) => !fresh.has(t.trace_id))];
  return merged.sort((a, b) => (a.startNs > b.startNs ? -1 : a.startNs < b.startNs ? 1 : 0));
}

// The list of the last question, for coming back from a trace.
let lastList: TraceLoader | null = null;

const remember = (loader: TraceLoader) => {
  if (loader.loaded) lastList = loader;
};

class TraceLoader extends RowLoader<TraceSummary> {
  constructor(
    readonly question: Question,
    key: string,
    before: TraceLoader | null,
    changed: () => void,
  ) {
    super(key, (cursor, signal) => fetchTraces(question, cursor, signal), changed);
    if (before?.question.project !== question.project) return;
    this.pages = before.pages;
    if (before.key === key) this.loaded = before.loaded;
  }

  override start(): void {
    if (this.loaded) this.refresh();
    else this.begin();
  }

  override stop(): void {
    super.stop();
    remember(this);
  }

  readonly refresh = (): void => {
    const merges = this.loaded && this.question.sort === NEWEST_FIRST;
    if (this.busy !== null) return;
    if (merges) void this.run("new", null, (page) => this.merge(page));
    else this.begin();
  };

  /** What came while a page was read may push rows into the next one. */
  protected override append(cursor: string, { items, next }: Page<TraceSummary>): void {
    const known = idsOf(this.pages.last);
    this.pages.append(
      cursor,
      items.filter((t) => !known.has(t.trace_id)),
      next,
    );
  }

  /** When more came than a page holds, rows would be missing between: begin anew. */
  private merge(page: Page<TraceSummary>): void {
    const head = this.pages.page(0) ?? [];
    const known = idsOf(head);
    const joins = page.next === null || page.items.some((t) => known.has(t.trace_id));
    if (joins && head.length < MAX_HEAD) this.pages.put(0, mergeNewest(head, page.items));
    else this.accept(page);
  }
}

const idsOf = (rows: readonly TraceSummary[]) => new Set(rows.map((t) => t.trace_id));

export function useTraceList(question: Question): TraceList {
  const { project, query, bounds, sort } = question;
  const key = `${project}\n${query}\n${bounds.from ?? ""}\n${bounds.to ?? ""}\n${sort}`;
  const loader = useLoader<TraceLoader>(
    key,
    (before, changed) => new TraceLoader(question, key, before ?? lastList, changed),
  );
  const { pages, busy, refresh } = loader;
  return {
    ...rowsOf(loader),
    indexOf: (traceId) => pages.findIndex((t) => t.trace_id === traceId),
    kept: () => pages.kept(),
    loadingMore: busy === "more",
    refresh,
  };
}
