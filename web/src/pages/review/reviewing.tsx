// SPDX-License-Identifier: Apache-2.0
// One thing after the other - a trace, a sample, a model's answer: y passes it, n fails it, s
// skips it, c goes to the comment; e says what the output of a sample should be.
// A verdict is sent at once; u takes the last one back, on the server too.
import type { ComponentChildren } from "preact";
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import { fetchQueue, type Queue, type QueuePage, sendScore, takeBackScore } from "../../api/judges";
import { useQuery } from "../../api/cache";
import { deleteSampleScore, sendSampleScore } from "../../api/samplescores";
import { formatCount, plural } from "../../lib/format";
import { datasetPath, evaluationPath, judgesPath, reviewPath, tracePath } from "../../lib/route";
import { Answer } from "../../parts/answer";
import { Button } from "../../parts/button";
import { Icon } from "../../parts/icon";
import { Link } from "../../parts/link";
import { EmptyState, Skeleton } from "../../parts/states";
import { useKeys } from "../../state/keyboard";
import { reviewer } from "../../state/prefs";
import { useStore } from "../../state/store";
import LoadedTrace from "../trace/loaded";
import { type Round, type TakeBack, useRound } from "./round";
import { ReviewedSample } from "./sample";

export function Reviewing({ project, queue }: { project: string; queue: Queue }) {
  const skipped = useRef(0);
  const page = useQuery(
    `queue/${project}/${queue.id}`,
    (signal) => fetchQueue(project, queue, skipped.current, signal),
    { staleMs: 0, keep: true },
  );
  const { refetch } = page;
  const more = useCallback(
    (count: number) => {
      skipped.current = count;
      refetch();
    },
    [refetch],
  );
  return (
    <Answer answer={page} what="The queue could not be read">
      {(data) => <Pass project={project} queue={queue} page={data} onMore={more} />}
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
  send: (said: Said) => Promise<TakeBack>;
  show: (expecting: boolean, onExpected: () => void) => ComponentChildren;
}

function traceItems(project: string, page: QueuePage): Item[] {
  return page.traces.map((t) => ({
    key: t.trace_id,
    href: tracePath(project, t.trace_id),
    send: async (said) => {
      const score = { trace_id: t.trace_id, ...said };
      await sendScore(project, score);
      return () => takeBackScore(project, score);
    },
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
    send: async (said) => {
      const id = await sendSampleScore(project, space, { number: s.number, ...about, ...said });
      return () => deleteSampleScore(project, space, id);
    },
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
  /** How many of it will be passed over. */
  onMore: (skipped: number) => void;
}

function Pass({ project, queue, page, onMore }: PassProps) {
  const [reason, setReason] = useState("");
  const [expecting, setExpecting] = useState(false);
  const comment = useRef<HTMLTextAreaElement>(null);
  const by = useStore(reviewer);
  const items = useMemo(
    () => (queue.source === "traces" ? traceItems(project, page) : sampleItems(project, queue, page)),
    [project, queue, page],
  );
  const round = useRound(page, items, onMore);
  const { current } = round;

  const cleared = (move: () => void) => {
    move();
    setReason("");
    setExpecting(false);
    return undefined;
  };
  const judge = (passed: boolean) => {
    if (!current) return undefined;
    const text = reason.trim();
    const said = {
      name: queue.judge,
      value: passed,
      passed,
      ...(queue.tag ? { judge: queue.tag } : {}),
      ...(text ? { reason: text } : {}),
      ...(by ? { by } : {}),
    };
    cleared(() => round.answer(() => current.send(said)));
    return undefined;
  };
  const back = () => (round.canGoBack ? cleared(round.back) : false);
  const ofSamples = queue.source !== "traces";
  useKeys({
    y: () => judge(true),
    n: () => judge(false),
    s: () => cleared(round.skip),
    u: back,
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
          {page.exact && `${formatCount(round.left)} left · ${formatCount(round.done)} done`}
          {round.skipped > 0 && ` · ${formatCount(round.skipped)} skipped`}
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
            <Button look="quiet" onClick={() => cleared(round.skip)}>
              Skip <kbd>s</kbd>
            </Button>
            <Button look="quiet" disabled={!round.canGoBack} onClick={back}>
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
        <Finished round={round} />
      )}
    </>
  );
}

function Finished({ round: { left, skipped, waiting, again } }: { round: Round<Item> }) {
  if (waiting) return <Skeleton rows={8} />;
  if (left > 0 && skipped > 0)
    return (
      <EmptyState title={`${plural(skipped, "thing")} skipped`}>
        {left > skipped && <p>{formatCount(left - skipped)} more come when some of these are answered.</p>}
        <Button icon="refresh" onClick={again}>
          Go through them
        </Button>
      </EmptyState>
    );
  return (
    <EmptyState title="All of it is reviewed">
      <p>Look again for what came since.</p>
      <Button icon="refresh" onClick={again}>
        Look again
      </Button>
    </EmptyState>
  );
}
