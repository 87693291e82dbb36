// SPDX-License-Identifier: Apache-2.0
// Samples as rows: a picture where there is one, input, what is expected, metadata.
import { memo } from "preact/compat";
import { useEffect, useRef } from "preact/hooks";
import type { Sample } from "../../api/datasets";
import type { Rows } from "../../api/rows";
import { groupThousands } from "../../lib/format";
import { Tag } from "../../parts/chip";
import { hasPicture, SamplePicture, ShortValue } from "../../parts/sample";
import { useVirtual } from "../../parts/virtual";

interface Props {
  project: string;
  rows: Rows<Sample>;
  /** Which one stands beside the list; -1: none. */
  openAt: number;
  /** Whether they are divided into splits. */
  split: boolean;
  onOpen: (id: string) => void;
}

const ROW = 40;
const HEAD = 30;
const SHOWN_TAGS = 4;

export function SampleTable({ project, rows, openAt, split, onOpen }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtual({ count: rows.count, size: ROW, scroller, before: HEAD });
  const { want, count } = rows;
  const { first, last, reveal } = virtual;
  useEffect(() => want(first, last), [want, first, last, count]);
  useEffect(() => {
    if (openAt >= 0) reveal(openAt);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [openAt]);
  return (
    <div class="sample-table-frame">
      <div
        class={`sample-table${split ? " sample-table-split" : ""}${rows.stale ? " stale" : ""}`}
        ref={scroller}
        role="grid"
        aria-label="Samples"
        aria-rowcount={rows.complete ? count + 1 : -1}
        tabIndex={0}
      >
        <div class="sample-head" role="row">
          {["Sample", "Input", "Expected", ...(split ? ["Split"] : []), "Metadata"].map((title) => (
            <span key={title} role="columnheader">
              {title}
            </span>
          ))}
        </div>
        <div class="virtual" style={{ height: `${virtual.total}px` }}>
          {virtual.rows.map(({ index, start }) => {
            const sample = rows.at(index);
            return (
              sample && (
                <Row
                  key={sample.id}
                  project={project}
                  sample={sample}
                  index={index}
                  top={start}
                  open={index === openAt}
                  split={split}
                  onOpen={onOpen}
                />
              )
            );
          })}
        </div>
      </div>
      <p class="faint" role="status">
        {groupThousands(count)}
        {rows.complete ? (count === 1 ? " sample" : " samples") : " so far, more as you scroll"}
      </p>
    </div>
  );
}

interface RowProps {
  project: string;
  sample: Sample;
  index: number;
  top: number;
  open: boolean;
  split: boolean;
  onOpen: (id: string) => void;
}

/** Drawn once while it is in sight. */
const Row = memo(function Row(props: RowProps) {
  const { project, sample, index, top, open, split, onOpen } = props;
  return (
    <div
      class="sample-row"
      role="row"
      aria-rowindex={index + 2}
      aria-selected={open}
      style={{ top: `${top}px` }}
      onClick={() => onOpen(sample.id)}
    >
      <span role="gridcell" class="mono cut" title={sample.id}>
        <button type="button" class="text-button" onClick={() => onOpen(sample.id)}>
          {sample.id.length > 18 ? `${sample.id.slice(0, 12)}…` : sample.id}
        </button>
      </span>
      <span role="gridcell" class="row cut">
        <span class="sample-thumb">
          <SamplePicture project={project} value={sample.input} />
        </span>
        {!hasPicture(sample.input) && <ShortValue value={sample.input} />}
      </span>
      <span role="gridcell" class="cut">
        <ShortValue value={sample.expected} />
      </span>
      {split && (
        <span role="gridcell" class="muted cut">
          {sample.split}
        </span>
      )}
      <span role="gridcell" class="row cut">
        {Object.entries(sample.metadata)
          .slice(0, SHOWN_TAGS)
          .map(([name, value]) => (
            <Tag key={name} name={name} value={value} />
          ))}
      </span>
    </div>
  );
});
