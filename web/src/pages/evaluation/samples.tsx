// SPDX-License-Identifier: Apache-2.0
// The samples behind the metrics: those that got worse or better, or all of one
// evaluation; as a gallery of pictures or as rows.  Each opens beside the list.
import { useMemo, useState } from "preact/hooks";
import {
  type Comparison,
  fetchResults,
  type ResultPage,
  type ResultQuestion,
  type ResultRow,
  resultsPath,
} from "../../api/evaluations";
import { type Page, usePages } from "../../api/pages";
import { groupThousands, plural } from "../../lib/format";
import { reviewPath } from "../../lib/route";
import { Button } from "../../parts/button";
import { Segmented, Select } from "../../parts/form";
import { Link } from "../../parts/link";
import { hasPicture } from "../../parts/sample";
import { EmptyState, ErrorBar, Skeleton } from "../../parts/states";
import { useKeys } from "../../state/keyboard";
import { setParams, useParam } from "../../state/location";
import { comparable } from "./casetable";
import { SampleCard, SampleLine } from "./samplecards";
import { SamplePanel } from "./samplepanel";

interface Props {
  project: string;
  comparison: Comparison;
  shownCase: string;
}

type Results = ResultPage & Page<ResultRow>;

function useQuestion(comparison: Comparison, shownCase: string): ResultQuestion {
  const ids = comparison.evaluations.map((e) => e.id);
  const show = useParam("show");
  const against = Number(useParam("against") ?? "");
  const numeric = comparable(comparison.metrics);
  const asked = useParam("metric") ?? "";
  const metric = numeric.some((m) => m.name === asked) ? asked : (numeric[0]?.name ?? "");
  const other =
    ids.includes(against) && against !== comparison.baseline
      ? against
      : ids.find((i) => i !== comparison.baseline);
  const wanted = show === "worse" || show === "better" ? show : "";
  const differing = show === "differing";
  return {
    ids: differing
      ? [ids.find((id) => id === against) ?? ids[0] ?? 0]
      : wanted && other !== undefined
        ? [comparison.baseline, other]
        : ids,
    baseline: comparison.baseline,
    case: shownCase,
    configuration: useParam("configuration") ?? "",
    metric,
    higherIsBetter: numeric.find((m) => m.name === metric)?.higherIsBetter ?? null,
    direction: other === undefined ? "" : wanted,
    differing,
    sort: useParam("sort") ?? "",
    filter: useParam("filter") ?? "",
  };
}

export function Samples({ project, comparison, shownCase }: Props) {
  const ask = useQuestion(comparison, shownCase);
  const key = resultsPath(project, ask, null);
  const pages = usePages<ResultRow, Results>(key, async (cursor, signal) => {
    const page = await fetchResults(project, ask, cursor, signal);
    return { ...page, items: page.rows };
  });
  const rows = pages.items;
  const pictured = useMemo(() => rows.slice(0, 12).some((r) => hasPicture(r.input)), [rows]);
  const look = useParam("as") ?? (pictured ? "gallery" : "rows");
  const [open, setOpen] = useState<number | null>(null);
  const at = rows.findIndex((r) => r.number === open);
  const step = (by: number) => () => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))];
    if (next) setOpen(next.number);
    return undefined;
  };
  useKeys({
    j: step(1),
    k: step(-1),
    Escape: () => (open === null ? false : (setOpen(null), undefined)),
  });
  const shown = rows[at];
  const shared = { project, comparison, metric: ask.metric };
  return (
    <div class="samples">
      <SampleBar
        project={project}
        comparison={comparison}
        ask={ask}
        page={pages.last}
        look={look}
        pictured={pictured}
      />
      {pages.error && <ErrorBar error={pages.error} onRetry={pages.refetch} />}
      {pages.loading && rows.length === 0 ? (
        <Skeleton rows={6} />
      ) : rows.length === 0 ? (
        <EmptyState
          title={
            ask.differing
              ? "No sample here was answered otherwise the second time"
              : ask.direction
                ? `No sample got ${ask.direction}`
                : "No samples here"
          }
        />
      ) : (
        <div class="samples-body">
          <div class={`${look === "gallery" ? "gallery" : "sample-lines"}${pages.stale ? " stale" : ""}`}>
            {rows.map((row) => {
              const props = {
                ...shared,
                row,
                active: row.number === open,
                onOpen: () => setOpen(row.number),
              };
              return look === "gallery" ? (
                <SampleCard key={row.number} {...props} />
              ) : (
                <SampleLine key={row.number} {...props} />
              );
            })}
            {pages.more && (
              <Button look="quiet" onClick={pages.loadMore}>
                More
              </Button>
            )}
          </div>
          {shown && (
            <SamplePanel
              {...shared}
              row={shown}
              shownCase={shownCase}
              onChange={pages.refetch}
              onClose={() => setOpen(null)}
            />
          )}
        </div>
      )}
    </div>
  );
}

