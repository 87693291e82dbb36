// SPDX-License-Identifier: Apache-2.0
// Times.  The API speaks RFC 3339 in UTC with nanoseconds; here they are bigint
// nanoseconds, because a double cannot tell spans of one microsecond apart.
// Shown in the reader's zone.

const RFC3339 = /^(-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/;

/** Nanoseconds since 1970, or null for what is not a time. */
export function parseTime(text: string): bigint | null {
  const match = RFC3339.exec(text);
  if (!match) return null;
  const ms = Date.parse(`${match[1] ?? ""}${match[3] ?? "Z"}`);
  if (Number.isNaN(ms)) return null;
  return BigInt(ms) * 1_000_000n + BigInt((match[2] ?? "").padEnd(9, "0"));
}

/** Rounded down, also before 1970, so that the rest is always a fraction onwards. */
export function nsToMs(ns: bigint): number {
  return Number((ns - (((ns % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n);
}

export function msToNs(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}

export function msToText(ms: number): string {
  return new Date(ms).toISOString();
}

/** The same to the nanosecond; parseTime reads it back. */
export function nsToText(ns: bigint): string {
  return msToText(nsToMs(ns)).replace(/\.\d+Z$/, `.${fractionOf(ns)}Z`);
}

/** Nine digits. */
function fractionOf(ns: bigint): string {
  return String(((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n).padStart(9, "0");
}

const pad = (n: number, width = 2) => String(n).padStart(width, "0");

export function formatDay(ms: number): string {
  const d = new Date(ms);
  return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`;
}

export function formatClock(ms: number, withMs = false): string {
  const d = new Date(ms);
  const text = `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
  return withMs ? `${text}.${pad(d.getMilliseconds(), 3)}` : text;
}

/** In a list: the clock for today, day and clock otherwise. */
export function formatListTime(ms: number, nowMs: number): string {
  if (formatDay(ms) === formatDay(nowMs)) return formatClock(ms, true);
  return `${formatDay(ms).slice(5)} ${formatClock(ms)}`;
}

export function formatAbsolute(ms: number): string {
  return `${formatDay(ms)} ${formatClock(ms)}`;
}

/** All nanoseconds and the zone, for titles. */
export function formatExact(ns: bigint): string {
  const ms = nsToMs(ns);
  const d = new Date(ms);
  const offset = -d.getTimezoneOffset();
  const zone = `${offset < 0 ? "−" : "+"}${pad(Math.floor(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
  return `${formatDay(ms)} ${formatClock(ms)}.${fractionOf(ns)} ${zone}`;
}

const STEPS: readonly (readonly [number, string])[] = [
  [1000, "s"],
  [60_000, "min"],
  [3_600_000, "h"],
  [86_400_000, "d"],
  [365 * 86_400_000, "y"],
];

/** "just now", "5 min ago", "in 3 h": whole units, rounded down. */
export function formatRelative(ms: number, nowMs: number): string {
  const distance = Math.abs(nowMs - ms);
  if (distance < 5000) return "just now";
  let chosen = STEPS[0] ?? [1000, "s"];
  for (const step of STEPS) if (distance >= step[0]) chosen = step;
  const text = `${Math.floor(distance / chosen[0])}\u202f${chosen[1]}`;
  return ms > nowMs ? `in ${text}` : `${text} ago`;
}

/** A time window as the address holds it: `from=-1h`, or two absolute times. */
export interface TimeWindow {
  from: string | null;
  to: string | null;
}

export const RANGES: readonly { value: string; label: string }[] = [
  { value: "-15m", label: "Last 15 min" },
  { value: "-1h", label: "Last hour" },
  { value: "-24h", label: "Last 24 h" },
  { value: "-7d", label: "Last 7 d" },
  { value: "-30d", label: "Last 30 d" },
  { value: "all", label: "All time" },
];

export const DEFAULT_RANGE = "-24h";

const UNIT_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export function relativeMs(from: string): number | null {
  const match = /^-(\d{1,6})([mhd])$/.exec(from);
  if (!match) return null;
  return Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? 0);
}

/** The absolute bounds of a window at a moment; an open side is undefined. */
export function resolveWindow(window: TimeWindow, nowMs: number): { from?: string; to?: string } {
  const bounds: { from?: string; to?: string } = {};
  const back = window.from === null ? null : relativeMs(window.from);
  if (back !== null) bounds.from = msToText(nowMs - back);
  else if (window.from !== null && window.from !== "all" && parseTime(window.from) !== null)
    bounds.from = window.from;
  if (window.to !== null && parseTime(window.to) !== null) bounds.to = window.to;
  return bounds;
}

export function describeWindow(window: TimeWindow): string {
  const known = RANGES.find((r) => r.value === (window.from ?? DEFAULT_RANGE));
  if (known && window.to === null) return known.label;
  const back = window.from === null ? null : relativeMs(window.from);
  if (back !== null && window.to === null) return `Last ${(window.from ?? "").slice(1)}`;
  const side = (text: string | null, open: string) => {
    const ns = text === null ? null : parseTime(text);
    return ns === null ? open : formatAbsolute(nsToMs(ns));
  };
  const from = side(window.from, "start");
  const to = side(window.to, "now");
  const sameDay = from.slice(0, 10) === to.slice(0, 10);
  return `${from} – ${sameDay ? to.slice(11) : to}`;
}
