// SPDX-License-Identifier: Apache-2.0
// What changed from one version to another: code, what the code calls,
// signature, output type, environment.
import { useState } from "preact/hooks";
import { useVersion } from "../../api/models";
import type { Dependency, Model, VersionDetail } from "../../api/types";
import { Code } from "../../parts/code";
import { Diff } from "../../parts/diff";
import { Segmented, Select } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { Panel } from "../../parts/panel";
import { ErrorState, Skeleton } from "../../parts/states";
import { isString, persistent } from "../../state/prefs";
import { useStore } from "../../state/store";
import type { Pair } from "./model";
import { Commit } from "./versions";

interface Props {
  project: string;
  model: Model;
  pair: Pair;
  onCompare: (base: number | null, head: number) => void;
}

const diffLayout = persistent("diff", "split", isString);
const NARROW = 1100;

export function Comparison({ project, model, pair, onCompare }: Props) {
  const head = useVersion(project, model.name, pair.head);
  const base = useVersion(project, model.name, pair.base);
  const chosen = useStore(diffLayout);
  const layout = chosen === "unified" || innerWidth < NARROW ? "unified" : "split";
  const options = model.versions.map((v) => ({ value: String(v.version), label: `v${v.version}` }));
  const error = head.error ?? base.error;
  const baseOptions = [
    { value: "", label: "nothing" },
    ...options.filter((o) => o.value !== String(pair.head)),
  ];
  const toNumber = (text: string) => (text === "" ? null : Number(text));
  return (
    <Panel
      title={pair.base === null ? `Code of v${pair.head}` : "Changes"}
      actions={
        <div class="row">
          {model.versions.length > 1 && (
            <>
              <span class="muted">from</span>
              <Select
                label="Compare from"
                value={String(pair.base ?? "")}
                options={baseOptions}
                onPick={(v) => onCompare(toNumber(v), pair.head)}
              />
              <span class="muted">to</span>
              <Select
                label="Compare to"
                value={String(pair.head)}
                options={options}
                onPick={(v) => onCompare(pair.base === Number(v) ? null : pair.base, Number(v))}
              />
            </>
          )}
          {pair.base !== null && (
            <Segmented
              label="Layout of the changes"
              value={layout}
              options={[
                { value: "split", label: "Side by side" },
                { value: "unified", label: "Unified" },
              ]}
              onPick={(v) => diffLayout.set(v)}
            />
          )}
        </div>
      }
    >
      {error ? (
        <ErrorState error={error} what="The version could not be read" onRetry={head.refetch} />
      ) : !head.data || (pair.base !== null && !base.data) ? (
        <Skeleton rows={8} />
      ) : (
        <Both head={head.data} base={pair.base === null ? null : (base.data ?? null)} layout={layout} />
      )}
    </Panel>
  );
}

interface BothProps {
  head: VersionDetail;
  base: VersionDetail | null;
  layout: "split" | "unified";
}

const languageOf = (v: VersionDetail) => (v.language === "" || v.language === "python" ? "python" : "text");

function Both({ head, base, layout }: BothProps) {
  const known = head.source !== "" || (base !== null && base.source !== "");
  return (
    <div class="stack">
      {!known ? (
        <p class="muted">
          The code of {head.tag} is not known: it was{" "}
          {head.origin === "name" ? "traced by its name alone" : "not sent"}.
        </p>
      ) : base ? (
        <Diff
          oldText={base.source}
          newText={head.source}
          oldLabel={base.tag}
          newLabel={head.tag}
          language={languageOf(head)}
          layout={layout}
        />
      ) : (
        <Code text={head.source} language={languageOf(head)} />
      )}
      {!base && head.version === 1 && known && (
        <p class="faint">Change the function and run it again: v2 appears here beside v1.</p>
      )}
      <Dependencies head={head} base={base} layout={layout} />
      <FactTable head={head} base={base} />
      <Packages head={head} base={base} />
    </div>
  );
}

export interface DependencyChange {
  name: string;
  kind: string;
  change: "same" | "changed" | "added" | "removed";
  oldSource: string;
  newSource: string;
}

/** What the code calls, the changed first. */
export function dependencyChanges(
  head: readonly Dependency[],
  base: readonly Dependency[] | null,
): DependencyChange[] {
  const old = new Map((base ?? []).map((d) => [d.name, d]));
  const now = new Map(head.map((d) => [d.name, d]));
  const names = [...new Set([...now.keys(), ...old.keys()])];
  const changes = names.map((name): DependencyChange => {
    const before = old.get(name);
    const after = now.get(name);
    const change = !base
      ? "same"
      : !before
        ? "added"
        : !after
          ? "removed"
          : before.source === after.source
            ? "same"
            : "changed";
    const kind = (after ?? before)?.kind ?? "";
    return { name, kind, change, oldSource: before?.source ?? "", newSource: after?.source ?? "" };
  });
  return changes.sort((a, b) => Number(a.change === "same") - Number(b.change === "same"));
}

