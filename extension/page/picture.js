// Pictures of elements: which part of one can be seen.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /**
   * The part of the ref's element that the boxes around it and its frame let be seen, in the frame's viewport, scrolled
   * into view; `cut` if that is not all of it.
   */
  t.partOf = async ({ ref }) => {
    const box = await t.boxOf({ ref });
    if ('stale' in box) return box;
    let { x: left, y: top } = box;
    let [right, bottom] = [left + box.width, top + box.height];
    const clip = (/** @type {{left: number, top: number, right: number, bottom: number}} */ by) => {
      [left, top] = [Math.max(left, by.left), Math.max(top, by.top)];
      [right, bottom] = [Math.min(right, by.right), Math.min(bottom, by.bottom)];
    };
    const element = /** @type {AnyElement} */ (t.lookup(ref));
    let { position } = getComputedStyle(element);
    for (let at = t.parentOf(element); at && at !== dom.body() && at !== dom.root(); at = t.parentOf(at)) {
      const style = getComputedStyle(at);
      // What is taken out of the flow is cut off by the box that it is placed in, and not by those in between.
      if (position === 'fixed') break;
      if (position === 'absolute' && style.position === 'static') continue;
      if (style.overflow !== 'visible') clip(dom.box(at));
      position = style.position;
    }
    // A picture reaches beyond the tab's viewport, but not beyond that of a frame.
    if (t.frame !== 0) clip({ left: 0, top: 0, right: innerWidth, bottom: innerHeight });
    const [width, height] = [Math.max(0, right - left), Math.max(0, bottom - top)];
    return { x: left, y: top, width, height, cut: width < box.width - 1 || height < box.height - 1 };
  };
})();
