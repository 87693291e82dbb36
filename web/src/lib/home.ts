// SPDX-License-Identifier: Apache-2.0
// Which project does the bare address mean?
import type { Project } from "../api/types";

/** `last` while it holds spans, else the project with the most; `last` when nothing does. */
export function homeProject(last: string, projects: readonly Project[]): string {
  const holding = projects.filter((p) => p.storage.spans > 0);
  if (holding.length === 0 || holding.some((p) => p.name === last)) return last;
  return holding.reduce((most, p) => (p.storage.spans > most.storage.spans ? p : most)).name;
}
