// SPDX-License-Identifier: Apache-2.0
// Rules: which traces a worker judges by itself.  Paused, changed and deleted where they
// stand; what of the last hour waits for the worker is counted beside each.
import { useState } from "preact/hooks";
import { fetchCompletion } from "../../api/complete";
import { asApiError } from "../../api/http";
import type { Judge } from "../../api/judges";
import {
  changeRule,
  createRule,
  deleteRule,
  judgedQuery,
  type NewRule,
  type Rule,
  RULE_WINDOW,
  useRecent,
  useRules,
  waitingQuery,
} from "../../api/rules";
import { formatCount, formatPercent } from "../../lib/format";
import { explorePath, judgePath, splitTag, tracesPath } from "../../lib/route";
import { shellQuote } from "../../lib/shell";
import { Answer } from "../../parts/answer";
import { Button } from "../../parts/button";
import { Chip } from "../../parts/chip";
import { Code } from "../../parts/code";
import { Field, Input, Select } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { Panel } from "../../parts/panel";
import { SearchBar } from "../../parts/searchbar";
import { TableHead } from "../../parts/tablehead";
import { showToast } from "../../state/toast";

const NEW: Rule = { id: 0, judge: "", tag: null, where: "", subject: "trace", sample: 1, enabled: true };

export function Rules({ project, judges }: { project: string; judges: readonly Judge[] }) {
  const rules = useRules(project);
  const [edited, setEdited] = useState<Rule | null>(null);
  const usable = judges.filter((j) => j.kind !== "person" && j.latest !== null);
  return (
    <Panel
      title="Rules of workers"
      actions={
        usable.length > 0 && (
          <Button icon="plus" onClick={() => setEdited({ ...NEW, judge: usable[0]?.name ?? "" })}>
            New rule
          </Button>
        )
      }
    >
      {edited && (
        <RuleForm
          key={edited.id}
          project={project}
          judges={usable}
          rule={edited}
          onClose={() => setEdited(null)}
        />
      )}
      <Answer answer={rules} what="The rules could not be read" rows={2}>
        {(all) =>
          all.length > 0 ? (
            <RuleTable project={project} rules={all} onEdit={setEdited} />
          ) : (
            <p class="muted">
              No rules. By a rule <code>vireo worker</code> judges what a search finds, as it comes in.
            </p>
          )
        }
      </Answer>
      {(rules.data ?? []).some((r) => r.enabled) && <WorkerCommand project={project} />}
    </Panel>
  );
}

function WorkerCommand({ project }: { project: string }) {
  return (
    <details class="muted">
      <summary>A worker of yours judges by them</summary>
      <Code text={`vireo worker --project ${shellQuote(project)} --url ${location.origin}`} numbers={false} />
    </details>
  );
}

interface TableProps {
  project: string;
  rules: readonly Rule[];
  onEdit: (rule: Rule) => void;
}

