// SPDX-License-Identifier: Apache-2.0
// A trace: its spans as a waterfall, and the details of the selected one.  The
// same beside the list and on a page of its own.  The address holds the span
// and the tab.
import { useMemo, useState } from "preact/hooks";
import { useCriticalPath, useShape } from "../../api/spans";
import type { Score, Span, Trace } from "../../api/types";
import { stringify } from "../../lib/json";
import { placeOn } from "../../lib/outline";
import { ancestors, buildTree, type SpanTree, treeRows } from "../../lib/tree";
import { Splitter } from "../../parts/panel";
import { EmptyState } from "../../parts/states";
import { type Extent, Waterfall } from "../../parts/waterfall";
import { useKeys } from "../../state/keyboard";
import { setParams, useParam } from "../../state/location";
import { treeWidth } from "../../state/prefs";
import { useStore } from "../../state/store";
import { SpanDetails, TABS } from "./details";
import { TraceHead } from "./head";
import { TimePanel } from "./timepanel";

interface Props {
  project: string;
  trace: Trace;
  layout: "panel" | "page";
}

/** Spans whose name, type, model, status or payload holds the text. */
export function searchSpans(spans: readonly Span[], text: string): ReadonlySet<string> | null {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return null;
  const found = new Set<string>();
  for (const span of spans) {
    const error = span.error ? `${span.error.type} ${span.error.message}` : "";
    const short = `${span.name} ${span.type} ${span.model ?? ""} ${span.span_id} ${span.status.code} ${error}`;
    const long = [span.input ?? "", span.output ?? ""];
    const hit =
      short.toLowerCase().includes(wanted) ||
      long.some((t) => t.toLowerCase().includes(wanted)) ||
      stringify(span.tags).toLowerCase().includes(wanted);
    if (hit) found.add(span.span_id);
  }
  return found;
}

/** Those of the trace as a whole stand at its root. */
const scoresOf = (scores: readonly Score[], span: Span) =>
  scores.filter((s) => s.span_id === span.span_id || (s.span_id === null && span.parent_span_id === null));

export function TraceView({ project, trace, layout }: Props) {
  const tree = useMemo(() => buildTree(trace.spans), [trace]);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [text, setText] = useState("");
  const spanParam = useParam("span");
  const tab = useParam("tab") ?? "overview";
  const width = useStore(treeWidth);
  const selected = (spanParam === null ? undefined : tree.byId.get(spanParam)) ?? tree.roots[0];
  const found = useMemo(() => searchSpans(trace.spans, text), [trace, text]);

  const select = (spanId: string) => {
    // What is selected is in sight: unfold what stands above it.
    const above = ancestors(tree, spanId).map((s) => s.span_id);
    if (above.some((id) => closed.has(id)))
      setClosed(new Set([...closed].filter((id) => !above.includes(id))));
    setParams({ span: spanId });
  };
  const toggle = (spanId: string) => {
    const next = new Set(closed);
    if (!next.delete(spanId)) next.add(spanId);
    setClosed(next);
  };
  useSpanKeys({ tree, closed, selected, found, layout, select, toggle });

  const critical = useDrawnPath(project, trace.trace_id, tree);
  const timed = useParam("time") === "1" && trace.spans.length > 1;
  const shape = useShape(project, trace.trace_id, timed);

  if (!selected) return <EmptyState title="This trace has no spans" />;
  const waterfall = (
    <Waterfall
      tree={tree}
      closed={closed}
      selected={selected.span_id}
      found={found}
      critical={critical}
      onSelect={select}
      onToggle={toggle}
    />
  );
  const details = timed ? (
    <TimePanel shape={shape.data} onPick={setText} onClose={() => setParams({ time: null })} />
  ) : (
    <SpanDetails
      project={project}
      above={ancestors(tree, selected.span_id)}
      alone={trace.spans.length === 1}
      span={selected}
      scores={scoresOf(trace.scores, selected)}
      traceId={trace.trace_id}
      tab={tab}
      onTab={(t) => setParams({ tab: t === "overview" ? null : t })}
      onSelect={select}
    />
  );
  const single = trace.spans.length === 1;
  return (
    <div class={`trace-view trace-${layout}`}>
      <TraceHead
        project={project}
        traceId={trace.trace_id}
        tree={tree}
        found={found}
        search={text}
        searchable={!single}
        onSearch={setText}
        onFirst={() => {
          const first = treeRows(tree, new Set()).find((r) => found?.has(r.span.span_id));
          if (first) select(first.span.span_id);
        }}
      />
      {layout === "page" && !single ? (
        <div class="trace-split">
          <div class="trace-tree" style={{ width: `${width}px` }}>
            {waterfall}
          </div>
          <Splitter width={treeWidth} side="before" min={280} max={1200} label="Width of the tree" />
          <div class="trace-details">{details}</div>
        </div>
      ) : (
        <div class="trace-stack">
          {!single && (
            <div class="trace-tree" style={{ height: `${Math.min(10, trace.spans.length) * 28 + 28}px` }}>
              {waterfall}
            </div>
          )}
          <div class="trace-details">{details}</div>
        </div>
      )}
    </div>
  );
}

