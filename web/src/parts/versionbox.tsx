// SPDX-License-Identifier: Apache-2.0
// Which version of something is shown, of all that there are.  The choice is in the address;
// the newest is so without being named.
import { setParams } from "../state/location";
import { Select } from "./form";

const MAX_LISTED = 200;

interface SelectProps {
  label: string;
  newest: number;
  shown: number;
  /** The oldest. */
  first?: number;
  onPick: (version: number) => void;
}

export function VersionSelect({ label, newest, shown, first = 1, onPick }: SelectProps) {
  const listed = Array.from({ length: Math.min(newest - first + 1, MAX_LISTED) }, (_, i) => newest - i);
  // One from long ago, or that is not there, stands at the end.
  if (!listed.includes(shown)) listed.push(shown);
  return (
    <Select
      label={label}
      value={`v${shown}`}
      options={listed.map((n) => ({
        value: `v${n}`,
        label: n === newest ? `v${n}, the newest` : n === 0 ? "nothing" : `v${n}`,
      }))}
      onPick={(v) => onPick(Number(v.slice(1)))}
    />
  );
}

export function VersionBox({ newest, shown }: Pick<SelectProps, "newest" | "shown">) {
  if (newest < 2) return null;
  return (
    <VersionSelect
      label="Version"
      newest={newest}
      shown={shown}
      onPick={(version) => setParams({ v: version === newest ? null : `v${version}` }, { push: true })}
    />
  );
}
