// SPDX-License-Identifier: Apache-2.0
// A person's score: the form for one, and who gave it, when and why.
import { useState } from "preact/hooks";
import type { Score } from "../api/types";
import { judgePath, splitTag } from "../lib/route";
import { reviewer } from "../state/prefs";
import { useStore } from "../state/store";
import { Button, IconButton } from "./button";
import { Field, Input } from "./form";
import { Link } from "./link";
import { TimeText } from "./values";

/** What a person said, with the name under which others know them. */
export interface Saying {
  name: string;
  value: boolean | number | string;
  passed?: boolean;
  reason?: string;
  by?: string;
}

/** "true", "0.7" or a label, as a person types it. */
export function readScore(text: string): boolean | number | string {
  const value = text.trim();
  if (/^(true|yes|false|no)$/i.test(value)) return /^(true|yes)$/i.test(value);
  const number = Number(value.replace(",", "."));
  return value !== "" && Number.isFinite(number) ? number : value;
}

interface FormProps {
  /** Whether it was stored. */
  store: (said: Saying) => Promise<boolean>;
  onDone: () => void;
}

export function ScoreForm({ store, onDone }: FormProps) {
  const [name, setName] = useState("feedback");
  const [value, setValue] = useState("");
  const [reason, setReason] = useState("");
  const by = useStore(reviewer);
  const submit = async (event: Event) => {
    event.preventDefault();
    const read = readScore(value);
    const stored = await store({
      name: name.trim(),
      value: read,
      ...(typeof read === "boolean" ? { passed: read } : {}),
      ...(reason.trim() ? { reason: reason.trim() } : {}),
      ...(by ? { by } : {}),
    });
    if (stored) onDone();
  };
  return (
    <form class="score-form" onSubmit={(e) => void submit(e)}>
      <Field label="Name">{(id) => <Input id={id} value={name} onValue={setName} required />}</Field>
      <Field label="Value" hint="A number, yes or no, a label">
        {(id) => <Input id={id} value={value} onValue={setValue} required autoFocus />}
      </Field>
      <Field label="Why">{(id) => <Input id={id} value={reason} onValue={setReason} />}</Field>
      <Field label="By">{(id) => <Input id={id} value={by} onValue={reviewer.set} />}</Field>
      <Button look="primary" type="submit" disabled={name.trim() === "" || value.trim() === ""}>
        Store
      </Button>
    </form>
  );
}

interface FactsProps {
  project: string;
  score: Pick<Score, "judge" | "error" | "reason" | "by" | "source" | "time">;
  onRemove: () => void;
}

/** Why, who and when; what a person said can be taken back. */
export function ScoreFacts({ project, score, onRemove }: FactsProps) {
  const judge = score.judge === null ? null : splitTag(score.judge);
  return (
    <>
      <span class="grow score-reason">{score.error || score.reason}</span>
      <span class="faint">
        {judge ? (
          <Link class="link" href={judgePath(project, judge.name, { v: `v${judge.version}` })}>
            {score.judge}
          </Link>
        ) : (
          score.by || score.source
        )}
      </span>
      <span class="faint">
        <TimeText text={score.time} />
      </span>
      {score.source === "person" && (
        <IconButton icon="close" label="Take this score back" onClick={onRemove} />
      )}
    </>
  );
}
