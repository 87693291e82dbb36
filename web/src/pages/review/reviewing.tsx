// SPDX-License-Identifier: Apache-2.0
// One trace after the other: y passes it, n fails it, s skips it, c goes to the comment.
// A verdict is sent at once; u takes the last one back.
import { useEffect, useRef, useState } from "preact/hooks";
import { fetchQueue, type Queue, type QueuePage, sendScore } from "../../api/judges";
import { useQuery } from "../../api/cache";
import { asApiError } from "../../api/http";
import type { TraceSummary } from "../../api/types";
import { formatCount } from "../../lib/format";
import { judgesPath, reviewPath, tracePath } from "../../lib/route";
import { Answer } from "../../parts/answer";
import { Button } from "../../parts/button";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { EmptyState } from "../../parts/states";
import { useKeys } from "../../state/keyboard";
import { reviewer } from "../../state/prefs";
import { useStore } from "../../state/store";
import { showToast } from "../../state/toast";
import LoadedTrace from "../trace/loaded";

export function Reviewing({ project, queue }: { project: string; queue: Queue }) {
  const page = useQuery(`queue/${project}/${queue.id}`, (signal) => fetchQueue(project, queue.id, signal), {
    staleMs: 0,
    keep: true,
  });
  return (
    <Answer answer={page} what="The queue could not be read">
      {(data) => <Pass project={project} queue={queue} page={data} onMore={page.refetch} />}
    </Answer>
  );
}

interface PassProps {
  project: string;
  queue: Queue;
  page: QueuePage;
  onMore: () => void;
}

interface Given {
  trace: TraceSummary;
  passed: boolean;
}

function Pass({ project, queue, page, onMore }: PassProps) {
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const [last, setLast] = useState<Given | null>(null);
  const [reason, setReason] = useState("");
  const comment = useRef<HTMLTextAreaElement>(null);
  const by = useStore(reviewer);
  const current = page.items.find((t) => !seen.has(t.trace_id));
  const done = page.done + (last ? seen.size : 0);
  useEffect(() => {
    if (!current && page.left > seen.size) onMore();
  }, [current, page.left, seen.size, onMore]);

  const next = (trace: TraceSummary) => {
    setSeen(new Set([...seen, trace.trace_id]));
    setReason("");
  };
  const judge = (passed: boolean) => {
    if (!current) return undefined;
    const given = { trace: current, passed };
    const text = reason.trim();
    next(current);
    setLast(given);
    sendScore(project, {
      trace_id: current.trace_id,
      name: queue.judge,
      value: passed,
      passed,
      ...(text ? { reason: text } : {}),
      ...(by ? { by } : {}),
    }).catch((error: unknown) => {
      showToast(`The verdict was not stored: ${asApiError(error).message}`, "error");
      setSeen((all) => new Set([...all].filter((id) => id !== given.trace.trace_id)));
    });
    return undefined;
  };
  const undo = () => {
    if (!last) return false;
    setSeen(new Set([...seen].filter((id) => id !== last.trace.trace_id)));
    setLast(null);
    return undefined;
  };
  useKeys({
    y: () => judge(true),
    n: () => judge(false),
    s: () => (current && next(current), undefined),
    u: undo,
    c: () => (comment.current?.focus(), undefined),
  });
  return (
    <>
      <div class="topbar">
        <nav class="crumbs grow" aria-label="Where">
          <Link class="link" href={judgesPath(project)}>
            Judges
          </Link>
          <Icon name="right" size={12} />
          <Link class="link" href={reviewPath(project)}>
            Review
          </Link>
          <Icon name="right" size={12} />
          <h1 class="cut">{queue.name}</h1>
        </nav>
        <span class="faint" role="status">
          {formatCount(Math.max(0, page.left - seen.size))} left · {formatCount(done)} done
        </span>
        <input
          class="input review-by"
          aria-label="Your name"
          placeholder="Your name"
          value={by}
          onInput={(e) => reviewer.set(e.currentTarget.value)}
        />
      </div>
      {queue.instructions && <p class="review-told muted">{queue.instructions}</p>}
      {current ? (
        <>
          <div class="review-trace">
            <LoadedTrace key={current.trace_id} project={project} traceId={current.trace_id} layout="panel" />
          </div>
          <footer class="review-bar">
            <textarea
              ref={comment}
              class="input grow"
              rows={2}
              aria-label="Why"
              placeholder="Why (c)"
              value={reason}
              onInput={(e) => setReason(e.currentTarget.value)}
              onKeyDown={(e) => e.key === "Escape" && e.currentTarget.blur()}
            />
            <Button icon="thumbup" onClick={() => judge(true)}>
              Passes <kbd>y</kbd>
            </Button>
            <Button icon="thumbdown" onClick={() => judge(false)}>
              Fails <kbd>n</kbd>
            </Button>
            <Button look="quiet" onClick={() => next(current)}>
              Skip <kbd>s</kbd>
            </Button>
            <Button look="quiet" disabled={!last} onClick={undo}>
              Back <kbd>u</kbd>
            </Button>
            <Link class="link" href={tracePath(project, current.trace_id)}>
              Open
            </Link>
          </footer>
        </>
      ) : (
        <EmptyState title="All of it is reviewed">
          <p>New traces of this queue's search come by themselves.</p>
          <Button icon="refresh" onClick={onMore}>
            Look again
          </Button>
        </EmptyState>
      )}
    </>
  );
}
