// SPDX-License-Identifier: Apache-2.0
// Quality standards of what was evaluated: one is applied; what is shown becomes a new
// one; the one that is applied can be copied and deleted.
import { useState } from "preact/hooks";
import { type Comparison, type Metric, type Target } from "../../api/evaluations";
import { asApiError } from "../../api/http";
import {
  copyStandard,
  deleteStandard,
  isFor,
  type MetricGroup,
  saveStandard,
  type Standard,
} from "../../api/standards";
import { plural } from "../../lib/format";
import { Button } from "../../parts/button";
import { Input } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { Popover } from "../../parts/menu";
import { setParams, useParam } from "../../state/location";
import { showToast } from "../../state/toast";
import { comparable } from "./casetable";
import { canBeSaid } from "./directions";

interface Props {
  project: string;
  comparison: Comparison;
  all: readonly Standard[];
  applied: Standard | null;
}

/** What the reader said and chose before does not go with another standard. */
function apply(standard: Standard | null): void {
  setParams(
    { standard: standard?.name ?? null, by: standard?.strata[0] ?? null, higher: null, lower: null },
    { push: true },
  );
}

const countOf = (standard: Standard) => standard.groups.reduce((n, g) => n + g.metrics.length, 0);

export function StandardMenu(props: Props) {
  const { comparison, all, applied } = props;
  const target = comparison.evaluations[0]?.target;
  if (!target) return null;
  const shown = all.filter((s) => isFor(s, target) || s.name === applied?.name);
  return (
    <Popover
      label={applied?.name ?? "Standard"}
      title="Quality standard"
      icon="check"
      align="right"
      role="dialog"
    >
      {(close) => (
        <div class="standard-menu">
          {[null, ...shown].map((s) => (
            <button
              key={s?.name ?? ""}
              type="button"
              role="menuitemradio"
              aria-checked={s?.name === applied?.name}
              class="menu-item"
              onClick={() => {
                apply(s);
                close();
              }}
            >
              <span class="cut grow">{s?.name ?? "All metrics"}</span>
              {s && <span class="faint">{plural(countOf(s), "metric")}</span>}
              {s?.name === applied?.name && <Icon name="check" size={14} />}
            </button>
          ))}
          <Saving {...props} target={target} onDone={close} />
        </div>
      )}
    </Popover>
  );
}

/** The groups of the standard that is applied, or one of all metrics; directions as they are
 * shown.  A metric of the standard that is not in sight here stays. */
function groupsOf(
  applied: Standard | null,
  metrics: readonly Metric[],
  left: ReadonlySet<string>,
): MetricGroup[] {
  const shown = metrics.map((m) => ({ label: m.name, metric: m.name, higherIsBetter: m.higherIsBetter }));
  const before = applied?.groups.filter((g) => g.metrics.length > 0) ?? [];
  const groups = before.length > 0 ? before : [{ name: "Metrics", metrics: shown }];
  return groups
    .map((g) => ({
      name: g.name,
      metrics: g.metrics
        .filter((m) => !left.has(m.metric))
        .map((m) => ({ ...(shown.find((s) => s.metric === m.metric) ?? m), label: m.label })),
    }))
    .filter((g) => g.metrics.length > 0);
}

function strataOf(applied: Standard | null, by: string): string[] {
  if (applied && (by === "" || applied.strata.includes(by))) return applied.strata;
  return by === "" ? [] : [by];
}

interface SavingProps extends Props {
  target: Target;
  onDone: () => void;
}

function Saving({ project, comparison, all, applied, target, onDone }: SavingProps) {
  const metrics = comparable(comparison.metrics).filter((m) => canBeSaid(m.name));
  const by = useParam("by") ?? "";
  const [typed, setTyped] = useState("");
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [wrong, setWrong] = useState("");
  const name = typed.trim();
  const chosen = metrics.filter((m) => !left.has(m.name));
  const attempt = async (step: () => Promise<void>, then: string | null, said: string) => {
    try {
      await step();
      showToast(said);
      setParams({ standard: then, higher: null, lower: null }, { push: true });
      onDone();
    } catch (error) {
      setWrong(asApiError(error).message);
    }
  };
  const save = () => {
    const { kind, workflow } = target;
    const standard = {
      name,
      target: { kind, workflow, name: target.name },
      groups: groupsOf(applied, metrics, left),
      strata: strataOf(applied, by),
    };
    return attempt(() => saveStandard(project, standard), name, `The standard ${name} is saved`);
  };
  return (
    <form
      class="standard-form"
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <p class="faint">What is shown, with its directions{by && <> and by {by}</>}, as a standard</p>
      {metrics.map((m) => (
        <Choice
          key={m.name}
          metric={m}
          checked={!left.has(m.name)}
          onCheck={(on) => setLeft(new Set([...left, m.name].filter((n) => n !== m.name || !on)))}
        />
      ))}
      <Input aria-label="Name of the standard" placeholder="a name" value={typed} onValue={setTyped} />
      {wrong && (
        <p class="field-error" role="alert">
          {wrong}
        </p>
      )}
      <div class="row">
        <Button look="primary" type="submit" disabled={name === "" || chosen.length === 0}>
          {all.some((s) => s.name === name) ? "Replace" : "Save"}
        </Button>
        {applied && (
          <>
            <Button
              disabled={name === "" || all.some((s) => s.name === name)}
              title={`${applied.name} as it is saved, under the new name`}
              onClick={() =>
                void attempt(
                  () => copyStandard(project, applied.name, name),
                  name,
                  `${name} is a copy of ${applied.name}`,
                )
              }
            >
              Copy
            </Button>
            <span class="grow" />
            <Button
              look="danger"
              onClick={() =>
                void attempt(
                  () => deleteStandard(project, applied.name),
                  null,
                  `The standard ${applied.name} is gone`,
                )
              }
            >
              Delete {applied.name}
            </Button>
          </>
        )}
      </div>
    </form>
  );
}

interface ChoiceProps {
  metric: Metric;
  checked: boolean;
  onCheck: (on: boolean) => void;
}

function Choice({ metric, checked, onCheck }: ChoiceProps) {
  const { name, higherIsBetter: higher } = metric;
  return (
    <label class="row">
      <input type="checkbox" checked={checked} onChange={(e) => onCheck(e.currentTarget.checked)} />
      <span class="cut grow">{name}</span>
      <span class="faint">{higher === null ? "either way" : higher ? "higher" : "lower"}</span>
    </label>
  );
}
