// What of a walk is shown: only what can be acted on, only what is in view, only so deep.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

  /** @param {string} text */
  const words = (text) => new Set(text.split(' '));

  /** What is no control and tells where one is. */
  const TOLD = words('heading iframe alert status');
  /** What is shown as soon as it holds anything that is. */
  const PLACES = words(
    'alertdialog article banner complementary contentinfo dialog feed form grid group main menu menubar navigation ' +
      'radiogroup region row search table tablist tabpanel toolbar tree treegrid listbox',
  );

  /** Leaves of a walk what was asked for; the tree is changed. */
  t.choose = (top, { level, viewport, depth }) => {
    if (level === 'interactive') top.kids = controls(top.kids);
    if (viewport) top.kids = top.kids.filter(isInView);
    if (depth !== undefined) cutBelow(top, depth);
    return top;
  };

  /** @param {TabmuxNode[]} nodes @returns {TabmuxNode[]} */
  function controls(nodes) {
    return nodes.flatMap((node) => {
      const kids = controls(node.kids);
      const own = node.clickable || t.INTERACTIVE.has(node.role) || TOLD.has(node.role);
      if (!own && !(PLACES.has(node.role) && kids.length > 0)) return kids;
      // A row is known by what it says, and what can be clicked by its text, when their lines below are left out.
      if (node.role === 'row' || kids.length === 0) node.bare = false;
      if (kids.length > 0 || node.kids.length !== 1 || node.kids[0].role !== 'text') node.kids = kids;
      return [node];
    });
  }

  /** Whether any of it is in the viewport; what is below it and is not is left out. @param {TabmuxNode} node @returns {boolean} */
  function isInView(node) {
    if (node.role === 'text') return touches(textBox(node.dom));
    const { length } = node.kids;
    node.kids = node.kids.filter(isInView);
    return node.kids.length > 0 || (touches(t.dom.box(node.element)) && length === 0) || isSeenItself(node);
  }

  /** What has lines of its own, none of them in view, and can be acted on is seen all the same. @param {TabmuxNode} node */
  function isSeenItself({ role, clickable, element }) {
    return (clickable === true || t.INTERACTIVE.has(role)) && touches(t.dom.box(element));
  }

  /** @param {Node} node */
  function textBox(node) {
    const range = new Range();
    range.selectNodeContents(node);
    return range.getBoundingClientRect();
  }

  /** @param {DOMRect} box */
  function touches({ top, bottom, left, right, width, height }) {
    if (width === 0 && height === 0) return false;
    return bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
  }

  /** Takes away what is more than `depth` lines deep. @param {TabmuxNode} node @param {number} depth */
  function cutBelow(node, depth) {
    for (const kid of t.kidsOf(node)) {
      const skipped = t.lineOf(kid).skip;
      if (!skipped && depth <= 1) {
        const hidden = t.countOf(kid) - 1;
        if (hidden > 0) Object.assign(kid, { cut: hidden, kids: [] });
      } else cutBelow(kid, skipped ? depth : depth - 1);
    }
  }
})();
