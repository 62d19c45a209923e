// What holds of refs and folds on every page, tried on pages that a seeded random order of changes makes.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { handlers as evaluate } from '../../tools/evaluate.js';
import { onPages } from './browser.js';

/** What a snapshot calls the elements whose refs are followed. */
const ROLES = { button: 'button', a: 'link', input: 'textbox', h3: 'heading' };
/** And what the changes make of some of them. */
const TOLD = [...Object.values(ROLES), 'tab', 'switch'];
/** Pages on which once something was lost: in a heading, in a frame, behind a fold that began where another did. */
const SEEDS = [1, 7, 22];

onPages('a ref', ({ browser, tab }) => {
  it('never leads to another element than the one it was given for, whatever the page does', async () => {
    await tab.go(browser.page('<main></main><iframe title=f></iframe>'));
    await tab.evaluate(PAGE);
    /** What each ref named when it was last told. @type {Map<string, {mark: number, home: number, told: string}>} */
    const known = new Map();
    const counts = { kept: 0, changed: 0, gone: 0 };
    for (let seed = 1; seed <= 40; seed += 1) {
      await tab.evaluate(`mutate(${seed}, 10)`);
      await learn(seed);
      await tab.evaluate(`mutate(${-seed}, 5)`);
      const now = await tab.evaluate('report()');
      for (const ref of [...known.keys()].slice(-14)) await follow(ref, now, `${ref} after the changes of seed ${-seed}`);
    }
    const elements = new Set([...known.values()].map(({ mark, home }) => `${mark} in ${home}`));
    assert.equal(elements.size, known.size, 'no element has two refs');
    for (const [what, count] of Object.entries(counts)) assert.ok(count > 20, `only ${count} were ${what} of ${known.size}`);

    /** Takes a snapshot, whose lines must tell of the elements to which their refs lead. @param {number} seed */
    async function learn(seed) {
      const text = await tab.snapshot();
      assert.doesNotMatch(text, /folded|more/, 'all of the page is shown');
      const lines = [...text.matchAll(/- (\w+)(?: "(\w+)")?.* \[ref=(\w+)\]/g)].filter(([, role]) => TOLD.includes(role));
      /** @type {Map<string, number>} */
      const marks = new Map();
      for (const [, , , ref] of lines) marks.set(ref, known.get(ref)?.mark ?? (await markOf(ref)));
      const now = await tab.evaluate('report()');
      for (const [line, role, name = '', ref] of lines) {
        const mark = marks.get(ref);
        assert.equal(now[mark]?.told, `${role} ${name}`, `${line} after the changes of seed ${seed}`);
        assert.equal(now[mark].home, known.get(ref)?.home ?? now[mark].home, `${line} after the changes of seed ${seed}`);
        known.set(ref, { mark, ...now[mark] });
      }
    }

    /** Asks which element a ref leads to. @param {string} ref @param {({home: number, told: string} | null)[]} all @param {string} when */
    async function follow(ref, all, when) {
      /** What a ref names on the page as it is; nothing where its element is in another document. @param {string} one */
      const toldOf = (one) => {
        const { mark, home } = known.get(one) ?? {};
        return all[mark]?.home === home ? all[mark]?.told : undefined;
      };
      const { mark, told } = known.get(ref);
      try {
        assert.equal(await markOf(ref), mark, when);
        assert.equal(toldOf(ref), told, when);
        counts.kept += 1;
      } catch (failure) {
        if (failure.code !== 'stale_ref') throw failure;
        assert.notEqual(toldOf(ref), told, `${when} is refused: ${failure.message}`);
        counts[toldOf(ref) === undefined ? 'gone' : 'changed'] += 1;
        // What a refusal tells is known from then on.
        for (const [, other] of `[ref=${ref}]${failure.message}`.matchAll(/\[ref=(\w+)\]/g)) {
          if (toldOf(other) !== undefined) known.get(other).told = toldOf(other);
        }
      }
    }
  });

  it('of a fold or frame opens what can be acted on and is not shown', async () => {
    const ways = [{}, { level: 'interactive' }, { level: 'full' }, { depth: 1 }, { depth: 3 }, { viewport: true }, { viewport: true, level: 'interactive' }];
    let [controls, lines] = [0, 0];
    for (const seed of SEEDS) {
      await tab.go(browser.page('<main></main><iframe title=f></iframe>'));
      await tab.evaluate(PAGE);
      await tab.evaluate(`grow(${seed}, 400)`);
      for (const args of ways) {
        const wanted = new Set(await tab.evaluate(`controls(${args.viewport === true})`));
        const when = `${JSON.stringify(args)} of seed ${seed}`;
        controls += wanted.size;
        const queue = [args];
        for (const asked of queue) {
          const text = await tab.snapshot(asked);
          for (const [, name] of text.matchAll(/- (?:button|link|textbox|generic) "(C\d+)".* \[ref=/g)) wanted.delete(name);
          for (const opened of openedBy(text)) {
            if (!queue.some((one) => JSON.stringify(one) === JSON.stringify(opened))) queue.push(opened);
          }
          assert.ok(queue.length < 300, `${when} does not come to an end`);
        }
        assert.deepEqual([...wanted], [], when);
        lines += queue.length - 1;
      }
    }
    assert.ok(controls > 2_000, `only ${controls} controls were looked for`);
    assert.ok(lines > 100, `only ${lines} lines opened something`);
  });

  /** The mark of the element that a ref leads to. @param {string} ref @returns {Promise<number>} */
  async function markOf(ref) {
    const [{ text }] = await tab.run(evaluate.browser_evaluate, { ref, function: '(element) => top.markOf(element)' });
    return Number(/### Result\n(\d+)/.exec(text)[1]);
  }
});

/** What the lines of a snapshot say can be asked for beside it. @param {string} text */
function openedBy(text) {
  const refs = text.matchAll(/browser_snapshot ref=(\w+)\)|\(\d+ more[^)]*\) \[ref=(\w+)\]/g);
  const cursors = text.matchAll(/ cursor=(c[\d.]+)/g);
  return [...[...refs].map(([, one, other]) => ({ ref: one ?? other })), ...[...cursors].map(([, cursor]) => ({ cursor }))];
}

