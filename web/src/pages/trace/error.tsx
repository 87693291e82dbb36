// SPDX-License-Identifier: Apache-2.0
// An exception: its type, its message, and its stack with the user's own frames
// standing out from those of libraries.
import { useMemo, useState } from "preact/hooks";
import type { Span } from "../../api/types";
import { CopyButton } from "../../parts/button";
import { Icon } from "../../parts/icon";

export interface StackLine {
  text: string;
  kind: "frame" | "code" | "other";
  foreign: boolean;
}

const PYTHON_FRAME = /^\s*File "([^"]+)", line \d+/;
const FOREIGN = /site-packages|dist-packages|[\\/]lib[\\/]python\d|<frozen |node_modules|node:internal/;

/** Python, JavaScript and Java frames; a line of code belongs to the frame above it. */
export function readStack(text: string): StackLine[] {
  let foreign = false;
  return text
    .replace(/\n+$/, "")
    .split("\n")
    .map((line) => {
      if (PYTHON_FRAME.test(line) || /^\s+at\s/.test(line)) {
        foreign = FOREIGN.test(line);
        return { text: line, kind: "frame", foreign };
      }
      if (/^\s{4,}\S/.test(line)) return { text: line, kind: "code", foreign };
      foreign = false;
      return { text: line, kind: "other", foreign };
    });
}

export function ErrorBox({ error }: { error: NonNullable<Span["error"]> }) {
  const [open, setOpen] = useState(true);
  const lines = useMemo(() => readStack(error.stacktrace), [error.stacktrace]);
  const whole = [`${error.type}: ${error.message}`, error.stacktrace].filter(Boolean).join("\n");
  return (
    <section class="error-box" aria-label="Error">
      <header class="row">
        <Icon name="error" />
        <strong class="mono">{error.type || "Error"}</strong>
        <span class="grow" />
        {error.stacktrace && (
          <button
            type="button"
            class="button button-quiet"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            Stack
          </button>
        )}
        <CopyButton text={whole} label="Copy the error" />
      </header>
      {error.message && <p class="error-message">{error.message}</p>}
      {open && error.stacktrace && (
        <pre class="stack-trace" tabIndex={0}>
          {lines.map((line, i) => (
            <div key={i} class={`stack-${line.kind}${line.foreign ? " stack-foreign" : ""}`}>
              {line.text || " "}
            </div>
          ))}
        </pre>
      )}
    </section>
  );
}
