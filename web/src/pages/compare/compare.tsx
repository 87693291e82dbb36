// SPDX-License-Identifier: Apache-2.0
// Two selections of traces side by side: how many, how fast, how many failed, and
// which fields and tags differ most between them.
import { useMemo } from "preact/hooks";
import { fetchCompletion } from "../../api/complete";
import { useComparison } from "../../api/compare";
import type { ApiError } from "../../api/http";
import { withThePeriodBefore, withTheRest } from "../../lib/selection";
import { DEFAULT_RANGE, resolveWindow, type TimeWindow } from "../../lib/time";
import { searchError } from "../../parts/badquery";
import { Button } from "../../parts/button";
import { SearchBar, type SearchError } from "../../parts/searchbar";
import { EmptyState, ErrorBar, ErrorState, Skeleton } from "../../parts/states";
import { TimeRange } from "../../parts/timerange";
import { setParams, useParam } from "../../state/location";
import { useWindow } from "../../state/window";
import { Differences } from "./differences";
import { Sides } from "./sides";
import "./compare.css";

export default function ComparePage({ project }: { project: string }) {
  const a = useParam("a") ?? "";
  const b = useParam("b") ?? "";
  const bFrom = useParam("bfrom");
  const bTo = useParam("bto");
  const { window: windowA, bounds: boundsA, now } = useWindow();
  const own = bFrom !== null || bTo !== null;
  const windowB = useMemo<TimeWindow>(
    () => (own ? { from: bFrom, to: bTo } : windowA),
    [own, bFrom, bTo, windowA],
  );
  const boundsB = useMemo(() => resolveWindow(windowB, Date.parse(now)), [windowB, now]);
  const same = a === b && !own;
  const sides = { a: { query: a, window: windowA }, b: { query: b, window: windowB } };
  const { data, error, loading, stale, refetch } = useComparison(
    project,
    { query: a, bounds: boundsA },
    { query: b, bounds: boundsB },
    !same,
  );
  return (
    <div class="page">
      <Choice
        project={project}
        side="a"
        query={a}
        window={windowA}
        error={wrongQuery(error, "query", a)}
        onWindow={(w) =>
          setParams({ from: w.from === DEFAULT_RANGE ? null : w.from, to: w.to }, { push: true })
        }
      />
      <Choice
        project={project}
        side="b"
        query={b}
        window={windowB}
        error={wrongQuery(error, "query_b", b)}
        onWindow={(w) => setParams({ bfrom: w.from, bto: w.to }, { push: true })}
      />
      {same ? (
        <Begin query={a} window={windowA} now={now} />
      ) : error && data === undefined ? (
        <ErrorState error={error} what="These could not be compared" onRetry={refetch} />
      ) : loading && data === undefined ? (
        <Skeleton rows={10} />
      ) : (
        data && (
          <div class={`compare-body${stale ? " stale" : ""}`}>
            {error && <ErrorBar error={error} onRetry={refetch} />}
            <Sides project={project} comparison={data} sides={sides} />
            <Differences project={project} comparison={data} sides={sides} />
          </div>
        )
      )}
    </div>
  );
}

function wrongQuery(error: ApiError | null, field: string, query: string): SearchError | null {
  return error?.field === field ? searchError(error, query) : null;
}

interface ChoiceProps {
  project: string;
  side: "a" | "b";
  query: string;
  window: TimeWindow;
  error: SearchError | null;
  onWindow: (window: TimeWindow) => void;
}

function Choice({ project, side, query, window, error, onWindow }: ChoiceProps) {
  const name = side.toUpperCase();
  return (
    <div class="topbar compare-choice">
      <span class={`side-mark side-${side}`} title={`Selection ${name}`}>
        {name}
      </span>
      <SearchBar
        {...(side === "b" ? { id: "search-b" } : {})}
        value={query}
        label={`Search for selection ${name}`}
        placeholder="all traces"
        error={error}
        suggest={(text, caret, signal) => fetchCompletion(project, text, caret, signal)}
        onSearch={(q) => setParams({ [side]: q }, { push: true })}
      />
      <TimeRange window={window} onPick={onWindow} />
    </div>
  );
}

/** Both sides are the same: what is often compared. */
function Begin({ query, window, now }: { query: string; window: TimeWindow; now: string }) {
  const before = withThePeriodBefore(query, window, Date.parse(now));
  const both = (more: string) => (query === "" ? more : `${query} ${more}`);
  return (
    <EmptyState title="Choose two selections to compare">
      <p>Write what to select in A and B above, or begin with one of these.</p>
      <div class="row">
        <Button
          onClick={() => setParams({ a: both("status:error"), b: both("-status:error") }, { push: true })}
        >
          Errors and the rest
        </Button>
        {query !== "" && (
          <Button onClick={() => setParams(withTheRest(query, window), { push: true })}>
            A and the rest
          </Button>
        )}
        {before && (
          <Button onClick={() => setParams(before, { push: true })}>This period and the one before</Button>
        )}
      </div>
    </EmptyState>
  );
}
