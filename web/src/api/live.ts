// SPDX-License-Identifier: Apache-2.0
// Live view: server-sent events over fetch (EventSource cannot send a key), or
// polling where the stream does not work.  Events only say that something came;
// the view then asks as always, at most once a second.
import { useEffect, useRef, useState } from "preact/hooks";
import { apiPath, isAbort, send } from "./http";

export interface ServerEvent {
  event: string;
  data: string;
}

const MAX_PENDING = 65_536;

/** Takes whole events off the front of a stream's text. */
export function takeEvents(text: string): { events: ServerEvent[]; rest: string } {
  const events: ServerEvent[] = [];
  // A carriage return at the end may be half of a line end.
  const half = text.endsWith("\r") ? "\r" : "";
  const blocks = text
    .slice(0, text.length - half.length)
    .replace(/\r\n?/g, "\n")
    .split("\n\n");
  const rest = (blocks.pop() ?? "") + half;
  for (const block of blocks) {
    let event = "message";
    const data: string[] = [];
    for (const line of block.split("\n")) {
      if (line.startsWith("event:")) event = line.slice(6).trim();
      else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
    }
    if (data.length) events.push({ event, data: data.join("\n") });
  }
  return { events, rest };
}

async function readStream(
  path: string,
  signal: AbortSignal,
  onEvent: () => void,
  onOpen: () => void,
): Promise<void> {
  const response = await send(path, { signal, accept: "text/event-stream" });
  const reader = response.body?.getReader();
  if (!reader) return;
  onOpen();
  const decoder = new TextDecoder();
  let pending = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const taken = takeEvents(pending + decoder.decode(value, { stream: true }));
    pending = taken.rest.slice(-MAX_PENDING);
    // What came between the question and "ready" is not told again.
    if (taken.events.some((e) => e.event === "traces" || e.event === "ready")) onEvent();
  }
}

export type LiveState = "off" | "connecting" | "live" | "polling";

const THROTTLE_MS = 1000;
const POLL_MS = 3000;
const RETRY_MS = 15_000;

/** Calls `onNews` when traces that match may have come. */
export function useLive(project: string, query: string, on: boolean, onNews: () => void): LiveState {
  const [state, setState] = useState<LiveState>("off");
  const latest = useRef(onNews);
  latest.current = onNews;
  useEffect(() => {
    if (!on) {
      setState("off");
      return;
    }
    return watch(apiPath(project, ["traces", "live"], { query }), () => latest.current(), setState);
  }, [project, query, on]);
  return state;
}

function watch(path: string, onNews: () => void, setState: (state: LiveState) => void): () => void {
  const controller = new AbortController();
  let throttle = 0;
  let poll = 0;
  let retry = 0;
  let missed = false;
  const news = () => {
    missed = throttle !== 0;
    if (missed) return;
    onNews();
    throttle = window.setTimeout(() => {
      throttle = 0;
      if (missed) news();
    }, THROTTLE_MS);
  };
  const open = () => {
    clearInterval(poll);
    poll = 0;
    setState("live");
    news();
  };
  const connect = () => {
    setState(poll ? "polling" : "connecting");
    readStream(path, controller.signal, news, open)
      .catch((error: unknown) => {
        if (isAbort(error)) return;
      })
      .finally(() => {
        if (controller.signal.aborted) return;
        setState("polling");
        if (!poll) poll = window.setInterval(news, POLL_MS);
        retry = window.setTimeout(connect, RETRY_MS);
      });
  };
  connect();
  return () => {
    controller.abort();
    clearTimeout(throttle);
    clearTimeout(retry);
    clearInterval(poll);
  };
}
