// SPDX-License-Identifier: Apache-2.0
// Where the time of a trace went: spans of one name and type together.
import type { TraceShape, TraceShare } from "../../api/spans";
import { typeVar } from "../../lib/color";
import { formatCount, formatPercent, groupThousands, plural } from "../../lib/format";
import { IconButton } from "../../parts/button";
import { TypeMark } from "../../parts/chip";
import { Skeleton } from "../../parts/states";
import { Duration } from "../../parts/values";

interface Props {
  shape: TraceShape | undefined;
  /** A name to search for. */
  onPick: (text: string) => void;
  onClose: () => void;
}

export function TimePanel({ shape, onPick, onClose }: Props) {
  return (
    <section class="time-panel" aria-label="Where the time went">
      <header class="row">
        <h2 class="grow">Where the time went</h2>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      {shape ? <Shares shape={shape} onPick={onPick} /> : <Skeleton rows={6} />}
    </section>
  );
}

function Shares({ shape, onPick }: { shape: TraceShape; onPick: (text: string) => void }) {
  const rest = shape.share_count - shape.shares.length;
  return (
    <>
      <p class="muted">
        The critical path is what the end of the trace waited for: making it shorter makes the trace shorter.
        Self time is a span's own, while none of its children ran; spans that ran side by side add up to more
        than the trace.
      </p>
      <div class="table-scroll">
        <table class="table">
          <thead>
            <tr>
              <th>Span</th>
              <th class="right">Spans</th>
              <th class="right">Failed</th>
              <th>Critical path</th>
              <th>Self time</th>
            </tr>
          </thead>
          <tbody>
            {shape.shares.map((share) => (
              <Share key={`${share.name}\n${share.type}`} share={share} shape={shape} onPick={onPick} />
            ))}
          </tbody>
        </table>
      </div>
      {rest > 0 && <p class="faint">and {plural(rest, "kind")} of span more</p>}
    </>
  );
}

interface ShareProps {
  share: TraceShare;
  shape: TraceShape;
  onPick: (text: string) => void;
}

function Share({ share, shape, onPick }: ShareProps) {
  return (
    <tr>
      <td>
        <span class="row">
          <button
            type="button"
            class="text-button cut share-name"
            title={`Search for ${share.name}`}
            onClick={() => onPick(share.name)}
          >
            {share.name || "(no name)"}
          </button>
          {share.type !== "span" && <TypeMark type={share.type} />}
        </span>
      </td>
      <td class="right" title={groupThousands(share.spans)}>
        {formatCount(share.spans)}
      </td>
      <td class="right">{share.errors > 0 && <span class="danger">{formatCount(share.errors)}</span>}</td>
      <td>
        <Part ns={share.critical_ns} of={shape.critical_ns} color={typeVar(share.type)} />
      </td>
      <td>
        <Part ns={share.self_ns} of={shape.self_ns} color={typeVar(share.type)} />
      </td>
    </tr>
  );
}

function Part({ ns, of, color }: { ns: number; of: number; color: string }) {
  return (
    <span class="share-part">
      <span class="share-bar" aria-hidden="true">
        <span style={{ width: `${of > 0 ? (ns / of) * 100 : 0}%`, background: color }} />
      </span>
      <span class="share-percent">{formatPercent(ns, of)}</span>
      <span class="faint">
        <Duration ns={ns} />
      </span>
    </span>
  );
}
