// SPDX-License-Identifier: Apache-2.0
// Which samples, in which order, and how they are shown: all of it in the address.
import { useRef } from "preact/hooks";
import type { Comparison } from "../../api/evaluations";
import type { ResultQuestion } from "../../api/results";
import { conditionsOf, withoutCondition } from "../../lib/conditions";
import { groupThousands, plural } from "../../lib/format";
import { reviewPath } from "../../lib/route";
import { Chip } from "../../parts/chip";
import { Segmented, Select } from "../../parts/form";
import { Link } from "../../parts/link";
import { setParams } from "../../state/location";
import { comparable } from "./casetable";
import { modelOf } from "./sides";

/** How many samples got worse and better, of the case and metric that are looked at. */
export function changesOf(
  comparison: Comparison,
  ask: Pick<ResultQuestion, "case" | "metric" | "other">,
): { worse: number; better: number } | null {
  const wanted = ask.case || "all";
  const row = comparison.rows.find((r) => r.case === wanted && r.stratum === null);
  const found = row?.cells.get(ask.metric)?.find((c) => c.evaluation === ask.other);
  if (found?.delta == null) return null;
  const higher = comparison.metrics.find((m) => m.name === ask.metric)?.higherIsBetter !== false;
  return higher ? { worse: found.down, better: found.up } : { worse: found.up, better: found.down };
}

interface Props {
  project: string;
  comparison: Comparison;
  ask: ResultQuestion;
  total: number | null;
  look: string;
  pictured: boolean;
}

export function SampleBar({ project, comparison, ask, total, look, pictured }: Props) {
  const many = comparison.evaluations.length > 1;
  const numeric = comparable(comparison.metrics);
  return (
    <div class="sample-bar">
      {many && <ShowBox comparison={comparison} ask={ask} />}
      {numeric.length > 0 && ask.show !== "differing" && (
        <Select
          label="Metric"
          value={ask.metric}
          options={numeric.map((m) => ({ value: m.name, label: m.name }))}
          onPick={(metric) => setParams({ metric })}
        />
      )}
      {ask.show === "differing" && (
        <Chip
          removeLabel="All samples"
          onRemove={() => setParams({ show: null, against: null })}
        >{`answered otherwise by ${modelOf(comparison, ask.of)} the second time`}</Chip>
      )}
      {ask.show === "" && ask.metric && <SortBox metric={ask.metric} sort={ask.sort} />}
      {ask.show === "" && <FilterBox filter={ask.filter} of={many ? modelOf(comparison, ask.of) : ""} />}
      {ask.case && (
        <Chip removeLabel="All cases" onRemove={() => setParams({ case: null })}>
          {ask.case}
        </Chip>
      )}
      <span class="faint">{total !== null && plural(total, "sample")}</span>
      <span class="grow" />
      {!many && (
        <Link
          class="link"
          href={reviewPath(project, null, { evaluation: String(ask.of), where: ask.filter || null })}
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

/** Against whom, where there are several. */
function ShowBox({ comparison, ask }: Pick<Props, "comparison" | "ask">) {
  const changes = changesOf(comparison, ask);
  const others = comparison.evaluations.filter((e) => e.id !== comparison.baseline);
  return (
    <>
      <Segmented
        label="Which samples"
        value={ask.show === "differing" ? "" : ask.show || "all"}
        options={[
          { value: "worse", label: `Got worse${changes ? ` ${groupThousands(changes.worse)}` : ""}` },
          { value: "better", label: `Got better${changes ? ` ${groupThousands(changes.better)}` : ""}` },
          { value: "all", label: "All" },
        ]}
        onPick={(v) => setParams({ show: v === "all" ? null : v })}
      />
      {others.length > 1 && ask.show !== "differing" && (
        <Select
          label="In which evaluation they got worse or better"
          value={String(ask.other ?? "")}
          options={others.map((e) => ({ value: String(e.id), label: `in ${e.model}` }))}
          onPick={(against) => setParams({ against })}
        />
      )}
    </>
  );
}

/** Conditions one after another, each with a way out; `of` tells whose metrics they are about. */
function FilterBox({ filter, of }: { filter: string; of: string }) {
  const field = useRef<HTMLInputElement>(null);
  const add = (event: Event) => {
    event.preventDefault();
    const text = field.current?.value.trim();
    if (!text) return;
    setParams({ filter: `${filter} ${text}`.trim() });
    (event.currentTarget as HTMLFormElement).reset();
  };
  return (
    <>
      <form onSubmit={add}>
        <input
          ref={field}
          class="input"
          type="search"
          aria-label={of ? `Filter by what ${of} did` : "Filter the samples"}
          title="Conditions that must all hold: recall<0.5 correct:false metadata.city:oslo"
          placeholder={of ? `Filter by ${of}: recall<0.5` : "Filter: recall<0.5 metadata.city:oslo"}
        />
      </form>
      {conditionsOf(filter).map((condition, i) => (
        <Chip
          key={`${i} ${condition}`}
          removeLabel={`Without ${condition}`}
          onRemove={() => setParams({ filter: withoutCondition(filter, i) })}
        >
          {condition}
        </Chip>
      ))}
    </>
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
