// Dragging: whether the page lets the browser carry an element, and what became of it.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

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
})();
