// SPDX-License-Identifier: Apache-2.0
// The one time range of a view: usual ranges, or two times of the reader's zone.
import { useState } from "preact/hooks";
import {
  DEFAULT_RANGE,
  describeWindow,
  msToText,
  nsToMs,
  parseTime,
  RANGES,
  resolveWindow,
  type TimeWindow,
} from "../lib/time";
import { Button } from "./button";
import { Field, Input } from "./form";
import { Popover } from "./menu";
import { Icon } from "./icon";

interface Props {
  window: TimeWindow;
  onPick: (window: TimeWindow) => void;
}

/** The text of an input of type datetime-local. */
function toLocal(ms: number): string {
  const d = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return d.toISOString().slice(0, 19);
}

export function TimeRange({ window, onPick }: Props) {
  const active = window.to === null ? (window.from ?? DEFAULT_RANGE) : "custom";
  return (
    <Popover label={describeWindow(window)} title="Time range" align="right" role="dialog">
      {(close) => (
        <div class="time-range">
          <div class="menu-list">
            {RANGES.map((r) => (
              <button
                key={r.value}
                type="button"
                role="menuitemradio"
                aria-checked={r.value === active}
                class="menu-item"
                onClick={() => {
                  onPick({ from: r.value, to: null });
                  close();
                }}
              >
                <span class="grow">{r.label}</span>
                {r.value === active && <Icon name="check" size={14} />}
              </button>
            ))}
          </div>
          <Custom window={window} onPick={onPick} close={close} />
        </div>
      )}
    </Popover>
  );
}

function Custom({ window, onPick, close }: Props & { close: () => void }) {
  const bounds = resolveWindow(window, Date.now());
  const start = (text: string | undefined, fallback: number) => {
    const ns = text === undefined ? null : parseTime(text);
    return toLocal(ns === null ? fallback : nsToMs(ns));
  };
  const [from, setFrom] = useState(() => start(bounds.from, Date.now() - 86_400_000));
  const [to, setTo] = useState(() => start(bounds.to, Date.now()));
  const fromMs = Date.parse(from);
  const toMs = Date.parse(to);
  const wrong = Number.isNaN(fromMs) || Number.isNaN(toMs) || fromMs >= toMs;
  const submit = (event: Event) => {
    event.preventDefault();
    if (wrong) return;
    onPick({ from: msToText(fromMs), to: msToText(toMs) });
    close();
  };
  return (
    <form class="time-custom" onSubmit={submit}>
      <Field label="From">
        {(id) => <Input id={id} type="datetime-local" step={1} value={from} onValue={setFrom} />}
      </Field>
      <Field label="To" error={wrong ? "The end must be after the start" : null}>
        {(id) => <Input id={id} type="datetime-local" step={1} value={to} onValue={setTo} />}
      </Field>
      <Button look="primary" type="submit" disabled={wrong}>
        Show
      </Button>
    </form>
  );
}
