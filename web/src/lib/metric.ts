// SPDX-License-Identifier: Apache-2.0
// Metrics as text: three significant digits, signs where they are differences.

export function formatMetric(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return minus(value.toLocaleString("en", { useGrouping: true }));
  if (size >= 1e6 || size < 1e-4) return minus(value.toExponential(2));
  if (size >= 100) return minus(value.toFixed(size >= 1000 ? 0 : 1));
  return minus(value.toPrecision(3).replace(/(\.\d*?)0+$/, (_, kept: string) => (kept === "." ? "" : kept)));
}

const minus = (text: string) => text.replace("-", "−");

export function formatSigned(value: number): string {
  const text = formatMetric(value);
  return value > 0 ? `+${text}` : text;
}
