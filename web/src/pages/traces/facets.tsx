// SPDX-License-Identifier: Apache-2.0
// What there is to filter by, with counts: a click adds the term to the search,
// another takes it out.
import { useState } from "preact/hooks";
import type { Facet } from "../../api/types";
import { compactCount, groupThousands } from "../../lib/format";
import { hasTerm, makeTerm, toggleTerm } from "../../lib/query";
import { Icon } from "../../parts/icon";

interface Props {
  facets: readonly Facet[];
  /** How many traces match: a trace whose spans came apart may count more than once in a facet. */
  total: number;
  query: string;
  stale: boolean;
  onQuery: (query: string) => void;
}

const FEW = 6;
const OPEN_FIELDS = 8;

export function Facets({ facets, total, query, stale, onQuery }: Props) {
  const useful = facets
    .filter((f) => f.values.length > 0)
    .map((f) => ({ ...f, values: f.values.map((v) => ({ ...v, count: Math.min(v.count, total) })) }));
  return (
    <aside class={`facets${stale ? " stale" : ""}`} aria-label="Filter by">
      {useful.map((facet, i) => (
        <FacetGroup key={facet.field} facet={facet} query={query} open={i < OPEN_FIELDS} onQuery={onQuery} />
      ))}
    </aside>
  );
}

interface GroupProps {
  facet: Facet;
  query: string;
  open: boolean;
  onQuery: (query: string) => void;
}

function FacetGroup({ facet, query, open: openAtFirst, onQuery }: GroupProps) {
  const [open, setOpen] = useState(openAtFirst);
  const [all, setAll] = useState(false);
  const shown = all ? facet.values : facet.values.slice(0, FEW);
  const most = facet.values[0]?.count ?? 1;
  const tag = facet.field.startsWith("tag.");
  return (
    <section class="facet">
      <h3>
        <button type="button" class="facet-head" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={open ? "down" : "right"} size={12} />
          <span class="cut">{tag ? facet.field.slice(4) : facet.field}</span>
          {tag && <span class="facet-kind">tag</span>}
        </button>
      </h3>
      {open && (
        <ul>
          {shown.map((v) => (
            <FacetValue
              key={v.value}
              field={facet.field}
              {...v}
              most={most}
              query={query}
              onQuery={onQuery}
            />
          ))}
          {facet.values.length > FEW && (
            <li>
              <button type="button" class="facet-more" onClick={() => setAll(!all)}>
                {all ? "Fewer" : `${facet.values.length - FEW} more`}
              </button>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}

interface ValueProps {
  field: string;
  value: string;
  count: number;
  most: number;
  query: string;
  onQuery: (query: string) => void;
}

function FacetValue({ field, value, count, most, query, onQuery }: ValueProps) {
  const term = makeTerm(field, value);
  const without = makeTerm(field, value, true);
  const on = hasTerm(query, term);
  const off = hasTerm(query, without);
  return (
    <li class={`facet-value${on ? " facet-on" : ""}${off ? " facet-off" : ""}`}>
      <span class="facet-bar" style={{ width: `${Math.max(1.5, (count / Math.max(1, most)) * 100)}%` }} />
      <button
        type="button"
        class="facet-pick"
        aria-pressed={on}
        title={on ? `Remove ${term}` : term}
        onClick={() => onQuery(toggleTerm(query, term))}
      >
        <FacetMark field={field} value={value} />
        <span class="cut grow">{value || "(empty)"}</span>
        <span class="facet-count" title={groupThousands(count)}>
          {compactCount(count)}
        </span>
      </button>
      <button
        type="button"
        class="facet-not"
        aria-pressed={off}
        aria-label={off ? `Remove ${without}` : `Without ${value}`}
        title={off ? `Remove ${without}` : without}
        onClick={() => onQuery(toggleTerm(query, without))}
      >
        <Icon name="minus" size={12} />
      </button>
    </li>
  );
}

function FacetMark({ field, value }: { field: string; value: string }) {
  if (field !== "status") return null;
  return (
    <span class={`status-${value}`}>
      <Icon name={value === "error" ? "error" : value === "ok" ? "check" : "dot"} size={12} />
    </span>
  );
}
