// SPDX-License-Identifier: Apache-2.0
// Numbers for reading: a unit and three significant digits.  The exact value is
// for the title of the element, from the exact* functions.

const NARROW = "\u202f"; // between thousands, and between a number and its unit

/** Three significant digits without trailing zeros: 0.412, 4.1, 412, 41200. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const text = Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
  return text.replace("-", "−");
}

function withUnit(value: number, unit: string): string {
  return `${significant(value)}${NARROW}${unit}`;
}

/** Takes the first unit in which the rounded value stays below the next one. */
function scaled(value: number, units: readonly (readonly [number, string])[]): string {
  const size = Math.abs(value);
  let chosen = units[0] ?? [1, ""];
  for (const unit of units) if (size >= unit[0] * 0.9995) chosen = unit;
  return withUnit(value / chosen[0], chosen[1]);
}

const DURATIONS = [
  [1, "ns"],
  [1e3, "µs"],
  [1e6, "ms"],
  [1e9, "s"],
] as const;

export function formatDuration(ns: number): string {
  if (ns === 0) return `0${NARROW}ms`;
  const size = Math.abs(ns);
  if (size >= 48 * 3600e9) return withUnit(ns / 86400e9, "d");
  if (size >= 3600e9) return withUnit(ns / 3600e9, "h");
  if (size >= 90e9) return withUnit(ns / 60e9, "min");
  return scaled(ns, DURATIONS);
}

export function exactDuration(ns: number): string {
  return `${groupThousands(ns)}${NARROW}ns`;
}

const BYTES = [
  [1, "B"],
  [1e3, "kB"],
  [1e6, "MB"],
  [1e9, "GB"],
  [1e12, "TB"],
] as const;

export function formatBytes(bytes: number): string {
  return scaled(bytes, BYTES);
}

export function groupThousands(value: number): string {
  const [whole = "", fraction] = String(Math.abs(value)).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, NARROW);
  return (value < 0 ? "−" : "") + grouped + (fraction === undefined ? "" : `.${fraction}`);
}

/** A count that is read exactly up to a hundred thousand, then 1.25 M. */
export function formatCount(count: number): string {
  if (Math.abs(count) < 1e5) return groupThousands(count);
  return scaled(count, [
    [1e3, "k"],
    [1e6, "M"],
    [1e9, "G"],
  ]);
}

/** For narrow places: 12.5k, 1.25M. */
export function compactCount(count: number): string {
  if (Math.abs(count) < 1000) return String(count);
  return scaled(count, [
    [1e3, "k"],
    [1e6, "M"],
    [1e9, "G"],
  ]).replace(NARROW, "");
}

/** A share as a percentage; what is not nothing never reads as nothing. */
export function formatPercent(part: number, whole: number): string {
  if (whole <= 0 || part === 0) return `0${NARROW}%`;
  const percent = (part / whole) * 100;
  if (percent < 0.01) return `<${NARROW}0.01${NARROW}%`;
  if (percent > 99.99 && part < whole) return `>${NARROW}99.9${NARROW}%`;
  return withUnit(percent, "%");
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
