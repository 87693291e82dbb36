// SPDX-License-Identifier: Apache-2.0
// One thing after the other - a trace, a sample, a model's answer: y passes it, n fails it, s
// skips it, c goes to the comment; e says what the output of a sample should be.
// A verdict is sent at once; u takes the last one back.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { fetchQueue, type Queue, type QueuePage, sendScore } from "../../api/judges";
import { useQuery } from "../../api/cache";
import { asApiError } from "../../api/http";
import { sendSampleScore } from "../../api/samplescores";
import { formatCount } from "../../lib/format";
import { datasetPath, evaluationPath, judgesPath, reviewPath, tracePath } from "../../lib/route";
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
import { ReviewedSample } from "./sample";

export function Reviewing({ project, queue }: { project: string; queue: Queue }) {
  const page = useQuery(`queue/${project}/${queue.id}`, (signal) => fetchQueue(project, queue, signal), {
    staleMs: 0,
    keep: true,
  });
  return (
    <Answer answer={page} what="The queue could not be read">
      {(data) => <Pass project={project} queue={queue} page={data} onMore={page.refetch} />}
    </Answer>
  );
}

/** What a person says of one thing. */
interface Said {
  name: string;
  value: boolean;
  passed: boolean;
  judge?: string;
  reason?: string;
  by?: string;
}

/** One thing to be reviewed, whatever it is. */
interface Item {
  key: string;
  /** Where it is by itself. */
  href: string;
  send: (said: Said) => Promise<unknown>;
  show: (expecting: boolean, onExpected: () => void) => ComponentChildren;
}

function traceItems(project: string, page: QueuePage): Item[] {
  return page.traces.map((t) => ({
    key: t.trace_id,
    href: tracePath(project, t.trace_id),
    send: (said) => sendScore(project, { trace_id: t.trace_id, ...said }),
    show: () => <LoadedTrace key={t.trace_id} project={project} traceId={t.trace_id} layout="panel" />,
  }));
}

function sampleItems(project: string, queue: Queue, page: QueuePage): Item[] {
  const { space, model } = page;
  if (!space) return [];
  const about = model ? { model } : {};
  const href =
    queue.evaluation === null
      ? datasetPath(project, space.name)
      : evaluationPath(project, [queue.evaluation]);
  return page.samples.map((s) => ({
    key: String(s.number),
    href: s.trace_id ? tracePath(project, s.trace_id) : href,
    send: (said) => sendSampleScore(project, space, { number: s.number, ...about, ...said }),
    show: (expecting, onExpected) => (
      <ReviewedSample
        key={s.number}
        project={project}
        space={space}
        sample={s}
        model={model}
        expecting={expecting}
        onExpected={onExpected}
      />
    ),
  }));
}

interface PassProps {
  project: string;
  queue: Queue;
  page: QueuePage;
  onMore: () => void;
}

function Pass({ project, queue, page, onMore }: PassProps) {
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const [last, setLast] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const [expecting, setExpecting] = useState(false);
  const comment = useRef<HTMLTextAreaElement>(null);
  const by = useStore(reviewer);
  const items = useMemo(
    () => (queue.source === "traces" ? traceItems(project, page) : sampleItems(project, queue, page)),
    [project, queue, page],
  );
  const current = items.find((item) => !seen.has(item.key));
  const done = page.done + (last ? seen.size : 0);
  useEffect(() => {
    if (!current && page.left > seen.size) onMore();
  }, [current, page.left, seen.size, onMore]);

  const next = (item: Item) => {
    setSeen(new Set([...seen, item.key]));
    setReason("");
    setExpecting(false);
  };
  const judge = (passed: boolean) => {
    if (!current) return undefined;
    const text = reason.trim();
    next(current);
    setLast(current.key);
    current
      .send({
        name: queue.judge,
        value: passed,
        passed,
        ...(queue.tag ? { judge: queue.tag } : {}),
        ...(text ? { reason: text } : {}),
        ...(by ? { by } : {}),
      })
      .catch((error: unknown) => {
        showToast(`The verdict was not stored: ${asApiError(error).message}`, "error");
        setSeen((all) => new Set([...all].filter((key) => key !== current.key)));
      });
    return undefined;
  };
  const undo = () => {
    if (!last) return false;
    setSeen(new Set([...seen].filter((key) => key !== last)));
    setLast(null);
    return undefined;
  };
  const ofSamples = queue.source !== "traces";
  useKeys({
    y: () => judge(true),
    n: () => judge(false),
    s: () => (current && next(current), undefined),
    u: undo,
    c: () => (comment.current?.focus(), undefined),
    e: () => (ofSamples ? (setExpecting(!expecting), undefined) : false),
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
          <div class="review-trace">{current.show(expecting, () => setExpecting(false))}</div>
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
            {ofSamples && (
              <Button look="quiet" onClick={() => setExpecting(!expecting)}>
                Expect <kbd>e</kbd>
              </Button>
            )}
            <Link class="link" href={current.href}>
              Open
            </Link>
          </footer>
        </>
      ) : (
        <EmptyState title="All of it is reviewed">
          <p>What is new in this queue comes by itself.</p>
          <Button icon="refresh" onClick={onMore}>
            Look again
          </Button>
        </EmptyState>
      )}
    </>
  );
}
