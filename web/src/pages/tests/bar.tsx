// SPDX-License-Identifier: Apache-2.0
// The top of the pages of tests: what is looked for, and the ways between them.
import type { ComponentChildren } from "preact";
import { datasetsPath, evaluationsPath, suitesPath } from "../../lib/route";
import { Finder } from "../../parts/finder";
import { Link } from "../../parts/link";

const PLACES = [
  { id: "evaluations", label: "Evaluations", path: evaluationsPath },
  { id: "suites", label: "Suites", path: suitesPath },
  { id: "datasets", label: "Datasets", path: datasetsPath },
] as const;

interface Props {
  project: string;
  place: (typeof PLACES)[number]["id"];
  what: string;
  children?: ComponentChildren;
}

export function TestsBar({ project, place, what, children }: Props) {
  return (
    <div class="topbar">
      <nav class="places" aria-label="Tests">
        {PLACES.map((p) => (
          <Link
            key={p.id}
            class="place"
            href={p.path(project)}
            {...(p.id === place ? { "aria-current": "page" as const } : {})}
          >
            {p.label}
          </Link>
        ))}
      </nav>
      <Finder what={what} />
      {children}
    </div>
  );
}
