// SPDX-License-Identifier: Apache-2.0
// Two texts side by side, or one under the other where there is little room.
import { useMemo, useState } from "preact/hooks";
import { countRows, type DiffRow, diffRows, foldRows, type Side, splitLines } from "../lib/diff";
import { type Piece, tintLines } from "../lib/python";
import { Tinted } from "./code";
import { Icon } from "./icon";

interface Props {
  oldText: string;
  newText: string;
  oldLabel: string;
  newLabel: string;
  language?: "python" | "text";
  layout?: "split" | "unified";
}

const CONTEXT = 4;

type Tints = readonly Piece[][];

function tintOf(text: string, language: "python" | "text"): Tints {
  const lines = splitLines(text);
  return language === "python"
    ? tintLines(lines)
    : lines.map((line) => [{ tint: "plain" as const, text: line }]);
}

export function Diff({ oldText, newText, oldLabel, newLabel, language = "python", layout = "split" }: Props) {
  const rows = useMemo(() => diffRows(oldText, newText), [oldText, newText]);
  const counts = useMemo(() => countRows(rows), [rows]);
  const tints = useMemo(
    () => ({ left: tintOf(oldText, language), right: tintOf(newText, language) }),
    [oldText, newText, language],
  );
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  if (counts.added + counts.removed === 0)
    return (
      <p class="diff-equal muted">
        <Icon name="check" /> The same in {oldLabel} and {newLabel}.
      </p>
    );
  return (
    <div class={`diff diff-${layout}`} role="table" aria-label={`Changes from ${oldLabel} to ${newLabel}`}>
      <div class="diff-head" role="row">
        <span role="columnheader">{oldLabel}</span>
        <span role="columnheader">
          {newLabel}
          <span class="diff-counts">
            <span class="diff-plus">+{counts.added}</span> <span class="diff-minus">−{counts.removed}</span>
          </span>
        </span>
      </div>
      {foldRows(rows, CONTEXT, open).map((row, i) =>
        row.op === "fold" ? (
          <button
            key={i}
            type="button"
            class="diff-fold"
            onClick={() => setOpen(new Set([...open, row.from]))}
          >
            <Icon name="down" size={12} /> {row.to - row.from} unchanged lines
          </button>
        ) : layout === "split" ? (
          <SplitRow key={i} row={row} tints={tints} />
        ) : (
          <UnifiedRow key={i} row={row} tints={tints} />
        ),
      )}
    </div>
  );
}

interface RowProps {
  row: DiffRow;
  tints: { left: Tints; right: Tints };
}

function SplitRow({ row, tints }: RowProps) {
  return (
    <div class="diff-row" role="row">
      <Cell side={row.left} tints={tints.left} sign={row.op === "same" ? "same" : "del"} />
      <Cell side={row.right} tints={tints.right} sign={row.op === "same" ? "same" : "add"} />
    </div>
  );
}

function UnifiedRow({ row, tints }: RowProps) {
  if (row.op === "same")
    return (
      <div class="diff-row" role="row">
        <Cell side={row.right} tints={tints.right} sign="same" />
      </div>
    );
  return (
    <>
      {row.left && (
        <div class="diff-row" role="row">
          <Cell side={row.left} tints={tints.left} sign="del" />
        </div>
      )}
      {row.right && (
        <div class="diff-row" role="row">
          <Cell side={row.right} tints={tints.right} sign="add" />
        </div>
      )}
    </>
  );
}

const SIGNS = { same: " ", del: "−", add: "+" } as const;

function Cell({ side, tints, sign }: { side: Side | null; tints: Tints; sign: keyof typeof SIGNS }) {
  if (!side) return <div class="diff-cell diff-none" role="cell" />;
  return (
    <div class={`diff-cell diff-${sign}`} role="cell">
      <span class="code-number">{side.line}</span>
      <span class="diff-sign">{SIGNS[sign]}</span>
      <span class="code-text">
        <Tinted pieces={tints[side.line - 1] ?? []} marks={side.marks} />
      </span>
    </div>
  );
}
