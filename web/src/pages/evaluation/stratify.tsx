// SPDX-License-Identifier: Apache-2.0
// By what the cases are divided: the fields of the samples' metadata, numbers in quarters or
// in ranges that the reader names; samples of a dataset by their split too.
import { useMemo } from "preact/hooks";
import { useSampleMetadata } from "../../api/results";
import { toNumber } from "../../lib/json";
import { Select } from "../../parts/form";
import { setParams, useParam } from "../../state/location";

const MANY = 8;
const QUARTERS = "quantiles=4";
/** A field, and the edges of its ranges when it has some. */
const RANGED = /^(metadata\..+):(?:quantiles=\d+|edges=([^:]*))$/;

interface Props {
  project: string;
  /** Whose samples have the fields. */
  evaluation: number;
  ofDataset: boolean;
  /** Those of the standard, beside the fields of the samples. */
  strata: readonly string[];
}

export function StratifyBox({ project, evaluation, ofDataset, strata }: Props) {
  const chosen = useParam("by") ?? "";
  const metadata = useSampleMetadata(project, evaluation);
  const fields = useMemo(() => {
    const seen = new Map<string, Set<unknown>>();
    for (const one of metadata.data ?? [])
      for (const [key, value] of Object.entries(one)) {
        if (typeof value === "object" && value !== null && !("text" in value)) continue;
        const kept = seen.get(key) ?? seen.set(key, new Set()).get(key);
        kept?.add(typeof value === "object" && value !== null ? toNumber(value) : value);
      }
    return [...seen].map(([key, values]) => ({
      key,
      // A number with many values makes sense in quarters only.
      rule:
        values.size > MANY && [...values].every((v) => typeof v === "number")
          ? `metadata.${key}:${QUARTERS}`
          : `metadata.${key}`,
    }));
  }, [metadata.data]);
  const more = [...new Set([...strata, chosen])].filter(
    (rule) => rule !== "" && !fields.some((f) => f.rule === rule),
  );
  const split = ofDataset && !more.includes("split") ? ["split"] : [];
  const rules = [...fields, ...[...split, ...more].map((rule) => ({ key: rule, rule }))];
  const ranged = RANGED.exec(chosen);
  if (rules.length === 0) return null;
  return (
    <span class="row">
      <span class="faint">by</span>
      <Select
        label="Divide the cases by"
        value={chosen}
        options={[{ value: "", label: "case alone" }, ...rules.map((f) => ({ value: f.rule, label: f.key }))]}
        onPick={(by) => setParams({ by: by || null }, { push: true })}
      />
      {ranged && <RangesBox key={chosen} field={ranged[1] ?? ""} edges={ranged[2] ?? ""} />}
    </span>
  );
}

/** Where a number's ranges meet; none: quarters. */
function RangesBox({ field, edges }: { field: string; edges: string }) {
  const apply = (event: Event) => {
    event.preventDefault();
    const text = new FormData(event.currentTarget as HTMLFormElement).get("edges");
    const numbers = typeof text === "string" ? text.split(/[\s,;]+/).filter(Boolean) : [];
    const rule = numbers.length > 0 ? `edges=${numbers.join(",")}` : QUARTERS;
    setParams({ by: `${field}:${rule}` }, { push: true });
  };
  return (
    <form onSubmit={apply}>
      <input
        class="input ranges-box"
        name="edges"
        aria-label="Where the ranges meet"
        title="Where the ranges meet, such as 18, 65; without any: quarters"
        placeholder="ranges: 18, 65"
        defaultValue={edges}
      />
    </form>
  );
}