/** How many samples got worse and better, of the case and metric that are looked at. */
export function changesOf(
  comparison: Comparison,
  ask: ResultQuestion,
): { worse: number; better: number } | null {
  const wanted = ask.case || "all";
  const row = comparison.rows.find((r) => r.case === wanted && r.stratum === null) ?? comparison.rows[0];
  const other = ask.ids.find((id) => id !== comparison.baseline);
  const found = row?.cells.get(ask.metric)?.find((c) => c.evaluation === other);
  if (found?.delta == null) return null;
  const higher = comparison.metrics.find((m) => m.name === ask.metric)?.higherIsBetter !== false;
  return higher ? { worse: found.down, better: found.up } : { worse: found.up, better: found.down };
}

interface BarProps {
  project: string;
  comparison: Comparison;
  ask: ResultQuestion;
  page: Results | null;
  look: string;
  pictured: boolean;
}

function SampleBar({ project, comparison, ask, page, look, pictured }: BarProps) {
  const many = comparison.evaluations.length > 1;
  const changes = changesOf(comparison, ask);
  const numeric = comparable(comparison.metrics);
  return (
    <div class="sample-bar">
      {many && (
        <Segmented
          label="Which samples"
          value={ask.differing ? "" : ask.direction || "all"}
          options={[
            { value: "worse", label: `Got worse${changes ? ` ${groupThousands(changes.worse)}` : ""}` },
            { value: "better", label: `Got better${changes ? ` ${groupThousands(changes.better)}` : ""}` },
            { value: "all", label: "All" },
          ]}
          onPick={(v) => setParams({ show: v === "all" ? null : v })}
        />
      )}
      {numeric.length > 0 && !ask.differing && (
        <Select
          label="Metric"
          value={ask.metric}
          options={numeric.map((m) => ({ value: m.name, label: m.name }))}
          onPick={(metric) => setParams({ metric })}
        />
      )}
      {ask.differing && (
        <FilterChip
          text="answered otherwise the second time"
          title="All samples"
          onDrop={() => setParams({ show: null, against: null })}
        />
      )}
      {!ask.direction && !ask.differing && ask.metric && <SortBox metric={ask.metric} sort={ask.sort} />}
      {ask.case && <FilterChip text={ask.case} title="All cases" onDrop={() => setParams({ case: null })} />}
      <span class="faint">{page && plural(page.total, "sample")}</span>
      <span class="grow" />
      {!many && (
        <Link
          class="link"
          href={reviewPath(project, null, {
            evaluation: String(comparison.evaluations[0]?.id ?? ""),
            where: ask.filter || null,
          })}
        >
          Review the answers
        </Link>
      )}
      {pictured && (
        <Segmented
          label="Shown as"
          value={look}
          options={[
            { value: "gallery", label: "Gallery" },
            { value: "rows", label: "Rows" },
          ]}
          onPick={(as) => setParams({ as })}
        />
      )}
    </div>
  );
}

function FilterChip({ text, title, onDrop }: { text: string; title: string; onDrop: () => void }) {
  return (
    <span class="chip chip-plain">
      <span class="cut">{text}</span>
      <button type="button" class="chip-remove" aria-label={title} onClick={onDrop}>
        ×
      </button>
    </span>
  );
}

function SortBox({ metric, sort }: { metric: string; sort: string }) {
  const options = [
    { value: "", label: "in the suite's order" },
    { value: metric, label: `least ${metric} first` },
    { value: `-${metric}`, label: `most ${metric} first` },
  ];
  const known = options.some((o) => o.value === sort);
  return (
    <Select
      label="Order"
      value={known ? sort : ""}
      options={options}
      onPick={(value) => setParams({ sort: value || null })}
    />
  );
}
