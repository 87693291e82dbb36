// SPDX-License-Identifier: Apache-2.0
// What a page shows of a question to the server: its data, that it is on its way, or
// what went wrong.  Data that was there stays below an error.
import type { ComponentChildren } from "preact";
import type { ApiError } from "../api/http";
import { ErrorBar, ErrorState, Skeleton } from "./states";

interface Props<T> {
  answer: { data: T | undefined; error: ApiError | null; refetch: () => void };
  what: string;
  rows?: number;
  children: (data: T) => ComponentChildren;
}

export function Answer<T>({ answer, what, rows = 8, children }: Props<T>) {
  const { data, error, refetch } = answer;
  if (data === undefined)
    return error ? <ErrorState error={error} what={what} onRetry={refetch} /> : <Skeleton rows={rows} />;
  return (
    <>
      {error && <ErrorBar error={error} onRetry={refetch} />}
      {children(data)}
    </>
  );
}
