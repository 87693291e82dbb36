// SPDX-License-Identifier: Apache-2.0
// Spans as a tree, and the tree as rows of a waterfall.  Spans may come in any
// order, without their parent, or (from broken clients) in a cycle: everything
// that is given is shown exactly once.  No recursion: depth comes from users.

export interface TreeSpan {
  span_id: string;
  parent_span_id: string | null;
  startNs: bigint;
  endNs: bigint;
}

export interface SpanTree<S extends TreeSpan> {
  roots: S[];
  children: ReadonlyMap<string, readonly S[]>;
  byId: ReadonlyMap<string, S>;
  startNs: bigint;
  endNs: bigint;
}

const byStart = (a: TreeSpan, b: TreeSpan) => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0);

export function buildTree<S extends TreeSpan>(spans: readonly S[]): SpanTree<S> {
  const byId = new Map<string, S>();
  for (const span of spans) if (!byId.has(span.span_id)) byId.set(span.span_id, span);
  const children = new Map<string, S[]>();
  const roots: S[] = [];
  for (const span of byId.values()) {
    const parent = span.parent_span_id;
    const siblings = parent === null ? undefined : children.get(parent);
    if (parent === null || !byId.has(parent)) roots.push(span);
    else if (siblings) siblings.push(span);
    else children.set(parent, [span]);
  }
  roots.push(...cycleStarts(byId, roots, children));
  roots.sort(byStart);
  for (const list of children.values()) list.sort(byStart);
  return { roots, children, byId, ...extent(spans) };
}

/** One span of each cycle, made a root: nothing else leads there. */
function cycleStarts<S extends TreeSpan>(
  byId: ReadonlyMap<string, S>,
  roots: readonly S[],
  children: Map<string, S[]>,
): S[] {
  const reached = new Set<string>();
  const visit = (start: S) => {
    const stack = [start];
    for (let span = stack.pop(); span; span = stack.pop()) {
      if (reached.has(span.span_id)) continue;
      reached.add(span.span_id);
      stack.push(...(children.get(span.span_id) ?? []));
    }
  };
  roots.forEach(visit);
  const starts: S[] = [];
  for (const span of byId.values()) {
    if (reached.has(span.span_id)) continue;
    starts.push(span);
    const parent = span.parent_span_id ?? "";
    children.set(
      parent,
      (children.get(parent) ?? []).filter((s) => s !== span),
    );
    visit(span);
  }
  return starts;
}

function extent(spans: readonly TreeSpan[]): { startNs: bigint; endNs: bigint } {
  let startNs = spans[0]?.startNs ?? 0n;
  let endNs = spans[0]?.endNs ?? 0n;
  for (const span of spans) {
    if (span.startNs < startNs) startNs = span.startNs;
    if (span.endNs > endNs) endNs = span.endNs;
  }
  return { startNs, endNs };
}

export interface TreeRow<S extends TreeSpan> {
  span: S;
  depth: number;
  childCount: number;
  open: boolean;
  /** Per level above: does the line go on downwards? The last says it of this row. */
  lines: readonly boolean[];
}

/** Visible rows, top to bottom. */
export function treeRows<S extends TreeSpan>(tree: SpanTree<S>, closed: ReadonlySet<string>): TreeRow<S>[] {
  const rows: TreeRow<S>[] = [];
  const stack: { span: S; lines: readonly boolean[] }[] = [];
  for (let i = tree.roots.length - 1; i >= 0; i--) {
    const span = tree.roots[i];
    if (span) stack.push({ span, lines: [] });
  }
  for (let item = stack.pop(); item; item = stack.pop()) {
    const { span, lines } = item;
    const kids = tree.children.get(span.span_id) ?? [];
    const open = kids.length > 0 && !closed.has(span.span_id);
    rows.push({ span, depth: lines.length, childCount: kids.length, open, lines });
    if (!open) continue;
    for (let i = kids.length - 1; i >= 0; i--) {
      const kid = kids[i];
      if (kid)
        stack.push({ span: kid, lines: lines.length < MAX_LINES ? [...lines, i < kids.length - 1] : lines });
    }
  }
  return rows;
}

/** Deeper levels share one indentation. */
const MAX_LINES = 64;

/** Where a span's bar starts and how long it is, in shares of the trace. */
export function barExtent(span: TreeSpan, startNs: bigint, endNs: bigint): { left: number; width: number } {
  const whole = Number(endNs - startNs);
  if (whole <= 0) return { left: 0, width: 1 };
  const left = Number(span.startNs - startNs) / whole;
  const width = Number(span.endNs - span.startNs) / whole;
  return { left: clamp(left), width: clamp(Math.min(width, 1 - left)) };
}

const clamp = (share: number) => Math.max(0, Math.min(1, share));

/** Round steps for a time axis: 1, 2 or 5 times a power of ten. */
export function axisTicks(lengthNs: number, wanted: number): number[] {
  if (lengthNs <= 0 || wanted < 1) return [0];
  const rough = lengthNs / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((f) => f * power >= rough) ?? 10);
  const ticks: number[] = [];
  for (let i = 0; i * step <= lengthNs; i++) ticks.push(i * step);
  return ticks;
}

/** The spans above a span, top first; stops at cycles. */
export function ancestors<S extends TreeSpan>(tree: SpanTree<S>, id: string): S[] {
  const path: S[] = [];
  const seen = new Set<string>([id]);
  for (let span = tree.byId.get(id); span;) {
    const parent: S | undefined =
      span.parent_span_id === null ? undefined : tree.byId.get(span.parent_span_id);
    if (!parent || seen.has(parent.span_id)) break;
    seen.add(parent.span_id);
    path.unshift(parent);
    span = parent;
  }
  return path;
}
