// SPDX-License-Identifier: Apache-2.0
// Parts and pages that are loaded when first wanted.  When that fails (the
// server is away, or was replaced by a newer one) only the part is missing, and
// says so; what is on the screen stays.
import type { ComponentType } from "preact";
import { lazy } from "preact/compat";
import { Button } from "./button";
import { Icon } from "./icon";

export function lazyPart<P>(
  load: () => Promise<{ default: ComponentType<P> }>,
  what: string,
): ComponentType<P> {
  const Missing = () => <LoadFailed what={what} />;
  return lazy(() => load().catch(() => ({ default: Missing as ComponentType<P> })));
}

function LoadFailed({ what }: { what: string }) {
  return (
    <p class="load-failed" role="alert">
      <Icon name="error" /> {what} could not be loaded.
      <Button look="quiet" onClick={() => location.reload()}>
        Reload the page
      </Button>
    </p>
  );
}
