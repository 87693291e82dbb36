// SPDX-License-Identifier: Apache-2.0
// The same question for the command line.

/** As one word of a POSIX shell. */
export function shellQuote(text: string): string {
  return /^[\w.:/=@%+-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}

interface Asked {
  project: string;
  query: string;
  bounds: { from?: string; to?: string };
}

export function shellCommand({ project, query, bounds }: Asked, url = location.origin): string {
  const options = [
    ["--url", url],
    ["--project", project],
    ["--where", query],
    ["--from", bounds.from ?? ""],
    ["--to", bounds.to ?? ""],
  ].filter(([, value]) => value !== "");
  const words = options.flatMap(([name = "", value = ""]) => [name, shellQuote(value)]);
  return ["vireo", "export", "traces.parquet", ...words].join(" ");
}
