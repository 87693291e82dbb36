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
  const range =
    c.deltaLow !== null && c.deltaHigh !== null
      ? `${formatSigned(c.deltaLow)} to ${formatSigned(c.deltaHigh)}`
      : "";
  const parts = [
    LOOK[c.verdict].says,
    c.delta === null ? "" : `difference ${formatSigned(c.delta)}${range ? ` (${range})` : ""}`,
    pText(c.pCorrected ?? c.p),
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
      {icon ? <Icon name={icon} size={11} /> : <span aria-hidden="true">≈</span>}
      {formatSigned(compared.delta)}
      <span class="sr-only">{says}</span>
    </span>
  );
}

/** A value with the interval that it may lie in. */
export function MetricValue({
  value,
  low,
  high,
}: {
  value: number | null;
  low?: number | null;
  high?: number | null;
}) {
  if (value === null) return <span class="faint">–</span>;
  const range = low != null && high != null ? ` (${formatMetric(low)} to ${formatMetric(high)})` : "";
  return <span title={`${value}${range}`}>{formatMetric(value)}</span>;
}
