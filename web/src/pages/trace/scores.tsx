// SPDX-License-Identifier: Apache-2.0
// What judges and people said of a trace, and the place to say something oneself.
import { useState } from "preact/hooks";
import { asApiError } from "../../api/http";
import { deleteScore, sendScore } from "../../api/judges";
import type { Score } from "../../api/types";
import { Button, IconButton } from "../../parts/button";
import { ScoreMark } from "../../parts/score";
import { ScoreFacts, ScoreForm } from "../../parts/scoreform";
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
        <ScoreForm
          store={(said) => send(project, { trace_id: traceId, span_id: spanId, ...said })}
          onDone={() => setOpen(false)}
        />
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
      <ScoreFacts project={project} score={score} onRemove={() => void remove()} />
    </li>
  );
}
