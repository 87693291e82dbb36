// SPDX-License-Identifier: Apache-2.0
// Fails the build when the page would need more than the server's policy gives:
// inline scripts, inline styles, foreign addresses; or when its first load is
// above its budget.
import { gzipSync } from "node:zlib";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const FIRST_LOAD_BYTES = 60_000;
const dist = join(import.meta.dirname, "..", "dist");
const html = readFileSync(join(dist, "index.html"), "utf8");
const problems = [];

if (/<script(?![^>]*\bsrc=)[^>]*>/.test(html)) problems.push("an inline script in index.html");
if (/<style|\sstyle=/.test(html)) problems.push("an inline style in index.html");
if (/\son\w+=/.test(html)) problems.push("an inline event handler in index.html");
if (/(?:src|href)="(?:https?:)?\/\//.test(html)) problems.push("a foreign address in index.html");

const firstLoad = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((m) => m[1]);
const size = (path) => gzipSync(readFileSync(path)).length;
const first = firstLoad.reduce((sum, name) => sum + size(join(dist, name)), gzipSync(html).length);
const all = readdirSync(join(dist, "assets")).reduce(
  (sum, name) => sum + size(join(dist, "assets", name)),
  0,
);
if (first > FIRST_LOAD_BYTES)
  problems.push(`the first load is ${first} bytes compressed, at most ${FIRST_LOAD_BYTES}`);

console.log(`page: first load ${(first / 1000).toFixed(1)} kB compressed, all ${(all / 1000).toFixed(1)} kB`);
for (const problem of problems) console.error(`page: ${problem}`);
process.exit(problems.length ? 1 : 0);
