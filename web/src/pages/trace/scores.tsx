// SPDX-License-Identifier: Apache-2.0
// What judges and people said of a trace, and the place to say something oneself.
import { useState } from "preact/hooks";
import { asApiError } from "../../api/http";
import { deleteScore, sendScore } from "../../api/judges";
import type { Score } from "../../api/types";
import { judgePath, splitTag } from "../../lib/route";
import { Button, IconButton } from "../../parts/button";
import { Field, Input } from "../../parts/form";
import { Link } from "../../parts/link";
import { ScoreMark } from "../../parts/score";
import { TimeText } from "../../parts/values";
import { reviewer } from "../../state/prefs";
import { useStore } from "../../state/store";
import { showToast } from "../../state/toast";

interface Props {
  project: string;
  traceId: string;
  spanId: string;
  scores: readonly Score[];
}

export function Scores({ project, traceId, spanId, scores }: Props) {
  const [open, setOpen] = useState(false);
  const by = useStore(reviewer);
  const say = (passed: boolean) =>
    send(project, {
      trace_id: traceId,
      span_id: spanId,
      name: "feedback",
      value: passed,
      passed,
      ...(by ? { by } : {}),
    });
  return (
    <section class="payload">
      <header class="payload-head">
        <h3 class="section-title">Scores</h3>
        <span class="grow" />
        <IconButton icon="thumbup" label="Good" onClick={() => void say(true)} />
        <IconButton icon="thumbdown" label="Bad" onClick={() => void say(false)} />
        <Button look="quiet" icon="edit" onClick={() => setOpen(!open)}>
          Score it
        </Button>
      </header>
      {open && (
        <ScoreForm project={project} traceId={traceId} spanId={spanId} onDone={() => setOpen(false)} />
      )}
      {scores.length > 0 && (
        <ul class="score-list">
          {scores.map((s) => (
            <ScoreRow key={s.id} project={project} traceId={traceId} score={s} />
          ))}
        </ul>
      )}
    </section>
  );
}

async function send(project: string, score: Parameters<typeof sendScore>[1]): Promise<boolean> {
  try {
    await sendScore(project, score);
    return true;
  } catch (error) {
    showToast(`The score was not stored: ${asApiError(error).message}`, "error");
    return false;
  }
}

function ScoreRow({ project, traceId, score }: { project: string; traceId: string; score: Score }) {
  const judge = score.judge === null ? null : splitTag(score.judge);
  const remove = async () => {
    try {
      await deleteScore(project, traceId, score.id);
    } catch (error) {
      showToast(asApiError(error).message, "error");
    }
  };
  return (
    <li class="score-row">
      <ScoreMark score={score} />
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
        <IconButton icon="close" label="Take this score back" onClick={() => void remove()} />
      )}
    </li>
  );
}

/** "true", "0.7" or a label, as a person types it. */
export function readScore(text: string): boolean | number | string {
  const value = text.trim();
  if (/^(true|yes|false|no)$/i.test(value)) return /^(true|yes)$/i.test(value);
  const number = Number(value.replace(",", "."));
  return value !== "" && Number.isFinite(number) ? number : value;
}

function ScoreForm({
  project,
  traceId,
  spanId,
  onDone,
}: {
  project: string;
  traceId: string;
  spanId: string;
  onDone: () => void;
}) {
  const [name, setName] = useState("feedback");
  const [value, setValue] = useState("");
  const [reason, setReason] = useState("");
  const by = useStore(reviewer);
  const submit = async (event: Event) => {
    event.preventDefault();
    const read = readScore(value);
    const stored = await send(project, {
      trace_id: traceId,
      span_id: spanId,
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
