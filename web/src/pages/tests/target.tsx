// SPDX-License-Identifier: Apache-2.0
// What an evaluation ran over: a suite of a workflow, or a dataset.
import type { Target } from "../../api/evaluations";
import { datasetPath, suitePath } from "../../lib/route";
import { Link } from "../../parts/link";

export function targetText(target: Target): string {
  const split = target.split ? ` · ${target.split}` : "";
  return `${target.name}:v${target.version}${split}`;
}

/** The same target, whatever its version. */
export const sameTarget = (a: Target, b: Target) =>
  a.kind === b.kind && a.workflow === b.workflow && a.name === b.name;

export function TargetLink({ project, target }: { project: string; target: Target }) {
  const version = { v: `v${target.version}` };
  const href =
    target.kind === "dataset"
      ? datasetPath(project, target.name, version)
      : suitePath(project, target.workflow, target.name, version);
  return (
    <Link
      class="link cut"
      href={href}
      onClick={(e) => e.stopPropagation()}
      title={target.workflow || "dataset"}
    >
      {targetText(target)}
    </Link>
  );
}
