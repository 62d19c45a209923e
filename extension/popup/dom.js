/** What the parts of the popup share. */

/** @param {string} id @returns {HTMLElement} */
export function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** A status that is written again is read out again: only what changed is written. @param {HTMLElement} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {keyof HTMLElementTagNameMap} tag @param {string} text */
export function withText(tag, text) {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
}

/** @param {string} text @param {(event: MouseEvent) => void} press */
export function button(text, press) {
  const node = document.createElement('button');
  node.type = 'button';
  node.textContent = text;
  node.addEventListener('click', press);
  return node;
}

/** A button alone does not say what it allows: its row does, for who hears it. @param {HTMLElement} item @param {HTMLElement} text @param {string} key */
export function describe(item, text, key) {
  text.id = `text ${key}`.replaceAll(' ', '-');
  for (const each of item.querySelectorAll('button')) each.setAttribute('aria-describedby', text.id);
}

/** Where the colour of a client's tab group is shown. */
export function mark() {
  const node = document.createElement('span');
  node.className = 'mark';
  node.setAttribute('aria-hidden', 'true');
  return node;
}

/** @param {HTMLElement} mark @param {string} colour */
export function paint(mark, colour) {
  mark.style.background = COLOURS[colour] ?? colour;
}

/**
 * Brings a list up to date. What stays is neither made anew nor moved, so that the keyboard keeps its place and nothing
 * jumps away under the mouse.
 *
 * @template T
 * @param {HTMLElement} list
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} make
 * @param {(node: HTMLElement, item: T) => void} show
 */
export function keyed(list, items, keyOf, make, show) {
  const keys = new Set(items.map(keyOf));
  for (const node of [...list.children]) if (!keys.has(keyIn(node))) node.remove();
  const known = new Map([...list.children].map((node) => [keyIn(node), /** @type {HTMLElement} */ (node)]));
  items.forEach((item, at) => {
    const node = known.get(keyOf(item)) ?? make(item);
    node.dataset.key = keyOf(item);
    if (list.children[at] !== node) list.insertBefore(node, list.children[at] ?? null);
    show(node, item);
  });
}

/** @param {Element} node */
function keyIn(node) {
  return /** @type {HTMLElement} */ (node).dataset.key ?? '';
}

/** @type {Record<string, string>} Chromium's own colours of tab groups; CSS knows most of the names as harsher ones. */
const COLOURS = {
  blue: '#1a73e8',
  green: '#188038',
  purple: '#a142f4',
  orange: '#e8710a',
  cyan: '#007b83',
  pink: '#d01884',
  red: '#d93025',
  yellow: '#f9ab00',
};
