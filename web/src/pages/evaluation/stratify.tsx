// SPDX-License-Identifier: Apache-2.0
// By which metadata the cases are divided: the fields that the samples have.
import { useMemo } from "preact/hooks";
import { useSampleMetadata } from "../../api/results";
import { toNumber } from "../../lib/json";
import { Select } from "../../parts/form";
import { setParams, useParam } from "../../state/location";

const MANY = 8;

interface Props {
  project: string;
  /** Whose samples have the fields. */
  evaluation: number;
  /** Those of the standard, beside the fields of the samples. */
  strata: readonly string[];
}

export function StratifyBox({ project, evaluation, strata }: Props) {
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
          ? `metadata.${key}:quantiles=4`
          : `metadata.${key}`,
    }));
  }, [metadata.data]);
  const more = [...new Set([...strata, chosen])].filter(
    (rule) => rule !== "" && !fields.some((f) => f.rule === rule),
  );
  const rules = [...fields, ...more.map((rule) => ({ key: rule, rule }))];
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
    </span>
  );
}
