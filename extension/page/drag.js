// Dragging: whether the page lets the browser carry an element, and what became of it.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** @type {DragEvent | null} */
  let begun = null;
  /** @type {DragEvent | null} */
  let ended = null;
  let heard = () => {};

  const note = (/** @type {DragEvent} */ event) => {
    if (event.type === 'dragstart') begun = event;
    else ended = event;
    heard();
  };

  /** Listens for the beginning and the end of a drag. */
  t.watchDrag = () => {
    begun = null;
    ended = null;
    window.addEventListener('dragstart', note, { capture: true });
    window.addEventListener('dragend', note, { capture: true });
  };

  /** Whether the browser carries what the page lets be dragged; a page that prevents it follows the mouse by itself. */
  t.dragBegan = () => begun !== null && !begun.defaultPrevented;

  /** Waits for at most `ms` for the end of the drag: the effect of its drop, `none` if nothing took it, or null. */
  t.dragEnded = async ({ ms }) => {
    if (!ended) {
      await new Promise((/** @type {(value?: any) => void} */ resolve) => {
        heard = resolve;
        setTimeout(resolve, ms);
      });
    }
    window.removeEventListener('dragstart', note, { capture: true });
    window.removeEventListener('dragend', note, { capture: true });
    return ended?.dataTransfer?.dropEffect ?? null;
  };

  let dropHeard = false;
  const noteDrop = () => (dropHeard = true);

  /** Listens for a drop. */
  t.watchDrop = () => {
    dropHeard = false;
    window.addEventListener('drop', noteDrop, { capture: true });
  };

  /** Whether there was a drop since it was listened for: a browser drops nothing where nothing takes it. */
  t.dropHeard = () => {
    window.removeEventListener('drop', noteDrop, { capture: true });
    return dropHeard;
  };

  /**
   * Drops the files that were taken, and data by media type, onto the middle of the ref's element, as the browser would:
   * whether something took it.
   */
  t.drop = ({ ref, data }) => {
    const element = t.element({ ref });
    if (!element) return false;
    const { left, top, width, height } = dom.box(element);
    const at = { clientX: left + width / 2, clientY: top + height / 2 };
    const hit = t.elementAt(at.clientX, at.clientY);
    const target = hit && t.isWithin(hit, element) ? hit : element;
    const dataTransfer = t.takeTransfer();
    for (const [type, value] of Object.entries(data)) dataTransfer.setData(type, value);
    dataTransfer.effectAllowed = 'all';
    const tell = (/** @type {string} */ type, cancelable = true) =>
      !target.dispatchEvent(
        new DragEvent(type, { ...at, dataTransfer, bubbles: true, cancelable, composed: true, view: window }),
      );
    tell('dragenter');
    if (tell('dragover')) {
      tell('drop');
      return true;
    }
    tell('dragleave', false);
    const field = t.fieldOf(target);
    if (dom.tag(field) !== 'INPUT' || field.type !== 'file' || t.isDisabled(field)) return false;
    field.files = dataTransfer.files;
    t.announce(field);
    return true;
  };
})();
