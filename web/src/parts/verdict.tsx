// SPDX-License-Identifier: Apache-2.0
// The mark of a difference: how large, which way, and whether it is more than chance.
// A sign and a word go with the colour.
import type { Compared } from "../api/evaluations";
import { formatMetric, formatSigned } from "../lib/metric";
import { Icon, type IconName } from "./icon";

const LOOK: Record<Compared["verdict"], { icon: IconName | null; tone: string; says: string }> = {
  improved: { icon: "up", tone: "better", says: "significantly better" },
  regressed: { icon: "down", tone: "worse", says: "significantly worse" },
  same: { icon: null, tone: "same", says: "no significant difference" },
  unknown: { icon: null, tone: "same", says: "not tested" },
};

export function pText(p: number | null): string {
  if (p === null) return "";
  return p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
}

export function verdictTitle(c: Compared): string {
  const range = c.low !== null && c.high !== null ? `${formatSigned(c.low)} to ${formatSigned(c.high)}` : "";
  const tested = c.correctedP ?? c.p;
  const parts = [
    c.verdict === "unknown" && tested !== null ? "it is not known which way is better" : LOOK[c.verdict].says,
    c.delta === null ? "" : `difference ${formatSigned(c.delta)}${range ? ` (${range})` : ""}`,
    pText(tested),
    c.test,
    c.n > 0 ? `${c.n} samples` : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

export function Verdict({ compared }: { compared: Compared }) {
  if (compared.delta === null) return null;
  const { icon, tone, says } = LOOK[compared.verdict];
  return (
    <span class={`verdict verdict-${tone}`} title={verdictTitle(compared)}>
      {icon && <Icon name={icon} size={11} />}
      {compared.verdict === "same" && <span aria-hidden="true">≈</span>}
      {formatSigned(compared.delta)}
      <span class="sr-only">{says}</span>
    </span>
  );
}

export function MetricValue({ value }: { value: number | null }) {
  if (value === null) return <span class="faint">–</span>;
  return <span title={String(value)}>{formatMetric(value)}</span>;
}
