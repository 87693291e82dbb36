// SPDX-License-Identifier: Apache-2.0
// Lists higher than an element can be.  A browser's elements end at some height (18
// million pixels in Firefox, 33 in Chromium), which is half a million rows or so.  A longer
// list gets an element of `cap` pixels, and a place in the list is no longer the place of
// the scroller:
//
//   place of the list  0 ├──edge──┼───────── folded ─────────┼──edge──┤ full
//   top of scroller    0 ├──edge──┼───┤ squeezed ├───────────┼──edge──┤ cap
//
// Small moves (wheel, arrows, a page) go pixel by pixel everywhere: place and top then
// differ by a shift that stays, so that no row is passed over.  Large ones (the thumb, a
// link) go to the place that the map says.  What small moves add up to is put right when
// the scroller rests: the top is set anew and the shift with it, which nobody sees.  At
// both ends the map is one to one, so that the first and the last row stop the scroller.

/** Below what every browser can do. */
export const MAX_HEIGHT = 15_000_000;

const EDGE_SHARE = 1 / 32;

export class ScrollMap {
  /** Of the scroller, when it was last looked at. */
  private top = 0;
  private full = 0;
  private view = 0;
  /** What is to be taken from a row's place in the list to get that in the element. */
  shift = 0;

  constructor(readonly cap: number) {}

  /** How high the list is, and how much of it can be seen. */
  measure(full: number, view: number): void {
    if (full === this.full && view === this.view) return;
    this.full = full;
    this.view = view;
    if (!this.folded) this.shift = 0;
    else this.shift = Math.round(this.clamp(this.place) - this.top);
  }

  get folded(): boolean {
    return this.full > this.cap;
  }

  get height(): number {
    return Math.min(this.full, this.cap);
  }

  /** The pixel of the list that is at the top. */
  get place(): number {
    return this.top + this.shift;
  }

  get lastPlace(): number {
    return Math.max(0, this.full - this.view);
  }

  private get lastTop(): number {
    return Math.max(0, this.height - this.view);
  }

  private get edge(): number {
    return Math.min(this.height * EDGE_SHARE, this.lastTop / 4);
  }

  private clamp(place: number): number {
    return Math.max(0, Math.min(place, this.lastPlace));
  }

  /** Where the scroller stands for a place. */
  fold(place: number): number {
    const { edge, lastTop, lastPlace } = this;
    if (!this.folded || place <= edge) return place;
    if (place >= lastPlace - edge) return lastTop - (lastPlace - place);
    return edge + ((place - edge) * (lastTop - 2 * edge)) / (lastPlace - 2 * edge);
  }

  /** The other way. */
  unfold(top: number): number {
    const { edge, lastTop, lastPlace } = this;
    if (!this.folded || top <= edge) return top;
    if (top >= lastTop - edge) return lastPlace - (lastTop - top);
    return edge + ((top - edge) * (lastPlace - 2 * edge)) / (lastTop - 2 * edge);
  }

  /** A pixel of the thumb is many of the element: what is far less was no drag. */
  private isJump(distance: number): boolean {
    return Math.abs(distance) > Math.max(2 * this.view, this.height / Math.max(1, this.view) / 4);
  }

  /** The scroller moved to `top`. */
  moved(top: number): void {
    const distance = top - this.top;
    this.top = top;
    if (!this.folded) return;
    const place = this.isJump(distance) ? this.unfold(top) : this.place;
    this.shift = Math.round(this.clamp(place) - top);
  }

  /** The scroller cannot go on though the list does. */
  get stuck(): boolean {
    const { top, lastTop, place, lastPlace } = this;
    return (top <= 0 && place >= 1) || (top >= lastTop - 1 && place <= lastPlace - 2);
  }

  /** The top to set so that the place is as before, and where the map has it; null: it is. */
  settle(): number | null {
    return this.folded && Math.abs(this.fold(this.place) - this.top) >= 1 ? this.to(this.place) : null;
  }

  /** The top to set for a place. */
  to(place: number): number {
    const wanted = this.clamp(place);
    this.shift = this.folded ? Math.round(wanted - this.fold(wanted)) : 0;
    this.top = wanted - this.shift;
    return this.top;
  }

  /** What became of a top that was set. */
  set(top: number): void {
    this.top = top;
  }
}
