// SPDX-License-Identifier: Apache-2.0
// How far judges agree, pair by pair.
import type { Agreement, Judge } from "../../api/judges";
import { formatPercent, plural } from "../../lib/format";
import { formatMetric } from "../../lib/metric";
import { TableHead } from "../../parts/tablehead";
import { Count } from "../../parts/values";

const MAX_JUDGES = 10; // the server's

/** Those that are compared: who scored most, and `always` first. */
export function comparedJudges(judges: readonly Judge[], always: string | null = null): string[] {
  return judges
    .filter((j) => j.scores > 0)
    .sort((a, b) => Number(b.name === always) - Number(a.name === always) || b.scores - a.scores)
    .slice(0, MAX_JUDGES)
    .map((j) => j.name);
}

/** After Landis and Koch. */
function kappaWord(kappa: number): string {
  const steps = [
    [0.8, "almost perfect"],
    [0.6, "substantial"],
    [0.4, "moderate"],
    [0.2, "fair"],
    [0, "slight"],
  ] as const;
  return steps.find(([low]) => kappa > low)?.[1] ?? "poor";
}

export function AgreementTable({ items }: { items: readonly Agreement[] }) {
  const number = (v: number | null) => (v === null ? <span class="faint">–</span> : formatMetric(v));
  return (
    <div class="table-scroll">
      <table class="table">
        <TableHead
          columns={[
            "Judges",
            { right: "Judged by both" },
            { right: "Same verdict" },
            { right: "Kappa", hint: "Agreement beyond chance, Cohen's kappa" },
            { right: "Rank correlation", hint: "Of the scores' ranks, Spearman's" },
          ]}
        />
        <tbody>
          {items.map((a) => (
            <tr key={`${a.a}/${a.b}`}>
              <td>
                {a.a} <span class="faint">and</span> {a.b}
              </td>
              <td class="right">
                <Count value={a.n} />
              </td>
              <td class="right">{a.compared === 0 ? "–" : formatPercent(a.agreed, a.compared)}</td>
              <td class="right">
                {number(a.kappa)} {a.kappa !== null && <span class="faint">{kappaWord(a.kappa)}</span>}
              </td>
              <td class="right">{number(a.spearman)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="sr-only">{plural(items.length, "pair")}</p>
    </div>
  );
}
