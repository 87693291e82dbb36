// SPDX-License-Identifier: Apache-2.0
// Values with their exact form on hover.
import { useEffect, useState } from "preact/hooks";
import { exactDuration, formatBytes, formatCount, formatDuration, groupThousands } from "../lib/format";
import { formatAbsolute, formatExact, formatListTime, formatRelative, nsToMs, parseTime } from "../lib/time";

export function Duration({ ns }: { ns: number }) {
  return <span title={exactDuration(ns)}>{formatDuration(ns)}</span>;
}

export function Count({ value }: { value: number }) {
  return <span title={groupThousands(value)}>{formatCount(value)}</span>;
}

export function Bytes({ value }: { value: number }) {
  return <span title={`${groupThousands(value)} bytes`}>{formatBytes(value)}</span>;
}

/** The present, by the half minute: relative times move on while one looks. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

interface TimeProps {
  ns: bigint;
  form?: "list" | "relative" | "absolute" | "both";
}

export function Time({ ns, form = "both" }: TimeProps) {
  const now = Math.max(useNow(), Date.now());
  const ms = nsToMs(ns);
  const relative = formatRelative(ms, now);
  const text = {
    list: () => formatListTime(ms, now),
    relative: () => relative,
    absolute: () => formatAbsolute(ms),
    both: () => `${formatAbsolute(ms)} · ${relative}`,
  }[form]();
  const title = form === "both" ? formatExact(ns) : `${formatExact(ns)} · ${relative}`;
  return <time title={title}>{text}</time>;
}

/** A time as the API writes it; a dash for never. */
export function TimeText({
  text,
  form = "relative",
}: {
  text: string | null;
  form?: NonNullable<TimeProps["form"]>;
}) {
  const ns = text === null ? null : parseTime(text);
  return ns === null ? <span class="faint">–</span> : <Time ns={ns} form={form} />;
}
