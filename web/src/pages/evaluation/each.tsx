// SPDX-License-Identifier: Apache-2.0
// A part of the page for each of the evaluations that are compared, under its model's name.
import type { ComponentChildren } from "preact";
import type { Comparison } from "../../api/evaluations";
import { ModelTag } from "../../parts/chip";

interface Props {
  project: string;
  comparison: Comparison;
  children: (id: number) => ComponentChildren;
}

export function EachEvaluation({ project, comparison, children }: Props) {
  return (
    <div class="stack">
      {comparison.evaluations.map((e) => (
        <section key={e.id} class="stack">
          <h3 class="row">
            <ModelTag tag={e.model} project={project} />
          </h3>
          {children(e.id)}
        </section>
      ))}
    </div>
  );
}
