// SPDX-License-Identifier: Apache-2.0
// The list of traces: ask in the search field, narrow by time and facets, look
// at one in the panel, open it on Enter.  The address holds the question
// (q, from, to, sort, live) and the selected row (sel).
import { Suspense } from "preact/compat";
import { lazyPart } from "../../parts/lazy";
import { useMemo, useRef } from "preact/hooks";
import { fetchCompletion } from "../../api/complete";
import { useLive } from "../../api/live";
import { invalidate } from "../../api/cache";
import { apiPath } from "../../api/http";
import { NEWEST_FIRST, type TraceList, useTraceList } from "../../api/tracelist";
import { useHistogram } from "../../api/traces";
import { makeTerm, toggleTerm } from "../../lib/query";
import { tracePath } from "../../lib/route";
import { msToText } from "../../lib/time";
import { BadQuery, searchError } from "../../parts/badquery";
import { SearchBar } from "../../parts/searchbar";
import { ErrorBar, ErrorState, Skeleton } from "../../parts/states";
import { TimeRange } from "../../parts/timerange";
import { useKeys } from "../../state/keyboard";
import { navigate, setParams, useParam } from "../../state/location";
import { narrow } from "../../state/narrow";
import { facetsOpen, facetsOver } from "../../state/prefs";
import { useStore } from "../../state/store";
import { type Bounds, chooseWindow, useWindow } from "../../state/window";
import { NoTraces } from "./empty";
import { Facets } from "./facets/facets";
import { SidePanel } from "./panel";
import { Summary } from "./summary";
import { TraceTable } from "./table";

const TraceHistogram = lazyPart(() => import("../../charts/histogram"), "The chart");

/** Below this the panel takes the facets' room. */
const WIDE = 1700;
const MAX_ADDED_DATES = 8.64e15;

export default function TracesPage({ project }: { project: string }) {
  const query = useParam("q") ?? "";
  const selected = useParam("sel");
  const live = useParam("live") !== null;
  const { window, bounds, now } = useWindow();
  const sort = useParam("sort") ?? NEWEST_FIRST;
  const question = useMemo(() => ({ project, query, bounds, sort }), [project, query, bounds, sort]);
  const list = useTraceList(question);
  // A histogram up to now shows that nothing came lately; a live one grows by itself.
  const histogramBounds = useMemo<Bounds>(
    () => (bounds.to === undefined && bounds.from !== undefined && !live ? { ...bounds, to: now } : bounds),
    [bounds, now, live],
  );
  const histogram = useHistogram(project, query, histogramBounds);
  const liveState = useLive(project, query, live, () => {
    list.refresh();
    histogram.refetch();
    invalidate(apiPath(project, ["traces", "facets"]));
  });

  const setQuery = (q: string) => setParams({ q, sel: null }, { push: true });
  const select = (traceId: string | null) => setParams({ sel: traceId });
  const open = (traceId: string) => navigate(tracePath(project, traceId));
  const zoom = (fromMs: number, toMs: number) => {
    if (Math.abs(fromMs) > MAX_ADDED_DATES || Math.abs(toMs) > MAX_ADDED_DATES) return;
    chooseWindow({ from: msToText(fromMs), to: msToText(toMs) });
  };
  useTraceKeys(list, selected, select, open);
  const clicks = useSecondClick(open);

  const badQuery = list.error?.field === "query" ? list.error : null;
  const wrong = badQuery && searchError(badQuery, query);
  const empty = !list.loading && !list.error && list.count === 0;
  const showFacets = useStore(useStore(narrow) ? facetsOver : facetsOpen);
  return (
    <div class="page">
      <div class="topbar">
        <SearchBar
          value={query}
          suggest={(text, caret, signal) => fetchCompletion(project, text, caret, signal)}
          error={wrong}
          onSearch={setQuery}
        />
        <TimeRange window={window} onPick={chooseWindow} />
        <LiveToggle on={live} state={liveState} />
      </div>
      <Summary
        question={question}
        window={window}
        histogram={histogram.data}
        list={list}
        onQuery={setQuery}
      />
      {!empty && !badQuery && (
        <div class={`histogram-strip${histogram.stale ? " stale" : ""}`}>
          {histogram.data && histogram.data.items.length > 0 && (
            <Suspense fallback={null}>
              <TraceHistogram histogram={histogram.data} onZoom={zoom} />
            </Suspense>
          )}
        </div>
      )}
      {list.error && !badQuery && list.count > 0 && <ErrorBar error={list.error} onRetry={list.refresh} />}
      <div class="traces-body" onPointerDownCapture={clicks.onPointerDown}>
        {showFacets && !empty && !badQuery && (selected === null || innerWidth >= WIDE) && (
          <Facets
            project={project}
            query={query}
            bounds={bounds}
            total={histogram.data?.total ?? Infinity}
            onQuery={setQuery}
          />
        )}
        <div class="traces-main">
          {wrong ? (
            <BadQuery query={query} error={wrong} onClear={() => setQuery("")} />
          ) : list.error && list.count === 0 ? (
            <ErrorState error={list.error} what="The traces could not be read" onRetry={list.refresh} />
          ) : empty ? (
            <NoTraces
              project={project}
              query={query}
              wholeTime={bounds.from === undefined && bounds.to === undefined}
            />
          ) : list.loading && list.count === 0 ? (
            <Skeleton rows={12} />
          ) : (
            <TraceTable
              project={project}
              list={list}
              selected={selected}
              sort={sort}
              onSort={(next) => setParams({ sort: next === NEWEST_FIRST ? null : next }, { push: true })}
              onSelect={(traceId, event) => {
                clicks.remember(traceId, event);
                select(traceId);
              }}
              onTag={(name, value) => setQuery(toggleTerm(query, makeTerm(`tag.${name}`, value)))}
            />
          )}
        </div>
        {selected !== null && <SidePanel project={project} traceId={selected} onClose={() => select(null)} />}
      </div>
    </div>
  );
}

