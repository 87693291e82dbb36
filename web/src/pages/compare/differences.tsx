// SPDX-License-Identifier: Apache-2.0
// Which values are more frequent in one selection than in the other, the most
// different first.  Each row leads to its traces on either side.
import type { Comparison, Difference } from "../../api/compare";
import { formatPercent, groupThousands, plural, significant } from "../../lib/format";
import { appendTerm, hasTerm, makeTerm } from "../../lib/query";
import { explorePath } from "../../lib/route";
import { Link } from "../../parts/link";
import { EmptyState } from "../../parts/states";
import { type BothChosen, sidePath } from "./sides";

interface Props {
  project: string;
  comparison: Comparison;
  sides: BothChosen;
}

/** Chance alone gives such a difference less often than that. */
const CLEAR = 0.001;
const LIKELY = 0.05;

export function Differences({ project, comparison, sides }: Props) {
  const { a, b, items } = comparison;
  if (a.traces === 0 || b.traces === 0)
    return (
      <EmptyState title={`Nothing is selected in ${a.traces === 0 ? "A" : "B"}`}>
        <p>Widen the search or the time range above.</p>
      </EmptyState>
    );
  if (items.length === 0)
    return (
      <EmptyState title="No field or tag differs">
        <p>All values are about as frequent in A as in B.</p>
      </EmptyState>
    );
  return (
    <table class="table compare-table">
      <thead>
        <tr>
          <th>What differs most</th>
          <th>
            <span class="side-mark side-a">A</span> share of {plural(a.traces, "trace")}
          </th>
          <th>
            <span class="side-mark side-b">B</span> share of {plural(b.traces, "trace")}
          </th>
          <th class="right">A against B</th>
          <th>Chance</th>
          <th>
            <span class="sr-only">More</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((d) => (
          <DifferenceRow key={`${d.field}\n${d.value}`} project={project} difference={d} sides={sides} />
        ))}
      </tbody>
    </table>
  );
}

function DifferenceRow({
  project,
  difference: d,
  sides,
}: {
  project: string;
  difference: Difference;
  sides: BothChosen;
}) {
  const term = makeTerm(d.field, d.value);
  const within = (query: string) => (hasTerm(query, term) ? query : appendTerm(query, term));
  const tag = d.field.startsWith("tag.");
  return (
    <tr>
      <td class="compare-what" title={term}>
        <span class="compare-field">{tag ? d.field.slice(4) : d.field}</span>{" "}
        <span class="cut">{d.value || "(empty)"}</span>
      </td>
      {(["a", "b"] as const).map((side) => (
        <td key={side}>
          <ShareBar
            side={side}
            count={side === "a" ? d.a : d.b}
            share={side === "a" ? d.shareA : d.shareB}
            href={sidePath(project, sides[side], within(sides[side].query))}
            label={`Traces of ${side.toUpperCase()} with ${term}`}
          />
        </td>
      ))}
      <td class="right">{liftText(d)}</td>
      <td>
        <Chance p={d.pValue} />
      </td>
      <td class="explore-actions">
        <Link
          class="button button-quiet"
          href={explorePath(project, {
            q: sides.a.query,
            from: sides.a.window.from,
            to: sides.a.window.to,
            by: d.field,
            of: "traces",
            m: "count,p95(latency)",
          })}
        >
          Explore
        </Link>
      </td>
    </tr>
  );
}

export function liftText(d: Pick<Difference, "shareA" | "shareB">): string {
  if (d.shareA === 0) return "only in B";
  if (d.shareB === 0) return "only in A";
  return `${significant(d.shareA / d.shareB)} ×`;
}

interface ShareProps {
  side: "a" | "b";
  count: number;
  share: number;
  href: string;
  label: string;
}

function ShareBar({ side, count, share, href, label }: ShareProps) {
  const width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return (
    <Link class="share" href={href} title={`${groupThousands(count)} traces`} aria-label={label}>
      <span class="share-track">
        <span class={`share-bar share-${side}`} style={{ width }} />
      </span>
      <span class="share-value">{formatPercent(share, 1)}</span>
    </Link>
  );
}

function Chance({ p }: { p: number | null }) {
  if (p === null) return <span class="faint">–</span>;
  const title = `Chance alone would give such a difference with probability ${significant(p)}`;
  if (p < CLEAR) return <span title={title}>● clear</span>;
  if (p < LIKELY) return <span title={title}>◐ likely</span>;
  return (
    <span class="faint" title={title}>
      ○ may be chance
    </span>
  );
}