/**
 * The page's own script. It marks elements by their identity, which no change of theirs takes away, and tells what each
 * is: `report` by marks, `null` for what is not on the page.
 */
const PAGE = `
  const ROLES = ${JSON.stringify(ROLES)};
  const main = document.querySelector('main');
  const frame = document.querySelector('iframe');
  const marks = new WeakMap();
  const marked = [];
  const homes = [];
  const hosts = [];
  const parked = [];
  let state = 1;

  function markOf(element) {
    if (!marks.has(element)) marks.set(element, marked.push(element) - 1);
    return marks.get(element);
  }

  function report() {
    return marked.map((one) => {
      const told = (one.getAttribute('role') ?? ROLES[one.localName]) + ' ' + (one.ariaLabel ?? one.textContent);
      return one.isConnected && one.ownerDocument.defaultView ? { home: homeOf(one), told } : null;
    });
  }

  function homeOf({ ownerDocument }) {
    if (!homes.includes(ownerDocument)) homes.push(ownerDocument);
    return homes.indexOf(ownerDocument);
  }

  function sow(seed) {
    state = Math.imul(seed, 2654435761) | 1;
  }

  function random(n) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  }

  function any(...things) {
    return things[random(things.length)];
  }

  function roots() {
    return [main, ...hosts.filter((host) => host.isConnected).map((host) => host.shadowRoot), frame.contentDocument.body];
  }

  /** All that a selector names, in every tree of the page. */
  function all(selector) {
    return roots().flatMap((root) => [...root.querySelectorAll(selector)]);
  }

  /** Puts an element anywhere in its document, or anywhere at all while it is in none. */
  function put(one) {
    const places = [...roots(), ...all('.box')].filter((place) => !one.inPage || place.ownerDocument === one.ownerDocument);
    const place = any(...places);
    place?.insertBefore(one, any(...place.childNodes, null));
    one.inPage = true;
  }

  function box(tag = 'div') {
    const made = document.createElement(tag);
    made.className = 'box';
    return made;
  }

  function host() {
    const made = document.createElement('div');
    hosts.push(made);
    made.attachShadow({ mode: 'open' });
    return made;
  }

  function element() {
    const made = document.createElement(any(...Object.keys(ROLES)));
    if (made.localName === 'a') made.href = '#';
    if (made.localName !== 'input') made.textContent = 'N' + random(4);
    if (random(3) === 0) made.ariaLabel = 'L' + random(3);
    return made;
  }

  const CHANGES = [
    () => put(element()),
    (one) => one.remove(),
    (one) => put(one),
    (one) => one.replaceWith(one.cloneNode(true)),
    (one) => (one.parentNode.innerHTML = String(one.parentNode.innerHTML)),
    (one) => (one.localName === 'input' ? (one.value = 'V' + random(4)) : (one.textContent = 'N' + random(4))),
    (one) => (one.ariaLabel = any(null, 'L' + random(3))),
    (one) => one.localName !== 'input' && (one.role = any(null, 'tab', 'switch')),
    (one) => one.setAttribute(any('id', 'class', 'data-x', 'lang'), 'x' + random(4)),
    (one, other) => ([one.ariaLabel, other.ariaLabel] = [other.ariaLabel, one.ariaLabel]),
    (one, other) => one.ownerDocument === other.ownerDocument && other.after(one),
    (one) => {
      const around = box();
      one.replaceWith(around);
      around.append(one);
    },
    (one) => {
      const around = host();
      one.after(around);
      around.shadowRoot.append(one);
    },
    (one) => {
      parked.push(one);
      one.remove();
    },
    () => {
      const one = parked.pop();
      if (one?.ownerDocument.defaultView) put(one);
    },
  ];

  async function mutate(seed, count) {
    sow(seed);
    for (let i = 0; i < count; i++) {
      const there = all('button, a, input, h3');
      const change = there.length < 8 ? CHANGES[0] : there.length > 26 ? CHANGES[1] : any(...CHANGES);
      change(any(...there), any(...there));
    }
    if (random(6) > 0) return;
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
    frame.srcdoc = '<p>Loaded by ' + seed;
    await loaded;
  }

  let controlsMade = 0;

  function control() {
    const made = document.createElement(any('button', 'a', 'input', 'textarea', 'div', 'span'));
    const name = 'C' + controlsMade++;
    made.dataset.control = name;
    if (made.localName === 'a') made.href = '/' + name;
    if (/^(div|span)$/.test(made.localName)) made.setAttribute('onclick', '0');
    if (/^(input|textarea)$/.test(made.localName)) made.ariaLabel = name;
    else made.textContent = name;
    return made;
  }

  /** A part of a page: lists and tables of things that are alike, sections, texts, boxes, and what can be acted on. */
  function part() {
    const kind = random(9);
    if (kind < 3) return control();
    const made = box(any('div', 'section', 'ul', 'table', 'p', 'h2', 'fieldset', 'details', 'article'));
    made.open = random(3) > 0;
    if (random(2) === 0 && made.localName === 'section') made.ariaLabel = 'Section ' + random(9);
    if (made.localName === 'details') made.innerHTML = '<summary>More</summary>';
    for (let i = made.localName === 'table' || made.localName === 'ul' ? random(30) : 0; i > 0; i--) {
      const item = made.localName === 'ul' ? document.createElement('li') : made.insertRow().insertCell();
      item.append('Item ' + i + ' ', control());
      made.append(item.parentNode?.parentNode ?? item);
    }
    if (kind === 3) made.append('word '.repeat(random(200)));
    return made;
  }

  /** Makes a large page, and then changes it. */
  function grow(seed, count) {
    sow(seed);
    for (let i = 0; i < count; i++) put(random(20) === 0 ? host() : part());
    for (let i = 0; i < count; i++) {
      const one = any(...all('[data-control]'));
      any(
        () => put(one),
        () => one.remove(),
        () => (one.hidden = true),
        () => (one.parentNode.innerHTML += ' '),
      )();
    }
    scrollTo(0, random(document.documentElement.scrollHeight));
  }

  /** What can be acted on, in the viewport or anywhere, as a person sees it. */
  function controls(inView) {
    return all('[data-control]')
      .filter((one) => one.checkVisibility() && !(inView && (one.ownerDocument !== document || !isInView(one))))
      .map((one) => one.dataset.control);
  }

  function isInView(one) {
    const { top, bottom } = one.getBoundingClientRect();
    return bottom > 1 && top < innerHeight - 1;
  }
`;
