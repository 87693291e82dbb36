// SPDX-License-Identifier: Apache-2.0
// What stands where data is not (yet): waiting, nothing, failure.
import type { ComponentChildren } from "preact";
import type { ApiError } from "../api/http";
import { Button } from "./button";
import { Icon } from "./icon";

/** Grey bars; the styles show them only after 200 ms. */
export function Skeleton({ rows = 6 }: { rows?: number }) {
  const widths = [92, 78, 85, 64, 88, 71, 80, 58];
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        <span key={i} style={{ width: `${widths[i % widths.length] ?? 80}%` }} />
      ))}
    </div>
  );
}

interface EmptyProps {
  title: string;
  children?: ComponentChildren;
}

export function EmptyState({ title, children }: EmptyProps) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

interface ErrorProps {
  error: ApiError;
  what: string;
  onRetry?: () => void;
}

/** A question that is not understood stays so, however often it is asked. */
const mayPass = (error: ApiError) => error.status !== 400;

/** What happened, what was kept, what to do. */
export function ErrorState({ error, what, onRetry }: ErrorProps) {
  return (
    <div class="empty" role="alert">
      <h2 class="row danger">
        <Icon name="error" /> {what}
      </h2>
      <p>{error.detail || error.title}</p>
      <p class="faint">
        {error.status
          ? `The server answered ${error.status} ${error.title}.`
          : "What was shown before is unchanged."}
      </p>
      {onRetry && mayPass(error) && (
        <Button icon="refresh" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** One line above data that is still shown. */
export function ErrorBar({ error, onRetry }: { error: ApiError; onRetry?: () => void }) {
  return (
    <div class="error-bar" role="alert">
      <Icon name="error" />
      <span class="grow">{error.detail || error.title}</span>
      {onRetry && mayPass(error) && (
        <Button look="quiet" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
