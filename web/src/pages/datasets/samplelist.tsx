// SPDX-License-Identifier: Apache-2.0
// The samples of a list - of a dataset's version, of a test case - in virtual rows, one
// of them (sample, in the address) whole beside the list; arrows or j and k go through them.
import { fetchSamples, type Sample, useSample } from "../../api/datasets";
import { useRows } from "../../api/rows";
import { Select } from "../../parts/form";
import { EmptyState, ErrorBar, Skeleton } from "../../parts/states";
import { useKeys } from "../../state/keyboard";
import { setParams, useParam } from "../../state/location";
import { SampleDetails, type SampleListOf } from "./details";
import { SampleTable } from "./sampletable";

interface Props {
  project: string;
  /** Where a page of them is, the first for null. */
  pathOf: (cursor: string | null) => string;
  list: SampleListOf;
  /** Where one sample is, for an address whose sample is not in memory. */
  oneAt?: (id: string) => string;
  /** Said when there are none. */
  empty: string;
  split?: boolean;
}

const openSample = (sample: string | null) => setParams({ sample });

export function SampleList({ project, pathOf, list, oneAt, empty, split = false }: Props) {
  const rows = useRows<Sample>(pathOf(null), (cursor, signal) => fetchSamples(pathOf(cursor), signal));
  const open = useParam("sample");
  const at = open === null ? -1 : rows.findIndex((s) => s.id === open);
  const step = (by: number) => () => {
    const next = rows.at(Math.max(0, Math.min(rows.count - 1, at < 0 ? 0 : at + by)));
    if (next) openSample(next.id);
    return undefined;
  };
  useKeys({
    j: step(1),
    k: step(-1),
    ArrowDown: step(1),
    ArrowUp: step(-1),
    Escape: () => (open === null ? false : (openSample(null), undefined)),
  });
  const alone = useSample(at < 0 && open !== null && oneAt && !rows.loading ? oneAt(open) : null);
  const shown = at < 0 ? (alone.data ?? null) : rows.at(at);
  const again = () => {
    if (at < 0) alone.refetch();
    else rows.refetch(at);
  };
  return (
    <>
      {rows.error && <ErrorBar error={rows.error} onRetry={() => rows.refetch()} />}
      {alone.error && <ErrorBar error={alone.error} onRetry={again} />}
      {rows.loading && rows.count === 0 ? (
        <Skeleton rows={8} />
      ) : rows.count === 0 ? (
        !rows.error && <EmptyState title={empty} />
      ) : (
        <div class="samples-body">
          <SampleTable project={project} rows={rows} openAt={at} split={split} onOpen={openSample} />
          {shown && (
            <SampleDetails
              project={project}
              sample={shown}
              list={list}
              onApplied={again}
              onClose={() => openSample(null)}
            />
          )}
        </div>
      )}
    </>
  );
}

/** Finds in input, expected and metadata; the address holds its text. */
export function SampleFinder() {
  return (
    <input
      class="input"
      type="search"
      aria-label="Find in the samples"
      placeholder="Find in the samples"
      value={useParam("q") ?? ""}
      onInput={(e) => setParams({ q: e.currentTarget.value || null })}
    />
  );
}

const SCORED = [
  { value: "", label: "All samples" },
  { value: "none", label: "Without feedback" },
  { value: "any", label: "With feedback" },
  { value: "failed", label: "Feedback: bad" },
  { value: "passed", label: "Feedback: good" },
  { value: "expectation", label: "With an expectation" },
];

/** Which samples, by what people said of them; the address holds it. */
export function useScored(): string {
  const asked = useParam("scored") ?? "";
  return SCORED.some((s) => s.value === asked) ? asked : "";
}

export function ScoredBox() {
  return (
    <Select
      label="By feedback"
      value={useScored()}
      options={SCORED}
      onPick={(scored) => setParams({ scored: scored || null })}
    />
  );
}
