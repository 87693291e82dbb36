// SPDX-License-Identifier: Apache-2.0
// The search text as the page needs it: cut into tokens so that facets can add
// and remove terms and suggestions know what is being typed.  The server alone
// decides what a query means (docs/query-language.md).

export type TokenKind = "term" | "word" | "open" | "close" | "operator";

export interface Token {
  kind: TokenKind;
  text: string;
  start: number;
  end: number;
}

/** One pass, never fails: an unclosed quote runs to the end. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const c = text.charAt(at);
    if (/\s/.test(c)) at++;
    else if (c === "(" || c === ")") {
      tokens.push({ kind: c === "(" ? "open" : "close", text: c, start: at, end: at + 1 });
      at++;
    } else {
      const end = tokenEnd(text, at);
      tokens.push(makeToken(text, at, end));
      at = end;
    }
  }
  return tokens;
}

/** A regular expression, /re/i, that begins here; the slash of a path is none. */
const REGEX = /\/(?:\\[^]|[^/\\])+\/[ims]*(?=[\s()]|$)/y;

function regexEnd(text: string, start: number, at: number): number | null {
  if (text.charAt(at) !== "/" || !/^-*$|:$|!=$/.test(text.slice(start, at))) return null;
  REGEX.lastIndex = at;
  return REGEX.test(text) ? REGEX.lastIndex : null;
}

/** A list of values, `field:(a, b)`, belongs to its term; so does all of a regular expression. */
function tokenEnd(text: string, start: number): number {
  let at = start;
  let depth = 0;
  while (at < text.length) {
    const c = text.charAt(at);
    const behind = depth === 0 ? regexEnd(text, start, at) : null;
    if (behind !== null) at = behind;
    else if (c === '"') at = quoteEnd(text, at);
    else if (c === "(" && (depth > 0 || text.charAt(at - 1) === ":")) {
      depth++;
      at++;
    } else if (c === ")" && depth > 0) {
      depth--;
      at++;
      if (depth === 0) return at;
    } else if (depth === 0 && /[\s()]/.test(c)) return at;
    else at++;
  }
  return at;
}

function quoteEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text.charAt(at) === "\\") at++;
    else if (text.charAt(at) === '"') return at + 1;
  }
  return text.length;
}

const TERM = /^-?[A-Za-z_][\w.@/-]*(?::|>=|<=|!=|>|<|=)/;

function makeToken(text: string, start: number, end: number): Token {
  const part = text.slice(start, end);
  const kind = /^(and|or|not)$/i.test(part) ? "operator" : TERM.test(part) ? "term" : "word";
  return { kind, text: part, start, end };
}

/** A slash in front may begin a regular expression. */
const PLAIN_VALUE = /^(?!\/)[^\s()"<>=*\\,\p{C}]+$/u;

/**
 * Quotes a value where the language would read it as something else, and only
 * there: quotes also say that the value is text, which a number is not.
 */
export function quoteValue(value: string): string {
  if (PLAIN_VALUE.test(value) && !value.includes("..")) return value;
  return `"${value.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\t/g, "\\t").replace(/\r/g, "\\r")}"`;
}

const PLAIN_FIELD = /^[A-Za-z_][\w.-]*$/;

/** `tag.tier` and the value `free` as a term. */
export function makeTerm(field: string, value: string, negated = false): string {
  return `${negated ? "-" : ""}${quoteField(field)}:${quoteValue(value)}`;
}

export function quoteField(field: string): string {
  if (PLAIN_FIELD.test(field)) return field;
  const dot = field.indexOf(".");
  const prefix = dot > 0 && /^[a-z]+$/.test(field.slice(0, dot)) ? field.slice(0, dot + 1) : "";
  return `${prefix}"${field.slice(prefix.length).replace(/[\\"]/g, "\\$&")}"`;
}

export function hasTerm(query: string, term: string): boolean {
  return tokenize(query).some((t) => t.text === term);
}

/** Takes the term out if it is there; else adds it and takes out its opposite. */
export function toggleTerm(query: string, term: string): string {
  if (hasTerm(query, term)) return removeTerm(query, term);
  const opposite = term.startsWith("-") ? term.slice(1) : `-${term}`;
  return appendTerm(removeTerm(query, opposite), term);
}

export function removeTerm(query: string, term: string): string {
  const kept: string[] = [];
  let last = 0;
  for (const token of tokenize(query)) {
    if (token.text !== term) continue;
    kept.push(query.slice(last, token.start).trimEnd());
    last = token.end;
  }
  kept.push(query.slice(last));
  return kept
    .join("")
    .replace(/\s+/g, (s) => (s.includes("\n") ? s : " "))
    .trim();
}

/** An `or` at the top binds weaker than the new term: it gets parentheses. */
export function appendTerm(query: string, term: string): string {
  const text = query.trim();
  if (text === "") return term;
  return hasTopLevelOr(text) ? `(${text}) ${term}` : `${text} ${term}`;
}

function hasTopLevelOr(text: string): boolean {
  let depth = 0;
  for (const token of tokenize(text)) {
    if (token.kind === "open") depth++;
    else if (token.kind === "close") depth--;
    else if (depth === 0 && token.kind === "operator" && token.text.toLowerCase() === "or") return true;
  }
  return false;
}
