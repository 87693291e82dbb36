// SPDX-License-Identifier: Apache-2.0
// A search that the server did not understand: where, and why.
import type { ApiError } from "../api/http";
import { charIndex } from "../lib/bytes";
import { markAt } from "../lib/completion";
import { Button } from "./button";
import type { SearchError } from "./searchbar";
import { EmptyState } from "./states";

/** The message without the position that the mark shows. */
export function searchError(error: ApiError, query: string): SearchError {
  const message = (error.detail || error.title).replace(/^query(?:_b)?: (?:position \d+: )?/, "");
  return { message, at: error.position === null ? null : charIndex(query, error.position) };
}

interface Props {
  query: string;
  error: SearchError;
  onClear: () => void;
}

export function BadQuery({ query, error, onClear }: Props) {
  const marked = error.at === null ? null : markAt(query, error.at);
  return (
    <EmptyState title="This search is not understood">
      {marked && (
        <p class="bad-query mono">
          {marked.before}
          <mark class="search-wrong">{marked.wrong}</mark>
          {marked.after}
        </p>
      )}
      <p class="danger">{error.message}</p>
      <Button onClick={onClear}>Clear the search</Button>
    </EmptyState>
  );
}
