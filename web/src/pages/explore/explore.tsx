// SPDX-License-Identifier: Apache-2.0
// Explore: any aggregate by up to three keys over time, and from each number to
// the traces behind it.  The address holds the whole question (lib/ask.ts).
import { useMemo } from "preact/hooks";
import { type Aggregate, useAggregate } from "../../api/aggregate";
import { fetchCompletion } from "../../api/complete";
import { type Ask, readAsk, writeAsk } from "../../lib/ask";
import { drillQuery } from "../../lib/drill";
import { formatCount, formatPercent, groupThousands } from "../../lib/format";
import { isSketched } from "../../lib/measure";
import { comparePath, tracesPath } from "../../lib/route";
import { negate } from "../../lib/selection";
import { formatExact, msToText, nsToMs } from "../../lib/time";
import { BadQuery, searchError } from "../../parts/badquery";
import { IconButton } from "../../parts/button";
import { Menu } from "../../parts/menu";
import { SearchBar } from "../../parts/searchbar";
import { ErrorBar, ErrorState, Skeleton } from "../../parts/states";
import { TimeRange } from "../../parts/timerange";
import { saveFile } from "../../state/download";
import { navigate, setParams, useParam, usePlace } from "../../state/location";
import { copyText } from "../../state/toast";
import { chooseWindow, refreshWindow, useWindow } from "../../state/window";
import { ViewMenu } from "../views";
import { NoTraces } from "../traces/empty";
import { Charts, Ranking } from "./charts";
import { Controls } from "./controls";
import { makeRows, type Row, rowsCsv } from "./rows";
import { GroupTable, TimeTable } from "./tables";
import "./explore.css";

export default function ExplorePage({ project }: { project: string }) {
  const query = useParam("q") ?? "";
  const { search } = usePlace();
  const ask = useMemo(() => {
    const params = new URLSearchParams(search);
    return readAsk((name) => params.get(name));
  }, [search]);
  const { window, bounds, now } = useWindow();
  // Up to now and not to the newest, so that nothing lately is seen as nothing.
  const asked = useMemo(
    () => (bounds.to === undefined && bounds.from !== undefined ? { ...bounds, to: now } : bounds),
    [bounds, now],
  );
  const { data, error, loading, stale, refetch } = useAggregate(project, query, asked, ask);
  const setQuery = (q: string) => setParams({ q }, { push: true });
  const onAsk = (change: Partial<Ask>) => setParams(writeAsk({ ...ask, ...change }), { push: true });
  const wrong = error?.field === "query" ? searchError(error, query) : null;
  const whole = bounds.from === undefined && bounds.to === undefined;
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
      </div>
      <Controls project={project} ask={ask} onAsk={onAsk} />
      {wrong ? (
        <BadQuery query={query} error={wrong} onClear={() => setQuery("")} />
      ) : error && data === undefined ? (
        <ErrorState error={error} what="This could not be counted" onRetry={refetch} />
      ) : loading && data === undefined ? (
        <Skeleton rows={10} />
      ) : data?.rows === 0 && !stale ? (
        <NoTraces project={project} query={query} wholeTime={whole} />
      ) : (
        data && (
          <div class={`explore-body${stale ? " stale" : ""}`}>
            {error && <ErrorBar error={error} onRetry={refetch} />}
            <Answer project={project} query={query} window={window} ask={ask} answer={data} />
          </div>
        )
      )}
    </div>
  );
}

interface AnswerProps {
  project: string;
  query: string;
  window: { from: string | null; to: string | null };
  ask: Ask;
  answer: Aggregate;
}

function Answer({ project, query, window, ask, answer }: AnswerProps) {
  const rows = useMemo(() => makeRows(answer), [answer]);
  const range = { from: window.from, to: window.to };
  const drill = (row: Row) => (row.key === null ? null : drillQuery(query, ask.of, answer.by, row.key));
  const href = (row: Row) => {
    const q = drill(row);
    return q === null ? null : tracesPath(project, { q, ...range });
  };
  const compareHref = (row: Row) => {
    const a = drill(row);
    if (a === null || answer.by.length === 0) return null;
    return comparePath(project, { a, b: query === "" ? negate(a) : `${query} ${negate(a)}`, ...range });
  };
  const pick = (row: Row, bucket: number) => {
    const start = answer.times[bucket];
    const q = drill(row);
    if (start === undefined || q === null) return;
    const from = nsToMs(start);
    const to = from + (answer.stepNs ?? 0) / 1e6;
    navigate(tracesPath(project, { q, from: msToText(from), to: msToText(to) }));
  };
  const zoom = (fromMs: number, toMs: number) => chooseWindow({ from: msToText(fromMs), to: msToText(toMs) });
  const overTime = answer.times.length > 0;
  return (
    <>
      {ask.chart !== "table" && !overTime && <Ranking answer={answer} rows={rows} href={href} />}
      {ask.chart !== "table" && overTime && (
        <Charts answer={answer} rows={rows} bars={ask.chart === "bar"} onPick={pick} onZoom={zoom} />
      )}
      <Told project={project} answer={answer} rows={rows} of={ask.of} />
      <GroupTable answer={answer} rows={rows} href={href} compareHref={compareHref} />
      {ask.chart === "table" && overTime && <TimeTable answer={answer} rows={rows} onPick={pick} />}
    </>
  );
}

/** How many rows the numbers are of, and how exact they are. */
interface ToldProps {
  project: string;
  answer: Aggregate;
  rows: readonly Row[];
  of: Ask["of"];
}

function Told({ project, answer, rows, of }: ToldProps) {
  const sketched = answer.measures.some(isSketched) && answer.errorBound > 0;
  const pick = (kind: string) => {
    if (kind === "link") void copyText(location.href, "Link copied");
    else saveFile(`${project}-explore.csv`, rowsCsv(answer, rows, formatExact), "text/csv");
  };
  return (
    <div class="explore-told">
      <span>
        <strong title={groupThousands(answer.rows)}>{formatCount(answer.rows)}</strong> {of} matched
      </span>
      {sketched && (
        <span class="faint" title="Percentiles and counts of distinct values come from sketches">
          percentiles and distinct counts within {formatPercent(answer.errorBound, 1)}
        </span>
      )}
      {answer.groupsLimited && (
        <span class="amber">more groups than can be told apart: the rest is in “other”</span>
      )}
      <span class="grow" />
      <ViewMenu project={project} page="explore" />
      <IconButton icon="refresh" label="Ask again, up to now" onClick={refreshWindow} />
      <Menu
        label="Export"
        title="Export"
        icon="download"
        look="quiet"
        align="right"
        items={[
          { id: "csv", label: "These numbers as CSV" },
          { id: "link", label: "Copy a link to this view" },
        ]}
        onPick={pick}
      />
    </div>
  );
}
