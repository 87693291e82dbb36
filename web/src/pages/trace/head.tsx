// SPDX-License-Identifier: Apache-2.0
// What a trace is, in one line, and the search in its spans.
import type { Span } from "../../api/types";
import { formatCount, plural } from "../../lib/format";
import type { SpanTree } from "../../lib/tree";
import { ModelTag, StatusMark } from "../../parts/chip";
import { Icon } from "../../parts/icon";
import { Duration, Time } from "../../parts/values";
import { MakeTest } from "./maketest";
import { PathToggles } from "./toggles";

interface Props {
  project: string;
  traceId: string;
  tree: SpanTree<Span>;
  found: ReadonlySet<string> | null;
  search: string;
  searchable: boolean;
  onSearch: (text: string) => void;
  onFirst: () => void;
}

export function tokenTotal(spans: Iterable<Span>): { input: number; output: number } | null {
  let input = 0;
  let output = 0;
  let any = false;
  for (const { llm } of spans) {
    if (!llm) continue;
    any ||= llm.input_tokens !== null || llm.output_tokens !== null;
    input += llm.input_tokens ?? 0;
    output += llm.output_tokens ?? 0;
  }
  return any ? { input, output } : null;
}

export function TraceHead({ project, traceId, tree, found, search, searchable, onSearch, onFirst }: Props) {
  const root = tree.roots[0];
  if (!root) return null;
  const tokens = tokenTotal(tree.byId.values());
  let failed = 0;
  for (const span of tree.byId.values()) if (span.status.code === "error") failed++;
  return (
    <header class="trace-title">
      <div class="row wrap grow">
        <StatusMark status={root.status.code} label={false} />
        <h1 class="cut">{root.name}</h1>
        {root.model && <ModelTag tag={root.model} project={project} />}
        <span class="trace-facts">
          <Duration ns={Number(tree.endNs - tree.startNs)} />
          <span>{plural(tree.byId.size, "span")}</span>
          {failed > 0 && tree.byId.size > 1 && <span class="danger">{formatCount(failed)} failed</span>}
          {tokens && (
            <span title="Tokens in and out">
              {formatCount(tokens.input)} → {formatCount(tokens.output)} tokens
            </span>
          )}
          <Time ns={tree.startNs} form="both" />
        </span>
      </div>
      <MakeTest project={project} traceId={traceId} />
      {searchable && <PathToggles />}
      {searchable && (
        <div class="span-search">
          <Icon name="search" size={14} />
          <input
            id="span-search"
            class="input"
            type="search"
            aria-label="Search in spans"
            placeholder="Search spans"
            value={search}
            onInput={(e) => onSearch(e.currentTarget.value)}
            onKeyDown={(e) => {
              if (e.key === "Enter") onFirst();
              if (e.key !== "Escape") return;
              e.stopPropagation();
              onSearch("");
              e.currentTarget.blur();
            }}
          />
          {found && (
            <span class="faint" role="status">
              {found.size}
            </span>
          )}
        </div>
      )}
    </header>
  );
}
