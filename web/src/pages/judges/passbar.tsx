// SPDX-License-Identifier: Apache-2.0
// Which share passed, as a bar and a number.
import { formatPercent, groupThousands } from "../../lib/format";

/** How many of those that could pass did. */
export function PassBar({ passed, failed }: { passed: number; failed: number }) {
  const judged = passed + failed;
  if (judged === 0) return <span class="faint">–</span>;
  return (
    <span class="pass" title={`${groupThousands(passed)} of ${groupThousands(judged)} passed`}>
      <span class="pass-track">
        <span class="pass-bar" style={{ width: `${(passed / judged) * 100}%` }} />
      </span>
      {formatPercent(passed, judged)}
    </span>
  );
}