const SECOND_CLICK_MS = 400;
const SAME_PLACE_PX = 5;

/**
 * A double click opens the full page.  The browser's own event would miss it: the
 * first click brings the panel, which may come to lie under the second.
 */
function useSecondClick(open: (traceId: string) => void) {
  const first = useRef<{ traceId: string; at: number; x: number; y: number } | null>(null);
  return {
    remember: (traceId: string, event: MouseEvent) => {
      first.current = { traceId, at: event.timeStamp, x: event.clientX, y: event.clientY };
    },
    onPointerDown: (event: PointerEvent) => {
      const last = first.current;
      first.current = null;
      if (!last || event.timeStamp - last.at > SECOND_CLICK_MS) return;
      if (Math.hypot(event.clientX - last.x, event.clientY - last.y) > SAME_PLACE_PX) return;
      event.preventDefault();
      event.stopPropagation();
      open(last.traceId);
    },
  };
}

function useTraceKeys(
  list: TraceList,
  selected: string | null,
  select: (traceId: string | null) => void,
  open: (traceId: string) => void,
): void {
  const step = (by: number) => () => {
    // Within the panel's tree the arrows are the tree's.
    if (document.activeElement?.closest(".waterfall")) return false;
    const at = selected === null ? -1 : list.indexOf(selected);
    const next = list.at(at < 0 ? 0 : Math.max(0, Math.min(list.count - 1, at + by)));
    if (next) select(next.trace_id);
    return undefined;
  };
  useKeys({
    j: step(1),
    k: step(-1),
    ArrowDown: step(1),
    ArrowUp: step(-1),
    Enter: (event) => {
      const onControl =
        event.target instanceof HTMLElement && event.target.closest("button, a, [role=tree]") !== null;
      if (selected === null || onControl) return false;
      open(selected);
      return undefined;
    },
    Escape: () => {
      if (selected === null) return false;
      select(null);
      return undefined;
    },
  });
}

function LiveToggle({ on, state }: { on: boolean; state: string }) {
  const said =
    { off: "off", connecting: "connecting", live: "on", polling: "asking every 3 s" }[state] ?? state;
  return (
    <button
      type="button"
      class="button button-plain live"
      data-state={state}
      aria-pressed={on}
      title={`Live: ${said}`}
      onClick={() => setParams({ live: on ? null : "1" })}
    >
      <span class="live-dot" />
      Live
    </button>
  );
}
