// SPDX-License-Identifier: Apache-2.0
// The samples behind the metrics: those that got worse or better, or all of them; as a
// gallery of pictures or as rows, with the answers of all evaluations side by side.  Each
// opens beside the list; the address holds which (sample), and the rest of the question.
import { useCallback, useMemo } from "preact/hooks";
import type { Comparison } from "../../api/evaluations";
import {
  fetchResults,
  type ResultQuestion,
  type ResultRow,
  resultsPath,
  useResultRow,
} from "../../api/results";
import { type Rows, useRows } from "../../api/rows";
import { hasPicture } from "../../parts/sample";
import { EmptyState, ErrorBar, Skeleton } from "../../parts/states";
import { useKeys } from "../../state/keyboard";
import { setParams, useParam } from "../../state/location";
import { comparable } from "./casetable";
import { Gallery } from "./gallery";
import { SampleBar } from "./samplebar";
import { SamplePanel } from "./samplepanel";

interface Props {
  project: string;
  comparison: Comparison;
  shownCase: string;
}

const SHOWS = ["worse", "better", "differing"] as const;

function useQuestion(comparison: Comparison, shownCase: string): ResultQuestion {
  const { baseline } = comparison;
  const sides = useMemo(() => comparison.evaluations.map((e) => e.id), [comparison]);
  const asked = useParam("show");
  const against = Number(useParam("against") ?? "");
  const numeric = comparable(comparison.metrics);
  const named = useParam("metric") ?? "";
  const metric = numeric.some((m) => m.name === named) ? named : (numeric[0]?.name ?? "");
  const others = sides.filter((id) => id !== baseline);
  const other = others.find((id) => id === against) ?? others[0] ?? null;
  const wanted = SHOWS.find((s) => s === asked) ?? "";
  const show = other === null && wanted !== "differing" ? "" : wanted;
  return {
    sides,
    of: show === "differing" && sides.includes(against) ? against : baseline,
    other,
    case: shownCase,
    configuration: useParam("configuration") ?? "",
    metric,
    higherIsBetter: numeric.find((m) => m.name === metric)?.higherIsBetter ?? null,
    show,
    sort: useParam("sort") ?? "",
    filter: useParam("filter") ?? "",
  };
}

const FIRST = 12;

function usePictured(rows: Rows<ResultRow>): boolean {
  const first = rows.at(0);
  const known = Math.min(rows.count, FIRST);
  return useMemo(
    () => Array.from({ length: known }, (_, i) => rows.at(i)).some((r) => r && hasPicture(r.input)),
    // The rows of the first page come together.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [first, known],
  );
}

const openSample = (number: number | null) => setParams({ sample: number === null ? null : String(number) });

/** The sample of the address, its place in the list (-1: not in memory), and the way to its neighbours. */
function useOpened(project: string, ask: ResultQuestion, rows: Rows<ResultRow>) {
  const named = useParam("sample") ?? "";
  const number = /^\d{1,15}$/.test(named) ? Number(named) : null;
  const at = number === null ? -1 : rows.findIndex((r) => r.number === number);
  const alone = useResultRow(project, ask, at < 0 ? number : null);
  const step = (by: number) => () => {
    const next = rows.at(Math.max(0, Math.min(rows.count - 1, at < 0 ? 0 : at + by)));
    if (next) openSample(next.number);
    return undefined;
  };
  useKeys({
    j: step(1),
    k: step(-1),
    Escape: () => (number === null ? false : (openSample(null), undefined)),
  });
  const { refetch } = rows;
  const again = at < 0 ? alone.refetch : () => refetch(at);
  return { at, row: at < 0 ? (alone.data ?? null) : rows.at(at), error: alone.error, again };
}

const nothing = ({ show, filter }: ResultQuestion) =>
  show === "differing"
    ? "No sample here was answered otherwise the second time"
    : show
      ? `No sample got ${show}`
      : filter
        ? "No sample is like that"
        : "No samples here";

export function Samples({ project, comparison, shownCase }: Props) {
  const ask = useQuestion(comparison, shownCase);
  const key = `${ask.sides.join(",")} in ${resultsPath(project, ask, null)}`;
  const rows = useRows(key, (cursor, signal) => fetchResults(project, ask, cursor, signal));
  const pictured = usePictured(rows);
  const look = useParam("as") ?? (pictured ? "gallery" : "rows");
  const opened = useOpened(project, ask, rows);
  const onOpen = useCallback((number: number) => openSample(number), []);
  const shared = { project, comparison, metric: ask.metric };
  return (
    <div class="samples">
      <SampleBar
        project={project}
        comparison={comparison}
        ask={ask}
        total={rows.total}
        look={look}
        pictured={pictured}
      />
      {rows.error && <ErrorBar error={rows.error} onRetry={() => rows.refetch()} />}
      {opened.error && <ErrorBar error={opened.error} onRetry={opened.again} />}
      {rows.loading && rows.count === 0 && <Skeleton rows={6} />}
      {!rows.loading && !rows.error && rows.count === 0 && <EmptyState title={nothing(ask)} />}
      {(rows.count > 0 || opened.row) && (
        <div class="samples-body">
          <Gallery {...shared} rows={rows} cards={look === "gallery"} openAt={opened.at} onOpen={onOpen} />
          {opened.row && (
            <SamplePanel
              {...shared}
              row={opened.row}
              shownCase={shownCase}
              onChange={opened.again}
              onClose={() => openSample(null)}
            />
          )}
        </div>
      )}
    </div>
  );
}
