// SPDX-License-Identifier: Apache-2.0
// A text with segments over it, cut where one begins or ends.  Segments count characters
// as Python does, by code point; the runs hold JavaScript strings.
//
// Those that overlap get lanes: beneath the text each has a line of its own, which stays in
// its lane from its start to its end.

export interface Segment {
  start: number; // the first character
  end: number; // the one behind the last
}

export interface Run {
  text: string;
  /** Indices of the segments that cover it, in their order. */
  over: number[];
}

/** The lowest free lane for each, those that begin first first; longer ones before shorter. */
export function lanesOf(segments: readonly Segment[]): number[] {
  const order = segments
    .map((s, index) => ({ ...s, index }))
    .sort((a, b) => a.start - b.start || b.end - a.end || a.index - b.index);
  const lanes = segments.map(() => 0);
  const ends: number[] = [];
  for (const s of order) {
    const free = ends.findIndex((end) => end <= s.start);
    const lane = free < 0 ? ends.length : free;
    lanes[s.index] = lane;
    ends[lane] = s.end;
  }
  return lanes;
}

export function textRuns(text: string, segments: readonly Segment[]): Run[] {
  const characters = Array.from(text);
  const clip = (at: number) => Math.max(0, Math.min(characters.length, Math.round(at)));
  const cuts = new Set([0, characters.length, ...segments.flatMap((s) => [clip(s.start), clip(s.end)])]);
  const places = [...cuts].sort((a, b) => a - b);
  return places.slice(0, -1).map((from, i) => {
    const to = places[i + 1] ?? from;
    const over = segments.flatMap((s, index) => (clip(s.start) <= from && clip(s.end) >= to ? [index] : []));
    return { text: characters.slice(from, to).join(""), over };
  });
}

/** What a segment covers. */
export function coveredText(text: string, { start, end }: Segment): string {
  return Array.from(text).slice(Math.max(0, start), Math.max(0, end)).join("");
}