function Dependencies({ head, base, layout }: BothProps) {
  const changes = dependencyChanges(head.dependencies, base?.dependencies ?? null);
  if (changes.length === 0) return null;
  return (
    <section>
      <h3 class="section-title">What it calls</h3>
      {changes.map((c) => (
        <DependencyView key={c.name} change={c} labels={[base?.tag ?? "", head.tag]} layout={layout} />
      ))}
    </section>
  );
}

const MARKS = { same: "", changed: "changed", added: "added", removed: "removed" } as const;

interface DependencyProps {
  change: DependencyChange;
  labels: [string, string];
  layout: "split" | "unified";
}

function DependencyView({ change, labels, layout }: DependencyProps) {
  const [open, setOpen] = useState(change.change !== "same");
  return (
    <div class="dependency">
      <button type="button" class="facet-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "down" : "right"} size={12} />
        <span class="mono">{change.name}</span>
        <span class="faint">{change.kind}</span>
        {change.change !== "same" && (
          <span class={`change change-${change.change}`}>{MARKS[change.change]}</span>
        )}
      </button>
      {open &&
        (change.change === "same" ? (
          <Code text={change.newSource} language="python" />
        ) : (
          <Diff
            oldText={change.oldSource}
            newText={change.newSource}
            oldLabel={labels[0]}
            newLabel={labels[1]}
            layout={layout}
          />
        ))}
    </div>
  );
}

function FactTable({ head, base }: { head: VersionDetail; base: VersionDetail | null }) {
  const row = (
    label: string,
    value: (v: VersionDetail) => preact.ComponentChildren,
    text: (v: VersionDetail) => string,
  ) => {
    const changed = base !== null && text(base) !== text(head);
    return (
      <tr class={changed ? "fact-changed" : ""}>
        <th scope="row">{label}</th>
        {base && <td>{value(base)}</td>}
        <td>{value(head)}</td>
        <td class="fact-mark">{changed && <span class="change change-changed">changed</span>}</td>
      </tr>
    );
  };
  const code = (pick: (v: VersionDetail) => string) => (v: VersionDetail) =>
    pick(v) ? <code>{pick(v)}</code> : <span class="faint">–</span>;
  const language = (v: VersionDetail) => [v.language, v.language_version].filter(Boolean).join(" ");
  return (
    <div class="table-scroll">
      <table class="table facts-table">
        <thead>
          <tr>
            <th scope="col">
              <span class="sr-only">Fact</span>
            </th>
            {base && <th scope="col">{base.tag}</th>}
            <th scope="col">{head.tag}</th>
            <th scope="col">
              <span class="sr-only">Changed</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {row(
            "Signature",
            code((v) => v.signature),
            (v) => v.signature,
          )}
          {row(
            "Output type",
            code((v) => v.output_type),
            (v) => v.output_type,
          )}
          {row(
            "Seen outputs",
            code((v) => v.observed_output_types.join(", ")),
            (v) => v.observed_output_types.join(", "),
          )}
          {row("Language", code(language), language)}
          {row(
            "Git commit",
            (v) => (v.git ? <GitFact git={v.git} /> : <span class="faint">–</span>),
            (v) => `${v.git?.commit ?? ""}${String(v.git?.dirty ?? false)}`,
          )}
          {row(
            "Fingerprint",
            code((v) => v.fingerprint.slice(0, 16)),
            (v) => v.fingerprint,
          )}
        </tbody>
      </table>
    </div>
  );
}

function GitFact({ git }: { git: NonNullable<VersionDetail["git"]> }) {
  return (
    <span class="row">
      <Icon name="branch" size={14} />
      <span class="mono">
        <Commit git={git} />
      </span>
      {git.branch && <span class="muted">{git.branch}</span>}
      {git.dirty && <span class="warn">with changes</span>}
    </span>
  );
}

export interface PackageChange {
  name: string;
  before: string;
  after: string;
}

export function packageChanges(
  head: Readonly<Record<string, string>>,
  base: Readonly<Record<string, string>> | null,
): PackageChange[] {
  const names = [...new Set([...Object.keys(head), ...Object.keys(base ?? {})])].sort();
  return names.map((name) => ({ name, before: base?.[name] ?? "", after: head[name] ?? "" }));
}

function Packages({ head, base }: { head: VersionDetail; base: VersionDetail | null }) {
  const all = packageChanges(head.packages, base?.packages ?? null);
  const changed = base ? all.filter((p) => p.before !== p.after) : [];
  const [open, setOpen] = useState(false);
  if (all.length === 0) return null;
  const shown = open ? all : changed;
  return (
    <section>
      <button type="button" class="facet-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "down" : "right"} size={12} />
        <span class="section-title">Packages</span>
        <span class="faint">
          {all.length}
          {base && `, ${changed.length === 0 ? "none" : changed.length} changed`}
        </span>
      </button>
      {shown.length > 0 && (
        <ul class="packages">
          {shown.map((p) => (
            <li key={p.name}>
              <span class="mono">{p.name}</span>{" "}
              {base && p.before !== p.after ? (
                <>
                  <span class="diff-minus mono">{p.before || "none"}</span> →{" "}
                  <span class="diff-plus mono">{p.after || "none"}</span>
                </>
              ) : (
                <span class="mono muted">{p.after}</span>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
