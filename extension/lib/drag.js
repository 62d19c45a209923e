import { FrameGone } from './page.js';

/**
 * @import {Call} from './call.js'
 * @import {Frame, Page} from './page.js'
 *
 * @typedef {{x: number, y: number}} Point
 *
 * A place that a drag begins or ends at: `inTab` in the coordinates of the tab, `point` in those of its frame's own process.
 * @typedef {{frame: Frame, inTab: Point, point: Point}} Place
 */

/**
 * One drag with the mouse, from the press to the release; whatever ends it before, nothing stays held.
 *
 * A page follows the mouse by itself, or it lets the browser carry the element (HTML's drag and drop). The browser's own
 * drag would take the person's mouse, so that it is intercepted: from then on the page hears of it through drag events.
 * Neither mouse nor drag events find their way into frames of other processes reliably: each process gets its own.
 */
export class Drag {
  /** Whether it came to its end, so that what the page does then was done. */
  dropped = false;
  /** Whether the page said that nothing took what was dropped. */
  refused = false;
  #held = false;
  #over = false;
  /** What the browser would carry. @type {object | null} */
  #carried = null;
  /** @type {Point} */
  #at = { x: 0, y: 0 };

  /** @param {Page} page @param {Place} start */
  constructor(page, start) {
    this.page = page;
    this.call = page.call;
    this.start = start;
    this.source = start.frame.sessionId;
    this.loaderId = this.call.session.document.loaderId;
  }

  /** The mouse is at the start already. @param {() => Promise<Place>} target Where it is dropped; asked for when the drag has begun, since pages make room then. */
  async run(target) {
    const { call } = this;
    const off = call.session.on('Input.dragIntercepted', ({ data }) => (this.#carried = data));
    const letGo = () => this.#letGo();
    // At once when the call is over, so that the next call on the tab finds the mouse free.
    call.signal.addEventListener('abort', letGo);
    try {
      for (const session of this.#sessions()) await call.send('Input.setInterceptDrags', { enabled: true }, session);
      await this.#begin();
      const end = await target();
      if (this.#carried) await this.#carryTo(end);
      else await this.#moveTo(this.#seenFromStart(end));
    } finally {
      off();
      call.signal.removeEventListener('abort', letGo);
      this.#letGo();
    }
  }

  /** Presses, and moves far enough to be understood as a drag. */
  async #begin() {
    const { x, y } = this.start.point;
    await this.page.run(this.start.frame, 'watchDrag');
    this.#held = true;
    await this.#mouse('mousePressed', { x, y });
    await this.#mouse('mouseMoved', { x: x + THRESHOLD / 2, y: y + THRESHOLD / 2 });
    await this.#mouse('mouseMoved', { x: x + THRESHOLD, y: y + THRESHOLD });
    if (!(await this.#ask('dragBegan'))) return;
    const { session, signal } = this.call;
    await this.call.race(session.until(() => this.#carried !== null, { signal, timeoutMs: CARRY_PATIENCE_MS }));
  }

  /** Drags a page's own way. @param {Point} to */
  async #moveTo(to) {
    for (const point of way(this.#at, to)) await this.#mouse('mouseMoved', point);
    if (this.#gone()) return;
    this.#over = true;
    await this.#mouse('mouseReleased', to);
    this.dropped = true;
  }

  /** Drags what the browser carries. @param {Place} end */
  async #carryTo({ frame, point }) {
    const target = frame.sessionId;
    const near = target === this.source;
    await this.#carry('dragEnter', near ? this.start.point : point, target);
    for (const step of near ? way(this.start.point, point) : [point, point]) await this.#carry('dragOver', step, target);
    if (this.#gone()) return;
    this.#over = true;
    await this.#carry('drop', point, target);
    this.dropped = true;
    this.refused = (await this.#ask('dragEnded', { ms: END_PATIENCE_MS })) === 'none';
    // The process that it came from does not always hear of a drop in another, and would wait for it for ever.
    if (!near) await this.#carry('dragCancel', this.start.point, this.source);
  }

  /** Ends what is held without a drop, without waiting for it. */
  #letGo() {
    const { session } = this.call;
    if (!session.attached) return;
    const send = (/** @type {string} */ method, /** @type {object} */ params, /** @type {string | undefined} */ to) =>
      session.send(method, params, to).catch(() => {});
    if (this.#held && !this.#over) {
      this.#over = true;
      if (this.#carried) send('Input.dispatchDragEvent', this.#drag('dragCancel', this.start.point), this.source);
      else send('Input.dispatchMouseEvent', { ...this.#at, ...RELEASED }, this.source);
    }
    for (const id of this.#sessions()) send('Input.setInterceptDrags', { enabled: false }, id);
  }

  /** A place in the coordinates of the process that holds the mouse. @param {Place} end @returns {Point} */
  #seenFromStart({ frame, inTab, point }) {
    if (frame.sessionId === this.source) return point;
    const { start } = this;
    return { x: start.point.x + inTab.x - start.inTab.x, y: start.point.y + inTab.y - start.inTab.y };
  }

  /** The sessions whose mouse may begin a drag. */
  #sessions() {
    return new Set([undefined, this.source]);
  }

  /** What the page says of the drag where it began; null when that place is gone. @param {string} name @param {object} [args] */
  async #ask(name, args) {
    if (this.#gone()) return null;
    try {
      return await this.page.run(this.start.frame, name, args);
    } catch (error) {
      if (error instanceof FrameGone) return null;
      throw error;
    }
  }

  /** @param {'mouseMoved' | 'mousePressed' | 'mouseReleased'} type @param {Point} point */
  async #mouse(type, point) {
    if (this.#gone()) return;
    this.#at = point;
    await this.call.send('Input.dispatchMouseEvent', { ...point, ...this.#buttons(type) }, this.source);
  }

  /** @param {string} type */
  #buttons(type) {
    if (type === 'mouseReleased') return RELEASED;
    return { type, button: 'left', buttons: 1, clickCount: 1 };
  }

  /** @param {string} type @param {Point} point @param {string} [session] */
  async #carry(type, point, session) {
    if (!this.#gone()) await this.call.send('Input.dispatchDragEvent', this.#drag(type, point), session);
  }

  /** @param {string} type @param {Point} point */
  #drag(type, point) {
    return { type, ...point, data: this.#carried };
  }

  /** Whether the page went away under the drag: the next one must not be dragged about in. */
  #gone() {
    return this.call.session.document.loaderId !== this.loaderId;
  }
}

/** The points on the way, the last one twice: some pages look where they are in one event and act upon it in the next. @param {Point} from @param {Point} to */
function way(from, to) {
  const parts = Array.from({ length: STEPS }, (_, step) => (step + 1) / STEPS);
  return [...parts.map((part) => ({ x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part })), to];
}

const RELEASED = { type: 'mouseReleased', button: 'left', buttons: 0, clickCount: 1 };
/** Chromium takes a press for a drag after three pixels; libraries wait for up to ten. */
const THRESHOLD = 8;
/** Pages that sort look at what they pass over. */
const STEPS = 10;
/** Between the page's consent and the browser's word lie a few milliseconds. */
const CARRY_PATIENCE_MS = 1_000;
/** The end of a drag is told at once, unless what was dragged has left the page. */
const END_PATIENCE_MS = 200;
