// SPDX-License-Identifier: Apache-2.0
// One key and its values: the most frequent first, and more on request.
import { useState } from "preact/hooks";
import { useFacet } from "../../../api/traces";
import type { Facet } from "../../../api/types";
import { compactCount, groupThousands } from "../../../lib/format";
import { hasTerm, makeTerm, toggleTerm } from "../../../lib/query";
import { Icon } from "../../../parts/icon";
import type { Bounds } from "../../../state/window";

const FEW = 6;

interface GroupProps {
  project: string;
  facet: Facet;
  bounds: Bounds;
  total: number;
  query: string;
  /** Only values with that text; empty: all. */
  wanted: string;
  open: boolean;
  onQuery: (query: string) => void;
}

export function FacetGroup({
  project,
  facet,
  bounds,
  total,
  query,
  wanted,
  open: first,
  onQuery,
}: GroupProps) {
  const [chosen, setOpen] = useState<boolean | null>(null);
  const open = chosen ?? first;
  const [all, setAll] = useState(false);
  const more = useFacet(project, query, bounds, open && all ? facet.field : null);
  const values = (all ? (more.data?.values ?? facet.values) : facet.values).filter((v) =>
    v.value.toLowerCase().includes(wanted),
  );
  const shown = all ? values : values.slice(0, FEW);
  const most = Math.min(facet.values[0]?.count ?? 1, total);
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
        <ul class={all ? "facet-all" : ""}>
          {shown.map((v) => (
            <FacetValue
              key={v.value}
              field={facet.field}
              value={v.value}
              count={Math.min(v.count, total)}
              most={most}
              query={query}
              onQuery={onQuery}
            />
          ))}
          {facet.values.length === 0 && <li class="facet-more">no values here</li>}
          {values.length > (all ? 0 : FEW) && (
            <li>
              <button type="button" class="facet-more" aria-expanded={all} onClick={() => setAll(!all)}>
                {all ? "Fewer" : "More"}
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
        onClick={(e) => onQuery(toggleTerm(query, e.altKey ? without : term))}
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
