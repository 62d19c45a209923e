// Acting: whether an element can be acted on, where, and what keeps it from that.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** A change of style on the page makes elements suspect of moving for so long, in milliseconds. */
  const RESTLESS_MS = 150;
  /** Changes of style are watched for so long after a call, in milliseconds: an idle page costs nothing. */
  const WATCH_MS = 30_000;
  /** What holds a document of its own. */
  t.FRAMES = 'iframe, frame, object, embed';
  /** What a click leads to or opens by itself, with or without a handler. */
  const LEADING = `a, area, summary, [popovertarget], [commandfor], input[type=file], ${t.FRAMES}`;
  /** What a person would say was clicked, when something in it was hit. */
  const ACTED_ON = 'a[href], button, input, select, textarea, summary, label, [role], iframe, frame, canvas, video';
  const LINK = 'a[href], area[href]';
  const SIDES = /** @type {const} */ (['left', 'top', 'width', 'height']);
  /** Boxes that differ by less than this many pixels are the same. */
  const STILL = 0.5;
  /** Frames after which a wait looks less often, and how often then, in milliseconds. */
  const EAGER_FRAMES = 30;
  const PATIENT_MS = 50;

  /** @type {MutationObserver | null} */
  let watcher = null;
  let watchedSince = 0;
  let restlessAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let watchTimer;

  /** Notes when styles change, so that an element that a script moves is not taken for a still one. */
  t.watchMotion = () => {
    clearTimeout(watchTimer);
    watchTimer = setTimeout(() => {
      watcher?.disconnect();
      watcher = null;
    }, WATCH_MS);
    if (watcher) return;
    watchedSince = performance.now();
    watcher = new MutationObserver(() => (restlessAt = performance.now()));
    watcher.observe(document, { subtree: true, attributes: true, attributeFilter: ['style', 'class', 'transform'] });
  };

  /**
   * Waits until the ref's element can be acted on, for at most `waitMs`: `{ok, label, ...}` with the point in the
   * frame's viewport for `kind: "click"`; `{stale}`; `{bad}` if it is no element for that; `{not, fix}` with what keeps it from it.
   */
  t.ready = async ({ ref, kind, waitMs }) => {
    t.watchMotion();
    const until = performance.now() + waitMs;
    let scrolled = false;
    for (let frame = 0; ; frame++) {
      const found = t.find(ref);
      if (found.stale) return found;
      if (found.owner)
        return {
          bad: `${ref} names folded lines, not an element.`,
          fix: `Open them with browser_snapshot ref=${ref}.`,
        };
      const target = kind === 'click' ? found.element : fieldOf(found.element);
      const label = `${found.role}${found.name ? ` ${JSON.stringify(found.name)}` : ''} [ref=${ref}]`;
      /** @type {TabmuxProblem | null | undefined} */
      let problem = unready(target);
      if (!problem && !inViewport(target)) {
        dom.scrollTo(target);
        scrolled = true;
        await nextFrame();
        problem = unready(target);
      }
      if (!problem && (scrolled || isRestless(target)) && !(await isStill(target))) problem = { not: 'it is moving' };
      scrolled = false;
      if (!problem) {
        if (kind !== 'click') return { ok: true, label };
        const point = pointOf(target);
        problem = point.problem;
        const { hit, x, y } = point;
        if (hit) {
          const leads = { opensTab: opensTab(hit), link: t.closest(hit, LINK) !== null };
          return { ok: true, label, x, y, ...leads, plain: isPlain(hit, target), own: isOwn(hit) };
        }
      }
      if (performance.now() >= until) return { ...problem, label };
      await (frame < EAGER_FRAMES ? nextFrame() : pause(PATIENT_MS));
    }
  };

  /**
   * The point of this frame's viewport where a point of the child frame in `ref` lies, or what keeps it from being
   * reached; the scale of a transformed frame is respected.
   */
  t.through = ({ ref, x, y, hit }) => {
    const frame = t.lookup(ref);
    if (!frame) return { not: 'its frame is gone' };
    let at = placeIn(frame, x, y);
    if (!hit || isReached(at)) return hit ? free(frame, at) : at;
    dom.scrollTo(frame);
    at = placeIn(frame, x, y);
    // A frame that is larger than the viewport: its middle is not where the point is.
    if (!isReached(at))
      window.scrollBy({ left: at.x - innerWidth / 2, top: at.y - innerHeight / 2, behavior: 'instant' });
    at = placeIn(frame, x, y);
    return isReached(at)
      ? free(frame, at)
      : { not: 'its frame is outside the viewport and cannot be scrolled into it' };
  };

  /**
   * What is at a point of the frame's viewport: `{label, opensTab}`, for a frame also `{frame}` with its ref and the point
   * within it; `{outside}` with the viewport's size beyond that.
   */
  t.hitAt = ({ x, y }) => {
    if (!isReached({ x, y })) return { outside: true, width: innerWidth, height: innerHeight };
    const hit = t.elementAt(x, y);
    if (!hit) return {};
    const named = t.closest(hit, ACTED_ON) ?? hit;
    const { role, name } = t.describe(named);
    const ref = t.show(named, role, name);
    const label = `${role}${name ? ` ${JSON.stringify(name)}` : ''} [ref=${ref}]`;
    if (!/^(IFRAME|FRAME)$/.test(dom.tag(hit))) return { label, opensTab: opensTab(hit) };
    const origin = placeIn(hit, 0, 0);
    const unit = placeIn(hit, 1, 1);
    const frame = { ref, x: (x - origin.x) / (unit.x - origin.x), y: (y - origin.y) / (unit.y - origin.y) };
    return { label, frame };
  };

  /** @param {AnyElement} frame @param {number} x @param {number} y */
  function placeIn(frame, x, y) {
    const box = frame.getBoundingClientRect();
    const style = getComputedStyle(frame);
    const scaleX = frame.offsetWidth ? box.width / frame.offsetWidth : 1;
    const scaleY = frame.offsetHeight ? box.height / frame.offsetHeight : 1;
    return {
      x: box.left + (frame.clientLeft + Number.parseFloat(style.paddingLeft) + x) * scaleX,
      y: box.top + (frame.clientTop + Number.parseFloat(style.paddingTop) + y) * scaleY,
    };
  }

  /** @param {TabmuxPoint} point */
  function isReached({ x, y }) {
    return x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
  }

  /** @param {AnyElement} frame @param {TabmuxPoint} at */
  function free(frame, at) {
    const top = t.elementAt(at.x, at.y);
    return top === frame ? at : { not: `its frame is covered by ${tagOf(top)}` };
  }

  /** Keeps the browser's own menu, which would open over what the person does, from a click with the right button; or no longer. */
  t.keepMenuShut = ({ on }) => {
    if (on) window.addEventListener('contextmenu', preventDefault);
    else window.removeEventListener('contextmenu', preventDefault);
  };

  /** @param {Event} event */
  function preventDefault(event) {
    event.preventDefault();
  }

  /** Whether a ref still names its element: `{ok}` or `{stale}`. */
  t.check = ({ ref }) => {
    const found = t.find(ref);
    return found.stale ? found : { ok: found.element !== undefined };
  };

  /** The element of a ref, for handing it to another world. */
  t.element = ({ ref }) => t.lookup(ref);

  /** The box of the ref's element in the frame's viewport, scrolled into view. */
  t.boxOf = async ({ ref }) => {
    const found = t.find(ref);
    if (found.stale) return found;
    const element = found.element ?? found.owner;
    if (!inViewport(element)) {
      dom.scrollTo(element);
      await nextFrame();
    }
    const { left, top, width, height } = dom.box(element);
    return { x: left, y: top, width, height };
  };

  /** The measures of the frame's viewport and document, in CSS pixels, and what kind of document it is. */
  t.view = () => {
    const root = dom.root();
    return {
      contentType: document.contentType,
      width: innerWidth,
      height: innerHeight,
      left: scrollX,
      top: scrollY,
      ratio: devicePixelRatio,
      documentWidth: Math.max(root.scrollWidth, innerWidth),
      documentHeight: Math.max(root.scrollHeight, dom.body()?.scrollHeight ?? 0, innerHeight),
    };
  };

  /** Resolves when the page has been laid out and painted as it stands. */
  t.painted = async () => {
    await nextFrame();
    await nextFrame();
  };

  /** The control that a label stands for, or the element itself. @param {AnyElement} element */
  function fieldOf(element) {
    return dom.tag(element) === 'LABEL' && element.control ? element.control : element;
  }
  t.fieldOf = fieldOf;

  /** @param {AnyElement} element */
  function unready(element) {
    const drawn = t.drawn(element);
    if (drawn !== 'shown') return { not: 'it is hidden', fix: 'Do what makes it appear first, then take a snapshot.' };
    if (t.closest(element, '[inert]'))
      return {
        not: 'it is inert: the page has switched this part off',
        fix: 'Finish what the page shows in front first.',
      };
    if (t.isDisabled(element))
      return { not: 'it is disabled', fix: 'Fill in what it depends on first, then try again.' };
    const box = dom.box(element);
    if ((box.width === 0 || box.height === 0) && boxesOf(element).length === 0)
      return { not: 'it has no size', fix: 'Act on a visible element instead.' };
    return null;
  }

  /** The boxes that an element is drawn in; those of its children if it has none of its own. @param {AnyElement} element */
  function boxesOf(element) {
    const own = [...dom.boxes(element)].filter((box) => box.width > 0 && box.height > 0);
    if (own.length > 0) return own;
    return [...dom.children(element)]
      .flatMap((child) => [...dom.boxes(child)])
      .filter((box) => box.width > 0 && box.height > 0);
  }

  /** Whether an element is drawn, in a box that has a size. */
  t.isSeen = (element) => t.drawn(element) === 'shown' && boxesOf(element).length > 0;

  /** The visible part of the largest box, or `null` if none reaches into the viewport. @param {AnyElement} element */
  function visibleBox(element) {
    let best = null;
    for (const box of boxesOf(element)) {
      const left = Math.max(box.left, 0);
      const top = Math.max(box.top, 0);
      const width = Math.min(box.right, innerWidth) - left;
      const height = Math.min(box.bottom, innerHeight) - top;
      if (width > 0 && height > 0 && (!best || width * height > best.width * best.height))
        best = { left, top, width, height };
    }
    return best;
  }

  /** Whether the middle of the element can be seen: in the viewport and in every box that scrolls on the way. @param {AnyElement} element */
  function inViewport(element) {
    const box = dom.box(element);
    const x = box.left + box.width / 2;
    const y = box.top + box.height / 2;
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return false;
    for (
      let at = t.parentOf(element);
      at && at !== dom.body() && at !== dom.root();
      at = t.parentOf(at)
    ) {
      if (!dom.scrolls(at)) continue;
      const outer = dom.box(at);
      if (outer.width === 0 || outer.height === 0) continue;
      if (
        (y < outer.top || y >= outer.bottom || x < outer.left || x >= outer.right) &&
        getComputedStyle(at).overflow !== 'visible'
      )
        return false;
    }
    return true;
  }

  /** @param {AnyElement} element */
  function pointOf(element) {
    const box = visibleBox(element);
    if (!box) return { problem: { not: 'it is outside the viewport and cannot be scrolled into it' } };
    const x = box.left + box.width / 2;
    const y = box.top + box.height / 2;
    const hit = t.elementAt(x, y);
    if (hit && reaches(hit, element)) return { x, y, hit };
    return {
      problem: {
        not: `it is covered by ${tagOf(hit)}`,
        fix: 'Close or move what covers it first; a snapshot shows what is in front.',
      },
    };
  }

  /** Whether a click on `hit` acts on `element`: it lies in it, or in a label of it. @param {AnyElement} hit @param {AnyElement} element */
  function reaches(hit, element) {
    if (t.isWithin(hit, element)) return true;
    const label = t.closest(hit, 'label');
    if (label && label.control === element) return true;
    const area = dom.tag(element) === 'AREA' ? element.parentElement?.getAttribute('name') : '';
    return Boolean(area) && dom.tag(hit) === 'IMG' && hit.getAttribute('usemap') === `#${area}`;
  }

  /** Whether a click there opens a tab: a link or a form's button whose target is another context. @param {AnyElement} hit */
  function opensTab(hit) {
    const link = t.closest(hit, LINK);
    const button = link ? null : t.closest(hit, 'button, input[type=submit], input[type=image]');
    const form = button?.form && button.type !== 'button' && button.type !== 'reset' ? button.form : null;
    if (!link && !form) return false;
    if (link?.hasAttribute('download') || /^\s*javascript:/i.test(link?.getAttribute('href') ?? '')) return false;
    const own = link
      ? link.getAttribute('target')
      : (button?.getAttribute('formtarget') ?? dom.attr(form, 'target'));
    const target = (own || dom.all('base[target]')[0]?.getAttribute('target') || '').toLowerCase();
    if (target === '' || target === '_self' || target === '_top' || target === '_parent') return false;
    if (target === window.name.toLowerCase()) return false;
    return ![...dom.all('iframe[name], frame[name]')].some(
      (frame) => frame.getAttribute('name')?.toLowerCase() === target,
    );
  }

  /**
   * Whether nothing follows from a click there but what the page's handlers do: no link, no form, no later event, and no
   * content that cannot be looked into.
   *
   * @param {AnyElement} hit
   * @param {AnyElement} target
   */
  function isPlain(hit, target) {
    const control = t.closest(hit, 'label')?.control;
    for (const from of [hit, target, control]) {
      if (!from) continue;
      if (t.closest(from, LEADING)) return false;
      const button = t.closest(from, 'button, input');
      if (button?.form && (button.localName === 'button' || /^(submit|image|reset)$/.test(button.type))) return false;
    }
    return isOpen(hit);
  }

  /** Whether what lies there belongs to this document, which then hears what is done to it. @param {AnyElement} hit */
  function isOwn(hit) {
    return t.closest(hit, t.FRAMES) === null && isOpen(hit);
  }

  /** Whether an element holds nothing that cannot be looked into. @param {AnyElement} element */
  function isOpen(element) {
    return !dom.local(element).includes('-') || dom.shadow(element) !== null;
  }

  /** @param {AnyElement} element */
  function isRestless(element) {
    const now = performance.now();
    if (watcher && watcher.takeRecords().length > 0) restlessAt = now;
    if (now - restlessAt < RESTLESS_MS || now - watchedSince < RESTLESS_MS / 5) return true;
    for (let at = /** @type {AnyElement | null} */ (element); at; at = t.parentOf(at)) {
      if (dom.animations(at).some((animation) => animation.playState === 'running')) return true;
    }
    return false;
  }

  /** @param {AnyElement} element */
  async function isStill(element) {
    let before = dom.box(element);
    for (let frame = 0; frame < 2; frame++) {
      await nextFrame();
      const after = dom.box(element);
      const moved = Math.max(...SIDES.map((side) => Math.abs(before[side] - after[side])));
      if (moved > STILL) return false;
      before = after;
    }
    return true;
  }

  /** The opening tag of an element, shortened, for people. @param {AnyElement | null} element */
  function tagOf(element) {
    if (!element) return 'nothing that can be hit';
    const given = dom.attr(element, 'id');
    const id = given ? ` id=${JSON.stringify(t.shorten(t.clean(given), 40))}` : '';
    const names = dom.attr(element, 'class');
    const kind = names ? ` class=${JSON.stringify(t.shorten(t.clean(names), 60))}` : '';
    return `<${dom.local(element)}${id}${kind}>`;
  }

  /** The next animation frame; a timer stands in for it where the page paints nothing. @returns {Promise<void>} */
  function nextFrame() {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 100);
      requestAnimationFrame(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** @param {number} ms */
  function pause(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
})();