/** The critical path in shares of the trace, while the address asks for it. */
function useDrawnPath(project: string, traceId: string, tree: SpanTree<Span>) {
  const wanted = useParam("critical") === "1" && tree.byId.size > 1;
  const path = useCriticalPath(project, traceId, wanted).data;
  return useMemo(() => {
    if (!wanted || !path) return null;
    const axis = { offset: 0, length: Number(tree.endNs - tree.startNs) || 1 };
    const drawn = new Map<string, readonly Extent[]>();
    for (const [id, parts] of path) {
      const extents = parts.map(([offset, length]) => placeOn(axis, { offset, length }));
      drawn.set(
        id,
        extents.filter((e) => e !== null),
      );
    }
    return drawn;
  }, [wanted, path, tree]);
}

interface KeyProps {
  tree: SpanTree<Span>;
  closed: ReadonlySet<string>;
  selected: Span | undefined;
  found: ReadonlySet<string> | null;
  layout: "panel" | "page";
  select: (spanId: string) => void;
  toggle: (spanId: string) => void;
}

/** In the panel the list has j and k; there only tabs and the span search have keys. */
function useSpanKeys({ tree, closed, selected, found, layout, select, toggle }: KeyProps): void {
  const page = layout === "page";
  const step = (by: number) => () => {
    const inTree = document.activeElement?.closest(".waterfall") !== null && document.activeElement !== null;
    if (!page && !inTree) return false;
    const rows = treeRows(tree, closed).filter((r) => found === null || found.has(r.span.span_id));
    const at = rows.findIndex((r) => r.span.span_id === selected?.span_id);
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next) select(next.span.span_id);
    return undefined;
  };
  const fold = (shut: boolean) => () => {
    const kids = selected ? (tree.children.get(selected.span_id)?.length ?? 0) : 0;
    if (!page || !selected) return false;
    const above = ancestors(tree, selected.span_id).at(-1);
    if (kids > 0 && closed.has(selected.span_id) !== shut) toggle(selected.span_id);
    else if (shut && above) select(above.span_id);
    else if (!shut && kids > 0) return step(1)();
    return undefined;
  };
  const tabKeys = Object.fromEntries(
    TABS.map((t, i) => [String(i + 1), () => (setParams({ tab: i === 0 ? null : t.id }), undefined)]),
  );
  useKeys({
    j: step(1),
    k: step(-1),
    ArrowDown: step(1),
    ArrowUp: step(-1),
    ArrowLeft: fold(true),
    ArrowRight: fold(false),
    f: () => {
      document.getElementById("span-search")?.focus();
      return undefined;
    },
    ...tabKeys,
  });
}
