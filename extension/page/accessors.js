// Looks at elements and the document past what a page's names put in the way.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
//
// A form's controls take, by their names, the place of the form's own properties, in every world: `<input
// name=parentElement>` makes `form.parentElement` that input. The document's images, forms and frames do the same in the
// page's world; Chromium spares the others, which nothing promises. What may meet a form or the document therefore goes
// through these functions, which use the prototypes' own. They are written out one by one on purpose: the engine inlines
// such calls, but not those of closures that are made in a loop.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

  /** @param {object} prototype @param {string} name @returns {() => any} */
  const getter = (prototype, name) => /** @type {any} */ (Object.getOwnPropertyDescriptor(prototype, name)).get;

  const { getAttribute, hasAttribute, hasAttributes, matches, closest, querySelectorAll } = Element.prototype;
  const { checkVisibility, getBoundingClientRect, getClientRects, scrollIntoView, getAnimations } = Element.prototype;
  const { getRootNode } = Node.prototype;
  const tagName = getter(Element.prototype, 'tagName');
  const localName = getter(Element.prototype, 'localName');
  const shadowRoot = getter(Element.prototype, 'shadowRoot');
  const elementSlot = getter(Element.prototype, 'assignedSlot');
  const textSlot = getter(Text.prototype, 'assignedSlot');
  const children = getter(Element.prototype, 'children');
  const scrollHeight = getter(Element.prototype, 'scrollHeight');
  const clientHeight = getter(Element.prototype, 'clientHeight');
  const scrollWidth = getter(Element.prototype, 'scrollWidth');
  const clientWidth = getter(Element.prototype, 'clientWidth');
  const nodeType = getter(Node.prototype, 'nodeType');
  const parentElement = getter(Node.prototype, 'parentElement');
  const parentNode = getter(Node.prototype, 'parentNode');
  const firstChild = getter(Node.prototype, 'firstChild');
  const nextSibling = getter(Node.prototype, 'nextSibling');
  const childNodes = getter(Node.prototype, 'childNodes');
  const isConnected = getter(Node.prototype, 'isConnected');
  const ownerDocument = getter(Node.prototype, 'ownerDocument');
  const baseURI = getter(Node.prototype, 'baseURI');
  const textContent = getter(Node.prototype, 'textContent');
  const innerText = getter(HTMLElement.prototype, 'innerText');
  const isContentEditable = getter(HTMLElement.prototype, 'isContentEditable');
  const tabIndex = getter(HTMLElement.prototype, 'tabIndex');
  const { querySelectorAll: allOfDocument, elementFromPoint: fromPoint } = Document.prototype;
  const body = getter(Document.prototype, 'body');
  const documentElement = getter(Document.prototype, 'documentElement');
  const activeElement = getter(Document.prototype, 'activeElement');
  const title = getter(Document.prototype, 'title');

  /** Closed shadow roots that the debugger has opened for these scripts. @type {WeakMap<Element, ShadowRoot>} */
  const opened = new WeakMap();
  let anyOpened = false;

  t.openShadow = (host, root) => {
    opened.set(host, root);
    anyOpened = true;
  };

  t.dom = {
    attr: (element, name) => getAttribute.call(element, name),
    has: (element, name) => hasAttribute.call(element, name),
    hasAny: (element) => hasAttributes.call(element),
    matches: (element, selector) => matches.call(element, selector),
    closest: (element, selector) => closest.call(element, selector),
    queryAll: (element, selector) => querySelectorAll.call(element, selector),
    // What stands in the place of a text or a number is no text and no number: the common way is the fast one.
    tag: (element) => {
      const tag = element.tagName;
      return typeof tag === 'string' ? tag : tagName.call(element);
    },
    local: (element) => {
      const name = element.localName;
      return typeof name === 'string' ? name : localName.call(element);
    },
    type: (node) => {
      const type = node.nodeType;
      return typeof type === 'number' ? type : nodeType.call(node);
    },
    shadow: (element) => shadowRoot.call(element) ?? ((anyOpened && opened.get(element)) || null),
    slot: (node) => (t.dom.type(node) === 1 ? elementSlot.call(node) : t.dom.type(node) === 3 ? textSlot.call(node) : null),
    parent: (node) => parentElement.call(node),
    parentNode: (node) => parentNode.call(node),
    first: (node) => firstChild.call(node),
    next: (node) => nextSibling.call(node),
    nodes: (node) => childNodes.call(node),
    children: (element) => children.call(element),
    rootOf: (node) => getRootNode.call(node),
    isConnected: (node) => isConnected.call(node),
    documentOf: (node) => ownerDocument.call(node),
    text: (node) => textContent.call(node) ?? '',
    innerText: (element) => (element instanceof HTMLElement ? innerText.call(element) : ''),
    isEditable: (element) => element instanceof HTMLElement && isContentEditable.call(element),
    tabIndex: (element) => (typeof element.tabIndex === 'number' || !(element instanceof HTMLElement) ? element.tabIndex : tabIndex.call(element)),
    isVisible: (element, options) => checkVisibility.call(element, options),
    box: (element) => getBoundingClientRect.call(element),
    boxes: (element) => getClientRects.call(element),
    animations: (element) => getAnimations.call(element),
    scrolls: (element) =>
      scrollHeight.call(element) > clientHeight.call(element) || scrollWidth.call(element) > clientWidth.call(element),
    scrollTo: (element) => scrollIntoView.call(element, { block: 'center', inline: 'center', behavior: 'instant' }),
    all: (selector) => allOfDocument.call(document, selector),
    at: (x, y) => fromPoint.call(document, x, y),
    body: () => body.call(document),
    root: () => documentElement.call(document),
    active: () => activeElement.call(document),
    title: () => title.call(document),
    base: () => baseURI.call(document),
  };
})();
