// SPDX-License-Identifier: Apache-2.0
// The versions of a judge, the newest first, with what each said in the window; and what the
// chosen one judges by - its code, or its definition - alone or against another one.
import { type JudgeDetail, type JudgeVersion, type ScoreStats, useJudgeVersion } from "../../api/judges";
import { isObject, stringify } from "../../lib/json";
import type { TimeWindow } from "../../lib/time";
import { Answer } from "../../parts/answer";
import { Button } from "../../parts/button";
import { Code } from "../../parts/code";
import { Diff } from "../../parts/diff";
import { Select } from "../../parts/form";
import { Link } from "../../parts/link";
import { Panel } from "../../parts/panel";
import { TableHead } from "../../parts/tablehead";
import { Count, TimeText } from "../../parts/values";
import { setParams, useParam } from "../../state/location";
import { PassBar } from "../judges/passbar";
import { judgedPath, judgedQuery } from "../judges/links";

interface Props {
  project: string;
  name: string;
  versions: readonly JudgeVersion[];
  items: readonly ScoreStats[];
  window: TimeWindow;
}

const numberIn = (text: string | null) => Number((text ?? "").replace("v", ""));

export function Versions({ project, name, versions, items, window }: Props) {
  const numbers = versions.map((v) => v.number);
  const asked = numberIn(useParam("v"));
  const head = numbers.includes(asked) ? asked : (numbers[0] ?? null);
  const wanted = numberIn(useParam("against"));
  const base = numbers.includes(wanted) && wanted !== head ? wanted : null;
  if (head === null) return null;
  return (
    <>
      <Panel title="Versions">
        <VersionTable project={project} versions={versions} items={items} window={window} head={head} />
      </Panel>
      <JudgedBy project={project} name={name} numbers={numbers} head={head} base={base} />
    </>
  );
}

interface TableProps extends Omit<Props, "name"> {
  head: number;
}

const choose = (v: number, against: number | null) =>
  setParams({ v: `v${v}`, against: against === null ? null : `v${against}` }, { push: true });

function VersionTable({ project, versions, items, window, head }: TableProps) {
  return (
    <div class="table-scroll judge-versions">
      <table class="table">
        <TableHead
          columns={[
            "Version",
            "Made",
            "Description",
            "Takes",
            { right: "Scored" },
            "Passed",
            { right: "Errors" },
            { spoken: "Compare" },
          ]}
        />
        <tbody>
          {versions.map((v, i) => {
            const before = versions[i + 1];
            const said = saidBy(v.tag, items);
            return (
              <tr key={v.number} class={v.number === head ? "row-selected" : ""}>
                <td>
                  <button
                    type="button"
                    class="text-button"
                    aria-pressed={v.number === head}
                    onClick={() => choose(v.number, null)}
                  >
                    v{v.number}
                  </button>
                </td>
                <td>
                  <TimeText text={v.created_at} />
                </td>
                <td class="muted">{v.description}</td>
                <td class="mono">{v.parameters.join(", ")}</td>
                <td class="right">
                  <Link class="number-link" href={judgedPath(project, judgedQuery(v.tag), window)}>
                    <Count value={said.count} />
                  </Link>
                </td>
                <td>
                  <PassBar passed={said.passed} failed={said.failed} />
                </td>
                <td class="right">
                  <Count value={said.errors} />
                </td>
                <td>
                  {before && (
                    <Button look="quiet" onClick={() => choose(v.number, before.number)}>
                      Against v{before.number}
                    </Button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function saidBy(tag: string, items: readonly ScoreStats[]) {
  const sum = { count: 0, passed: 0, failed: 0, errors: 0 };
  for (const s of items) {
    if (s.judge !== tag) continue;
    sum.count += s.count;
    sum.passed += s.passed;
    sum.failed += s.failed;
    sum.errors += s.errors;
  }
  return sum;
}

interface JudgedByProps {
  project: string;
  name: string;
  numbers: readonly number[];
  head: number;
  base: number | null;
}

function JudgedBy({ project, name, numbers, head, base }: JudgedByProps) {
  const shown = useJudgeVersion(project, name, head);
  const before = useJudgeVersion(project, name, base);
  const options = numbers.map((n) => ({ value: `v${n}`, label: `v${n}` }));
  const against = options
    .filter((o) => o.value !== `v${head}`)
    .map((o) => ({ ...o, label: `against ${o.label}` }));
  return (
    <Panel
      title="What it judges by"
      actions={
        numbers.length > 1 && (
          <span class="row">
            <Select label="Version" value={`v${head}`} options={options} onPick={(v) => setParams({ v })} />
            <Select
              label="Compare with"
              value={base === null ? "" : `v${base}`}
              options={[{ value: "", label: "alone" }, ...against]}
              onPick={(v) => setParams({ against: v || null })}
            />
          </span>
        )
      }
    >
      <Answer answer={shown} what="This version could not be read" rows={5}>
        {(v) =>
          base === null ? (
            <Definition version={v} />
          ) : (
            <Answer answer={before} what="The version that it is compared with could not be read" rows={5}>
              {(old) => (
                <Diff
                  oldText={textOf(old)}
                  newText={textOf(v)}
                  oldLabel={`v${old.number}`}
                  newLabel={`v${v.number}`}
                />
              )}
            </Answer>
          )
        }
      </Answer>
    </Panel>
  );
}

/** An LLM judges by its definition, code by its source; people have neither. */
function textOf({ source, definition }: JudgeDetail): string {
  const defined = isObject(definition) && Object.keys(definition).length > 0;
  return source || (defined ? stringify(definition, 2) : "");
}

function Definition({ version }: { version: JudgeDetail }) {
  const text = textOf(version);
  if (text === "") return <p class="muted">Nothing was written down for this version.</p>;
  return <Code text={text} language={version.source ? "python" : "text"} />;
}
