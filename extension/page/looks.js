// What an element without a name looks like, as far as words can tell: its kind, its classes, its picture or its colour.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** More classes than this are about layout. */
  const MOST_CLASSES = 3;
  /** An id or a class that is longer was made by a machine. */
  const LONGEST_WORD = 30;

  /** Such as `span.trash, delete.png` or `circle#p1, #ff0000`. */
  t.looksOf = (element) => {
    const style = getComputedStyle(element);
    const seen = pictureOf(element, style) || colourOf(element, style);
    return seen ? `${selectorOf(element)}, ${seen}` : selectorOf(element);
  };

  /** @param {AnyElement} element */
  function selectorOf(element) {
    const id = dom.attr(element, 'id') ?? '';
    const classes = (dom.attr(element, 'class') ?? '').split(/\s+/).filter(isShort);
    const marked = classes.slice(0, MOST_CLASSES).map((name) => `.${name}`);
    return t.clean(`${dom.local(element)}${isShort(id) ? `#${id}` : ''}${marked.join('')}`);
  }

  /** @param {string} word */
  function isShort(word) {
    return word !== '' && word.length <= LONGEST_WORD;
  }

  /** The name of the file that is drawn in it or in its only child. @param {AnyElement} element @param {CSSStyleDeclaration} style */
  function pictureOf(element, style) {
    const inner = dom.children(element).length === 1 ? dom.first(element) : null;
    const drawn = [dom.attr(element, 'src'), style.content, style.backgroundImage, inner && dom.type(inner) === 1 && dom.attr(inner, 'src')];
    for (const source of drawn) {
      const file = /([^/"'()?#]+\.(?:png|svg|gif|jpe?g|webp|avif|ico))(?=$|["')?#])/i.exec(source || '');
      if (file) return t.shorten(t.clean(file[1]), LONGEST_WORD);
    }
    return '';
  }

  /** @param {AnyElement} element @param {CSSStyleDeclaration} style */
  function colourOf(element, style) {
    const drawn = element instanceof SVGElement ? style.fill : style.backgroundColor;
    const parts = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(drawn);
    return parts ? `#${parts.slice(1).map((part) => Number(part).toString(16).padStart(2, '0')).join('')}` : '';
  }
})();
