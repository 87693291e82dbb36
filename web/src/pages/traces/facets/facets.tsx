// SPDX-License-Identifier: Apache-2.0
// What there is to filter by, with counts.  A click adds the term to the search,
// another takes it out; with Alt, or by the minus, the value is excluded.
import { useState } from "preact/hooks";
import { useFacets } from "../../../api/traces";
import { Icon } from "../../../parts/icon";
import { useStore } from "../../../state/store";
import type { Bounds } from "../../../state/window";
import { FacetGroup } from "./group";
import { FacetKeys, facetKeys } from "./keys";

interface Props {
  project: string;
  query: string;
  bounds: Bounds;
  /** How many traces match: a trace whose spans came apart may count more than once in a facet. */
  total: number;
  onQuery: (query: string) => void;
}

const OPEN_FIELDS = 8;

export function Facets({ project, query, bounds, total, onQuery }: Props) {
  const chosen = useStore(facetKeys(project));
  const facets = useFacets(project, query, bounds, chosen);
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLowerCase();
  const all = facets.data ?? [];
  const useful = all.filter((f) => f.values.length > 0 || chosen?.includes(f.field));
  const shown = useful.filter(
    (f) =>
      f.field.toLowerCase().includes(wanted) || f.values.some((v) => v.value.toLowerCase().includes(wanted)),
  );
  return (
    <aside class={`facets${facets.stale ? " stale" : ""}`} aria-label="Filter by">
      <div class="facets-head">
        <span class="facets-filter">
          <Icon name="search" size={12} />
          <input
            class="facets-input"
            aria-label="Find a filter"
            placeholder="Find a filter"
            spellcheck={false}
            value={typed}
            onInput={(e) => setTyped(e.currentTarget.value)}
          />
        </span>
        <FacetKeys project={project} fields={all.map((f) => f.field)} />
      </div>
      {shown.map((facet, i) => (
        <FacetGroup
          key={facet.field}
          project={project}
          facet={facet}
          bounds={bounds}
          total={total}
          query={query}
          wanted={facet.field.toLowerCase().includes(wanted) ? "" : wanted}
          open={wanted !== "" || chosen !== null || i < OPEN_FIELDS}
          onQuery={onQuery}
        />
      ))}
      {wanted !== "" && shown.length === 0 && <p class="facets-none faint">No filter has “{typed.trim()}”</p>}
      {facets.error && all.length === 0 && (
        <p class="facets-none danger" role="alert">
          {facets.error.detail || facets.error.title}
        </p>
      )}
    </aside>
  );
}
