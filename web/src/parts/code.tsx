// SPDX-License-Identifier: Apache-2.0
// Source code with line numbers and a light tint.
import { useMemo } from "preact/hooks";
import { splitLines } from "../lib/diff";
import { markPieces, type Piece, tintLines } from "../lib/python";
import { CopyButton } from "./button";

const NO_MARKS: readonly (readonly [number, number])[] = [];

/** Pieces of one line, with the parts that changed marked. */
export function Tinted({ pieces, marks = NO_MARKS }: { pieces: readonly Piece[]; marks?: typeof NO_MARKS }) {
  return (
    <>
      {markPieces(pieces, marks).map((piece, i) => {
        const inside =
          piece.tint === "plain" ? piece.text : <span class={`tint-${piece.tint}`}>{piece.text}</span>;
        return piece.marked ? (
          <span key={i} class="code-mark">
            {inside}
          </span>
        ) : (
          <span key={i}>{inside}</span>
        );
      })}
    </>
  );
}

interface Props {
  text: string;
  language?: "python" | "text";
  numbers?: boolean;
  label?: string;
}

const MAX_LINES = 5000;

export function Code({ text, language = "text", numbers = true, label = "Copy the code" }: Props) {
  const { pieces, more } = useMemo(() => {
    const all = splitLines(text);
    const lines = all.slice(0, MAX_LINES);
    const plain = (line: string): Piece[] => [{ tint: "plain", text: line }];
    return {
      pieces: language === "python" ? tintLines(lines) : lines.map(plain),
      more: all.length - lines.length,
    };
  }, [text, language]);
  return (
    <div class="code" tabIndex={0}>
      <div class="code-copy">
        <CopyButton text={text} label={label} />
      </div>
      <pre>
        {pieces.map((line, i) => (
          <div key={i} class="code-line">
            {numbers && <span class="code-number">{i + 1}</span>}
            <span class="code-text">
              <Tinted pieces={line} />
            </span>
          </div>
        ))}
      </pre>
      {more > 0 && <p class="faint">{more} more lines: copy to see them all.</p>}
    </div>
  );
}
