// SPDX-License-Identifier: Apache-2.0
// A trace by its id: asks for it, waits, or says why not.  What a trace is like is
// known from its first rows: a large one stays on the server and is looked at
// through windows, a small one comes whole.
import { useFirstRows } from "../../api/spans";
import { useTrace } from "../../api/traces";
import { ErrorState, Skeleton } from "../../parts/states";
import { useParam } from "../../state/location";
import { LargeTrace } from "./large";
import { TraceView } from "./view";

/** Spans of the largest trace that comes whole. */
export const WHOLE = 2000;

interface Props {
  project: string;
  traceId: string;
  layout: "panel" | "page";
}

export default function LoadedTrace({ project, traceId, layout }: Props) {
  const span = useParam("span");
  const first = useFirstRows(project, traceId, span);
  const small = first.data !== undefined && first.data.total <= WHOLE;
  const trace = useTrace(project, small ? traceId : null);
  if (first.data && !small)
    return <LargeTrace key={traceId} project={project} first={first.data} layout={layout} />;
  if (trace.data) return <TraceView key={traceId} project={project} trace={trace.data} layout={layout} />;
  const failed = trace.error ? trace : first;
  if (!failed.error) return <Skeleton rows={8} />;
  const what = failed.error.status === 404 ? "There is no such trace" : "The trace could not be read";
  return <ErrorState error={failed.error} what={what} onRetry={failed.refetch} />;
}