function RuleTable({ project, rules, onEdit }: TableProps) {
  return (
    <div class="table-scroll">
      <table class="table">
        <TableHead
          columns={[
            "Judge",
            "What",
            { right: "Share" },
            { right: "Judged", hint: "Of what came in the last hour" },
            { right: "Waiting", hint: "Of what came in the last hour, not judged yet" },
            "State",
            { spoken: "Change" },
          ]}
        />
        <tbody>
          {rules.map((r) => (
            <RuleRow key={r.id} project={project} rule={r} onEdit={() => onEdit(r)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function failed(error: unknown): void {
  showToast(asApiError(error).message, "error");
}

function RuleRow({ project, rule, onEdit }: { project: string; rule: Rule; onEdit: () => void }) {
  const { tag } = rule;
  const asked = rule.enabled ? tag : null;
  const name = splitTag(tag ?? rule.judge)?.name ?? rule.judge;
  const pause = () => void changeRule(project, rule.id, { enabled: !rule.enabled }).catch(failed);
  const remove = () =>
    void deleteRule(project, rule.id)
      .then(() => showToast("The rule is gone; its scores stay"))
      .catch(failed);
  return (
    <tr class={rule.enabled ? "" : "rule-paused"}>
      <td>
        <Link class="model-name" href={judgePath(project, name)}>
          {rule.judge}
        </Link>{" "}
        {tag === null ? (
          <span class="danger">is gone</span>
        ) : (
          tag !== rule.judge && <span class="faint">the newest, {tag.slice(name.length + 1)}</span>
        )}
      </td>
      <td>
        {rule.subject === "span" ? "spans" : "traces"}{" "}
        <Link class="link mono" href={foundPath(project, rule.subject, { q: rule.where })}>
          {rule.where || "all"}
        </Link>
      </td>
      <td class="right">{formatPercent(rule.sample, 1)}</td>
      <td class="right">
        <Recent project={project} subject={rule.subject} query={asked && judgedQuery(rule, asked)} />
      </td>
      <td class="right">
        <Recent
          project={project}
          subject={rule.subject}
          query={asked && waitingQuery(rule, asked)}
          chosen={rule.sample}
        />
      </td>
      <td>
        {rule.enabled ? (
          <Chip tone="accent">on</Chip>
        ) : (
          <Chip tone="amber" title="Workers pass it over">
            paused
          </Chip>
        )}
      </td>
      <td>
        <span class="row row-end">
          <Button look="quiet" onClick={pause}>
            {rule.enabled ? "Pause" : "Go on"}
          </Button>
          <Button look="quiet" onClick={onEdit}>
            Edit
          </Button>
          <Button look="quiet" onClick={remove}>
            Delete
          </Button>
        </span>
      </td>
    </tr>
  );
}

/** Single spans are counted and grouped in Explore; the list is of traces. */
const foundPath = (project: string, subject: Rule["subject"], params: { q: string; from?: string }) =>
  subject === "trace" ? tracesPath(project, params) : explorePath(project, { ...params, by: "name" });

interface RecentProps {
  project: string;
  subject: Rule["subject"];
  query: string | null;
  chosen?: number;
}

/** How many of the last hour; of a share below 1 most are never meant to be judged. */
function Recent({ project, subject, query, chosen = 1 }: RecentProps) {
  const count = useRecent(project, subject, query);
  if (query === null || count.data === undefined)
    return (
      <span class="faint" title={count.error?.message}>
        –
      </span>
    );
  return (
    <Link
      class="number-link"
      href={foundPath(project, subject, { q: query, from: RULE_WINDOW })}
      {...(chosen < 1 ? { title: `The worker chooses about ${formatPercent(chosen, 1)} of all` } : {})}
    >
      {formatCount(count.data)}
    </Link>
  );
}

interface FormProps {
  project: string;
  judges: readonly Judge[];
  rule: Rule;
  onClose: () => void;
}

/** Each judge by name (its newest version) and each of its versions. */
function judgeOptions(judges: readonly Judge[], chosen: string) {
  const options = judges.flatMap((j) => [
    { value: j.name, label: `${j.name}, its newest version` },
    ...Array.from({ length: Math.min(j.version_count, 20) }, (_, i) => {
      const tag = `${j.name}:v${j.version_count - i}`;
      return { value: tag, label: tag };
    }),
  ]);
  return options.some((o) => o.value === chosen) ? options : [{ value: chosen, label: chosen }, ...options];
}

/** What is meant by the text of the field: a percentage; null when it is none. */
export function shareOf(text: string): number | null {
  const percent = text.trim() === "" ? NaN : Number(text.replace("%", "").replace(",", "."));
  return percent >= 0 && percent <= 100 ? percent / 100 : null;
}

const SUBJECTS = [
  { value: "trace", label: "traces" },
  { value: "span", label: "single spans" },
] as const;

const FIELDS: readonly string[] = ["judge", "where", "sample"];

function RuleForm({ project, judges, rule, onClose }: FormProps) {
  const [form, setForm] = useState({ judge: rule.judge, where: rule.where, subject: rule.subject });
  const [share, setShare] = useState(String(Number((rule.sample * 100).toFixed(4))));
  const [problem, setProblem] = useState<{ field: string | null; text: string } | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const sample = shareOf(share);
    if (sample === null) {
      setProblem({ field: "sample", text: "A percentage, from 0 to 100" });
      return;
    }
    const body: NewRule = { ...form, where: form.where.trim(), sample };
    try {
      await (rule.id === 0 ? createRule(project, body) : changeRule(project, rule.id, body));
      onClose();
    } catch (error) {
      const told = asApiError(error);
      setProblem({ field: told.field, text: told.message });
    }
  };
  const wrong = (field: string) => (problem?.field === field ? problem.text : null);
  return (
    <form class="rule-form" onSubmit={(e) => void submit(e)}>
      <Field label="Judge" error={wrong("judge")}>
        {(id) => (
          <Select
            id={id}
            label="Judge"
            value={form.judge}
            options={judgeOptions(judges, form.judge)}
            onPick={(judge) => setForm((now) => ({ ...now, judge }))}
          />
        )}
      </Field>
      <Field label="What is judged">
        {(id) => (
          <Select
            id={id}
            label="What is judged"
            value={form.subject}
            options={SUBJECTS}
            onPick={(subject) => setForm((now) => ({ ...now, subject }))}
          />
        )}
      </Field>
      <Field label="Which" hint="All of them where nothing is said" error={wrong("where")}>
        {(id) => (
          <SearchBar
            id={id}
            label="Search of the rule"
            value={form.where}
            suggest={(text, caret, signal) => fetchCompletion(project, text, caret, signal)}
            onSearch={(where) => setForm((now) => ({ ...now, where }))}
            onText={(where) => setForm((now) => ({ ...now, where }))}
          />
        )}
      </Field>
      <Field label="Share, %" error={wrong("sample")}>
        {(id) => <Input id={id} inputMode="decimal" value={share} onValue={setShare} />}
      </Field>
      {problem && !FIELDS.includes(problem.field ?? "") && (
        <p class="field-error" role="alert">
          {problem.text}
        </p>
      )}
      <div class="row">
        <Button look="primary" type="submit" disabled={form.judge === ""}>
          {rule.id === 0 ? "Create" : "Save"}
        </Button>
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
        <span class="faint">
          <Icon name="info" size={12} /> It is for what comes from now on, and what came in the last hour.
        </span>
      </div>
    </form>
  );
}
