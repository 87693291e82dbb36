// SPDX-License-Identifier: Apache-2.0
// A trace by its id: asks for it, waits, or says why not.
import { useTrace } from "../../api/traces";
import { ErrorState, Skeleton } from "../../parts/states";
import { TraceView } from "./view";

interface Props {
  project: string;
  traceId: string;
  layout: "panel" | "page";
}

export default function LoadedTrace({ project, traceId, layout }: Props) {
  const trace = useTrace(project, traceId);
  if (trace.data) return <TraceView key={traceId} project={project} trace={trace.data} layout={layout} />;
  if (!trace.error) return <Skeleton rows={8} />;
  const what = trace.error.status === 404 ? "There is no such trace" : "The trace could not be read";
  return <ErrorState error={trace.error} what={what} onRetry={trace.refetch} />;
}
