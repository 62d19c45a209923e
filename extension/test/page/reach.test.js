// Nothing that can be acted on is hidden without a line that leads to it, on random pages of every shape.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { Page } from '../../lib/page.js';
import { handlers } from '../../tools/snapshot.js';
import { onPages } from './browser.js';

const BUDGET = 10_000;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

onPages('every control of a page', ({ browser, tab }) => {
  it('is on a line of the snapshot, or of what one of its lines opens, however the page is folded', async () => {
    let folded = 0;
    for (const seed of SEEDS) {
      await tab.go(browser.page(randomPage(seed)));
      const wanted = await controls();
      assert.ok(wanted.size > 30, `only ${wanted.size} controls by seed ${seed}`);
      const missing = new Set(wanted);
      const opened = new Set();
      const queue = [''];
      while (queue.length > 0 && missing.size > 0) {
        const ref = queue.shift();
        const text = (await tab.run(handlers.browser_snapshot, ref ? { ref } : {}))[0].text;
        assert.ok(Buffer.byteLength(text) <= BUDGET, `${Buffer.byteLength(text)} bytes by seed ${seed}`);
        for (const [, role, name] of text.matchAll(/^ *- (\S+) "((?:[^"\\]|\\.)*)"/gm)) missing.delete(`${role} ${name}`);
        for (const [, fold, whole] of text.matchAll(/\(\d+ more[^)\n]*\) \[ref=(e\d+)\]|browser_snapshot ref=(e\d+)\)/g)) {
          const next = fold ?? whole;
          if (opened.has(next)) continue;
          opened.add(next);
          queue.push(next);
        }
        assert.ok(opened.size < 2_000, `seed ${seed} opens without end`);
      }
      assert.deepEqual([...missing].slice(0, 5), [], `${missing.size} of ${wanted.size} are out of reach by seed ${seed}`);
      folded += opened.size;
    }
    assert.ok(folded > 20, `only ${folded} folds were opened`);
  });

  /** The controls of the page by role and name, as a walk without any folding finds them. */
  async function controls() {
    const call = tab.call();
    try {
      const page = new Page(call);
      const frame = await page.main();
      await page.run(frame, 'next');
      const { result } = await call.send('Runtime.evaluate', {
        contextId: frame.contextId,
        returnByValue: true,
        expression: `[...__tabmux.nodesOf(__tabmux.walk(__tabmux.root()))]
          .filter(({ role, clickable }) => clickable || __tabmux.INTERACTIVE.has(role))
          .map(({ element }) => __tabmux.describe(element))
          .filter(({ name }) => /^N[0-9]+$/.test(name))
          .map(({ role, name }) => role + ' ' + name)`,
      });
      return new Set(result.value);
    } finally {
      call.finish();
    }
  }
});

/** A page of nested regions, runs, tables, lists, menus and texts, by a seeded random order; every control has a name of its own. */
function randomPage(seed) {
  let state = seed * 7919;
  const random = (n) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % n;
  };
  let count = 0;
  const name = () => `N${++count}`;
  const times = (n, make) => Array.from({ length: n }, make).join('');
  const words = () => 'word '.repeat(random(8) === 0 ? 200 + random(300) : random(12));
  const control = () =>
    [
      () => `<button>${name()}</button>`,
      () => `<a href="/${'x'.repeat(random(60))}">${name()}</a>`,
      () => `<label>${name()} <input${random(2) ? ' placeholder=Hint' : ''}></label>`,
      () => `<input type=checkbox aria-label=${name()}>`,
      () => `<span onclick="1">${name()}</span>`,
      () => `<select aria-label=${name()}>${times(random(30), () => `<option>${name()}`)}</select>`,
      () => `<select aria-label=${name()}>${times(3, () => `<optgroup label=G>${times(random(25), () => `<option>${name()}`)}</optgroup>`)}</select>`,
      () => `<button title="${words()}">${name()}</button>`,
    ][random(8)]();
  const block = (depth) => {
    if (depth <= 0) return random(3) ? control() : `<p>${words()}${control()}</p>`;
    const below = () => block(depth - 1);
    return [
      () => `<section${random(2) ? ` aria-label=S${depth}` : ''}><h2>H</h2>${times(1 + random(4), below)}</section>`,
      () => `<ul>${times(random(40), () => `<li>${control()}${random(4) ? '' : words()}`)}</ul>`,
      () => `<ul>${times(1 + random(4), () => `<li>${below()}`)}</ul>`,
      () => `<table>${times(random(60), () => `<tr>${times(3, () => `<td>${random(2) ? control() : words()}`)}`)}</table>`,
      () => `<nav>${times(random(50), control)}</nav>`,
      () => `<div>${times(random(6), below)}${words()}</div>`,
      () => `<div onclick="1" aria-label=${name()}>${words()}${below()}</div>`,
      () => `<fieldset><legend>L</legend>${times(random(5), below)}</fieldset>`,
      () => `<details${random(2) ? ' open' : ''}><summary>${name()}</summary>${below()}</details>`,
      () => `<ul role=tree aria-label=T>${times(random(8), () => `<li role=treeitem aria-label=${name()}><ul role=group>${times(random(12), () => `<li role=treeitem>${name()}`)}</ul>`)}</ul>`,
      () => times(random(30), () => `<article><h3>A</h3>${control()}<p>${words()}</p></article>`),
      () => times(random(30), () => `<h3>H</h3>${control()}`),
      () =>
        times(1 + random(9), () => `<h2>${'word '.repeat(random(12))}<a href=/x>${name()}</a></h2>${times(random(4), () => `<h3>H</h3>${below()}`)}`),
      () => `<x-a><template shadowrootmode=open><div><slot></slot>${control()}</div></template>${below()}</x-a>`,
    ][random(14)]();
  };
  return times(5 + random(8), () => block(1 + random(5)));
}
