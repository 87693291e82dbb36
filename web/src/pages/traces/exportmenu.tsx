// SPDX-License-Identifier: Apache-2.0
// The rows of the question as a file: CSV of the columns that are shown, or whole
// traces as JSON lines.  What is beyond the page's limits the command line exports.
import { useEffect, useRef, useState } from "preact/hooks";
import { collectCsv, collectJsonl, EXPORT_ROWS, EXPORT_TRACES } from "../../api/export";
import { asApiError, isAbort } from "../../api/http";
import type { Question, TraceList } from "../../api/tracelist";
import { shellCommand } from "../../lib/shell";
import { formatCount, plural } from "../../lib/format";
import { Button } from "../../parts/button";
import { Menu } from "../../parts/menu";
import { saveFile } from "../../state/download";
import { copyText, showToast } from "../../state/toast";
import { csvHead, csvRows } from "./csv";
import { layoutOf, shownColumns } from "./layout";

interface Props {
  question: Question;
  list: TraceList;
  /** How many match, where that is known. */
  total: number | undefined;
}

interface Progress {
  done: number;
  of: number | null;
}

export function ExportMenu({ question, list, total }: Props) {
  const [progress, setProgress] = useState<Progress | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const { project } = question;
  const columns = () => shownColumns(layoutOf(project).get());
  const run = async (
    limit: number,
    collect: (signal: AbortSignal, told: (done: number) => void) => Promise<void>,
  ) => {
    const controller = new AbortController();
    running.current = controller;
    const of = total === undefined ? null : Math.min(total, limit);
    setProgress({ done: 0, of });
    try {
      await collect(controller.signal, (done) => setProgress({ done, of }));
      showToast(
        total !== undefined && total > limit
          ? `The first ${formatCount(limit)} of ${formatCount(total)}; the command line exports all`
          : "Exported",
      );
    } catch (error) {
      if (!isAbort(error)) showToast(`The export stopped: ${asApiError(error).message}`, "error");
    } finally {
      running.current = null;
      setProgress(null);
    }
  };
  const pick = (id: string) => {
    if (id === "link") void copyText(location.href, "Link copied");
    else if (id === "shell") void copyText(shellCommand(question), "Command copied");
    else if (id === "csv")
      void run(EXPORT_ROWS, async (signal, told) => {
        const shown = columns();
        const parts = await collectCsv(question, (traces) => csvRows(shown, traces), signal, told);
        saveFile(`${project}-traces.csv`, [csvHead(shown), ...parts], "text/csv");
      });
    else if (id === "jsonl")
      void run(EXPORT_TRACES, async (signal, told) => {
        saveFile(
          `${project}-traces.jsonl`,
          await collectJsonl(question, signal, told),
          "application/x-ndjson",
        );
      });
    else {
      const shown = columns();
      saveFile(`${project}-traces.csv`, csvHead(shown) + csvRows(shown, list.kept()), "text/csv");
    }
  };
  if (progress)
    return (
      <span class="export-progress" role="status">
        <progress max={progress.of ?? undefined} value={progress.of === null ? undefined : progress.done} />
        {plural(progress.done, "trace")}
        <Button look="quiet" onClick={() => running.current?.abort()}>
          Stop
        </Button>
      </span>
    );
  const upTo = (limit: number) => formatCount(total === undefined ? limit : Math.min(total, limit));
  return (
    <Menu
      label="Export"
      title="Export"
      icon="download"
      look="quiet"
      align="right"
      items={[
        {
          id: "csv",
          label: `${upTo(EXPORT_ROWS)} rows as CSV`,
          detail: `at most ${formatCount(EXPORT_ROWS)}`,
        },
        {
          id: "jsonl",
          label: `${upTo(EXPORT_TRACES)} whole traces as JSON lines`,
          detail: `at most ${formatCount(EXPORT_TRACES)}`,
        },
        { id: "loaded", label: `The ${formatCount(list.kept().length)} rows in sight as CSV` },
        { id: "shell", label: "Copy the command for Parquet", detail: "no limit" },
        { id: "link", label: "Copy a link to this view" },
      ]}
      onPick={pick}
    />
  );
}
