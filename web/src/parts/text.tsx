// SPDX-License-Identifier: Apache-2.0
// Text that somebody logged: as it came; as Markdown on request; HTML only in a
// frame that may do nothing.
import { Suspense } from "preact/compat";
import { lazyPart } from "./lazy";
import { useState } from "preact/hooks";
import { looksLikeHtml, looksLikeMarkdown } from "../lib/shape";
import { Button } from "./button";

const Markdown = lazyPart(() => import("./markdown"), "The Markdown view");

const CUT = 4000;

type View = "text" | "markdown" | "html";

export function Text({ text }: { text: string }) {
  const [view, setView] = useState<View>("text");
  const [whole, setWhole] = useState(false);
  const other: View | null = looksLikeHtml(text) ? "html" : looksLikeMarkdown(text) ? "markdown" : null;
  const shown = whole ? text : text.slice(0, CUT);
  return (
    <div class="text-block">
      {other && (
        <div class="text-views" role="group" aria-label="View as">
          {(["text", other] as const).map((v) => (
            <button key={v} type="button" aria-pressed={view === v} onClick={() => setView(v)}>
              {v === "html" ? "HTML" : v === "markdown" ? "Markdown" : "Text"}
            </button>
          ))}
        </div>
      )}
      {view === "html" ? (
        <HtmlFrame html={text} />
      ) : view === "markdown" ? (
        <Suspense fallback={<pre class="text">{shown}</pre>}>
          <Markdown text={text} />
        </Suspense>
      ) : (
        <pre class="text">{shown}</pre>
      )}
      {view === "text" && !whole && text.length > CUT && (
        <Button look="quiet" onClick={() => setWhole(true)}>
          Show all {text.length} characters
        </Button>
      )}
    </div>
  );
}

/** No scripts, no forms, no same origin, no network: the frame has the page's policy and an empty sandbox. */
export function HtmlFrame({ html }: { html: string }) {
  return <iframe class="html-frame" title="Logged HTML, without scripts" sandbox="" srcdoc={html} />;
}
