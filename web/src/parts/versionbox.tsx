// SPDX-License-Identifier: Apache-2.0
// Which version of something is shown, of all that there are.  The choice is in the address;
// the newest is so without being named.
import { setParams } from "../state/location";
import { Select } from "./form";

const MAX_LISTED = 200;

export function VersionBox({ newest, shown }: { newest: number; shown: number }) {
  if (newest < 2) return null;
  const listed = Array.from({ length: Math.min(newest, MAX_LISTED) }, (_, i) => newest - i);
  // One from long ago stands at the end.
  if (shown < (listed.at(-1) ?? 0)) listed.push(shown);
  return (
    <Select
      label="Version"
      value={`v${shown}`}
      options={listed.map((n) => ({ value: `v${n}`, label: n === newest ? `v${n}, the newest` : `v${n}` }))}
      onPick={(v) => setParams({ v: v === `v${newest}` ? null : v }, { push: true })}
    />
  );
}
