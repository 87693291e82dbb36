// SPDX-License-Identifier: Apache-2.0
// The list of traces.  Its first page is read at once; then the server is asked to hold the
// rest of the list still, so that each row has a rank and any page can be read, by `offset`.
// Until that is told, and where it fails, pages are read behind cursors as one scrolls.  In
// another order than newest first already the first page is read by rank: it costs the
// same.  What a live view brings is put on top of the first page.
import type { Bounds } from "../state/window";
import * as decode from "./decode";
import type { At } from "../lib/rowpages";
import { apiPath, getJson, list, num, obj, str, strOrNull } from "./http";
import { type Page, present, RowLoader, type Rows, rowsOf, useLoader } from "./rows";
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

const pathOf = ({ project, query, bounds, sort }: Question, more: Record<string, string | number>) =>
  apiPath(project, ["traces"], {
    query,
    ...bounds,
    sort: sort === NEWEST_FIRST ? undefined : sort,
    limit: PAGE_SIZE,
    ...more,
  });

interface TracePage extends Page<TraceSummary> {
  items: TraceSummary[];
}

export async function fetchTraces(
  question: Question,
  cursor: string | null,
  signal: AbortSignal,
  limit = PAGE_SIZE,
): Promise<TracePage> {
  const json = obj(await getJson(pathOf(question, { limit, cursor: cursor ?? "" }), signal));
  return { items: list(json["items"]).map(decode.summary), next: strOrNull(json["next_cursor"]) };
}

/** A list that the server holds still: its name, its rows, and the cursor that they stand behind. */
interface Held {
  list: string;
  rows: number;
  behind: string;
}

interface RankedPage extends Page<TraceSummary> {
  held: Held;
}

/** Rows that are gone leave their ranks empty. */
async function fetchRanked(
  question: Question,
  held: { list: string; behind: string },
  offset: number,
  signal: AbortSignal,
): Promise<RankedPage> {
  const { list: name, behind } = held;
  const json = obj(await getJson(pathOf(question, { offset, list: name, cursor: behind }), signal));
  const items: (TraceSummary | null)[] = list(json["items"]).map(decode.summary);
  for (const rank of list(json["gone"])) items.splice(num(rank) - offset, 0, null);
  return { items, next: null, held: { list: str(json["list"]), rows: num(json["total"]), behind } };
}

const isRanked = (page: Page<TraceSummary>): page is RankedPage => "held" in page;

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
  private held: Held | null = null;
  private asking: AbortController | null = null;

  constructor(
    readonly question: Question,
    key: string,
    before: TraceLoader | null,
    changed: () => void,
  ) {
    super(key, (at, signal) => this.fetchAt(at, signal), changed);
    if (before?.question.project !== question.project) return;
    this.pages = before.pages;
    if (before.key !== key) return;
    this.loaded = before.loaded;
    this.held = before.held;
  }

  private fetchAt(at: At, signal: AbortSignal): Promise<Page<TraceSummary>> {
    return typeof at === "number"
      ? fetchRanked(this.question, this.held ?? { list: "", behind: "" }, at, signal)
      : fetchTraces(this.question, at, signal);
  }

  private get newestFirst(): boolean {
    return this.question.sort === NEWEST_FIRST;
  }

  override start(): void {
    if (!this.loaded) this.begin();
    else {
      this.refresh();
      this.hold();
    }
  }

  override stop(): void {
    super.stop();
    this.asking?.abort();
    this.asking = null;
    remember(this);
  }

  protected override begin(): void {
    this.asking?.abort();
    this.asking = null;
    this.held = null;
    super.begin(this.newestFirst ? null : 0);
  }

  protected override accept(page: Page<TraceSummary>): void {
    super.accept(page);
    this.held = isRanked(page) ? page.held : null;
    if (isRanked(page)) this.rank(0, 0, page);
    else this.hold();
  }

  /** All rows behind the first page, by rank. */
  private hold(): void {
    const behind = this.pages.second;
    if (this.held || this.asking || typeof behind !== "string") return;
    const asking = new AbortController();
    this.asking = asking;
    fetchRanked(this.question, { list: "", behind }, 0, asking.signal).then(
      (page) => {
        if (this.asking !== asking) return;
        this.asking = null;
        if (this.busy !== "new") this.cancel();
        this.rank(1, 1, page);
        this.look();
      },
      () => {
        // The list goes on behind cursors.
        if (this.asking === asking) this.asking = null;
      },
    );
  }

  /** From page `from` on the list is what the answer tells of, with the rows of page `at`. */
  private rank(from: number, at: number, page: RankedPage): void {
    this.held = page.held;
    this.pages.rank(from, page.held.rows, PAGE_SIZE);
    this.pages.put(at, page.items);
  }

  /** A list that was made anew may have other rows everywhere. */
  protected override replace(at: number, page: Page<TraceSummary>): void {
    if (isRanked(page) && page.held.list !== this.held?.list) this.rank(page.held.behind ? 1 : 0, at, page);
    else super.replace(at, page);
  }

  readonly refresh = (): void => {
    const merges = this.loaded && this.newestFirst;
    if (this.busy !== null) return;
    if (merges) void this.run("new", null, (page) => this.merge(page));
    else this.begin();
  };

  /** What came while a page was read may push rows into the next one. */
  protected override append(cursor: string, { items, next }: Page<TraceSummary>): void {
    const known = idsOf(this.pages.last);
    this.pages.append(
      cursor,
      present(items).filter((t) => !known.has(t.trace_id)),
      next,
    );
  }

  /** When more came than a page holds, rows would be missing between: begin anew. */
  private merge(page: Page<TraceSummary>): void {
    const head = this.pages.page(0) ?? [];
    const known = idsOf(head);
    const items = present(page.items);
    const joins = page.next === null || items.some((t) => known.has(t.trace_id));
    if (joins && head.length < MAX_HEAD) this.pages.put(0, mergeNewest(head, items));
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
