// SPDX-License-Identifier: Apache-2.0
// Buttons that are on or off, and the two of every trace: the address holds both.
import { setParams, useParam } from "../../state/location";

interface ToggleProps {
  on: boolean;
  label: string;
  title: string;
  onToggle: () => void;
}

export function Toggle({ on, label, title, onToggle }: ToggleProps) {
  return (
    <button type="button" class="button button-plain" aria-pressed={on} title={title} onClick={onToggle}>
      {label}
    </button>
  );
}

export function PathToggles() {
  const critical = useParam("critical") === "1";
  const timed = useParam("time") === "1";
  return (
    <>
      <Toggle
        on={critical}
        label="Critical path"
        title="Mark the spans that the end of the trace waited for"
        onToggle={() => setParams({ critical: critical ? null : "1" })}
      />
      <Toggle
        on={timed}
        label="Where the time went"
        title="Time by kind of span"
        onToggle={() => setParams({ time: timed ? null : "1" })}
      />
    </>
  );
}
