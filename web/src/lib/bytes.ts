// SPDX-License-Identifier: Apache-2.0
// The server counts bytes of UTF-8 where the page counts UTF-16 units.

const encoder = new TextEncoder();

/** The byte at which a character stands. */
export function byteOffset(text: string, index: number): number {
  return encoder.encode(text.slice(0, index)).length;
}

/** The character that holds a byte; the length for what is behind the end. */
export function charIndex(text: string, byte: number): number {
  let at = 0;
  let bytes = 0;
  for (const c of text) {
    bytes += encoder.encode(c).length;
    if (bytes > byte) return at;
    at += c.length;
  }
  return text.length;
}
