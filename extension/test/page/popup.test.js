// The popup as people meet it who see little, hear it, or use no mouse: the page itself, with a worker that the test plays.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { FIXED } from '../../lib/words.js';
import { onPages, Tab } from './browser.js';

const EXTENSION = new URL('../../', import.meta.url);
const AXE = createRequire(new URL('../../../tests/node/', import.meta.url)).resolve('axe-core/axe.min.js');

onPages('the popup', ({ browser }) => {
  test('has nothing that an audit of accessibility finds, in any state and colour scheme', async () => {
    const popup = await Popup.open(browser);
    await popup.tab.evaluate(`${await readFile(AXE, 'utf8')}; undefined`);
    for (const [name, view] of Object.entries(VIEWS)) {
      for (const scheme of ['light', 'dark']) {
        await popup.emulate('prefers-color-scheme', scheme);
        await popup.show(view);
        const found = await popup.tab.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
          violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => [id, html, failureSummary])))`);
        assert.deepEqual(found, [], `${name}, ${scheme}`);
      }
    }
  });

  test('shows no text with a contrast below 4.5 to what is behind it', async () => {
    const popup = await Popup.open(browser);
    for (const scheme of ['light', 'dark']) {
      await popup.emulate('prefers-color-scheme', scheme);
      await popup.show(CALM);
      const ink = await popup.tab.evaluate('getComputedStyle(document.body).color');
      assert.equal(ink, scheme === 'light' ? 'rgb(0, 0, 0)' : 'rgb(255, 255, 255)');
      for (const view of Object.values(VIEWS)) {
        await popup.show(view);
        const contrasts = await popup.tab.evaluate(`(${contrastsOf})()`);
        assert.ok(contrasts.length > 0);
        assert.deepEqual(contrasts.filter(({ contrast }) => contrast < 4.5), [], scheme);
      }
    }
  });

  test('is led through by the keyboard in the order in which it is read, with the focus shown', async () => {
    const popup = await Popup.open(browser);
    await popup.show(VIEWS.busy);
    const inOrder = await popup.tab.evaluate(`[...document.querySelectorAll('button, select, input')]
      .filter((node) => node.checkVisibility()).map((node) => node.textContent)`);
    const reached = [];
    for (const _ of inOrder) {
      await popup.key('Tab');
      reached.push(await popup.tab.evaluate('document.activeElement.textContent'));
      const outline = await popup.tab.evaluate('getComputedStyle(document.activeElement).outlineStyle');
      assert.notEqual(outline, 'none', `the focus on ${reached.at(-1)} is shown`);
    }
    assert.deepEqual(reached, inOrder);
  });

  test('pauses an agent and lets it go on by the keyboard, which keeps its place', async () => {
    const popup = await Popup.open(browser);
    await popup.show({ ...CALM, clients: [agent('a', { label: 'alice' }), agent('b', { label: 'bob' })] });
    const button = '[data-key=b] button';
    await popup.tab.evaluate(`document.querySelector('${button}').focus()`);
    await popup.key('Enter');
    await popup.show({ ...CALM, clients: [agent('a', { label: 'alice' }), agent('b', { label: 'bob', control: 'paused' })] });
    assert.equal(await popup.tab.evaluate(`document.querySelector('${button}') === document.activeElement`), true);
    assert.equal(await popup.tab.evaluate('document.activeElement.textContent'), 'Resume');
    assert.match(await popup.tab.evaluate("document.querySelector('[data-key=b]').textContent"), /^bob \(paused\)/);
    await popup.key(' ');
    assert.deepEqual(await popup.tab.evaluate('said'), [
      { type: 'control', action: 'pause', clientId: 'b' },
      { type: 'control', action: 'resume', clientId: 'b' },
    ]);
    await popup.show({ ...VIEWS.lost, clients: [agent('b', { label: 'bob' })] });
    assert.equal(await popup.tab.evaluate(`document.querySelector('${button}').checkVisibility()`), false, 'no hub could be told');
  });

  test('says to who hears it whose button it is, and reads out only what is news', async () => {
    const popup = await Popup.open(browser);
    await popup.show(VIEWS.busy);
    const { nodes } = await popup.tab.session.send('Accessibility.getFullAXTree');
    const buttons = nodes.filter(({ role, ignored }) => role?.value === 'button' && !ignored);
    const spoken = buttons.map(({ name, description }) => `${name.value}: ${description?.value ?? ''}`);
    for (const expected of [`Resume: ${HEBREW} (paused)`, 'Pause: alice', 'Allow: alice asks to see your open tabs']) {
      assert.ok(spoken.some((one) => one.startsWith(expected)), `${expected} in ${spoken.join(' | ')}`);
    }
    const live = nodes.filter(({ role, ignored }) => role?.value === 'status' && !ignored);
    assert.equal(live.length, 2, 'the state, and how many requests wait');
    const changes = `(() => { window.seen = []; new MutationObserver((all) => seen.push(...all))
      .observe(document.body, { childList: true, characterData: true, subtree: true }); })()`;
    await popup.tab.evaluate(changes);
    await popup.show(VIEWS.busy);
    assert.equal(await popup.tab.evaluate('seen.length'), 0, 'what was said is not said again');
  });

  test('fits its window at 200 %, whatever agents and pages are called', async () => {
    const popup = await Popup.open(browser);
    // Chromium shows a popup of 800 x 600 pixels at most.
    const size = { width: 400, height: 300, deviceScaleFactor: 2, mobile: false };
    await popup.tab.session.send('Emulation.setDeviceMetricsOverride', size);
    for (const [name, view] of Object.entries(VIEWS)) {
      await popup.show(view);
      const wide = await popup.tab.evaluate(`[...document.querySelectorAll('body *')]
        .filter((node) => node.checkVisibility() && node.getBoundingClientRect().right > innerWidth).map((node) => node.outerHTML)`);
      assert.deepEqual(wide, [], name);
    }
  });

  test('keeps words from right to left in their place', async () => {
    const popup = await Popup.open(browser);
    await popup.show(VIEWS.busy);
    const [called, condition, count] = await popup.tab.evaluate(`[...document.querySelectorAll('[data-key=b] > .line .label > *, [data-key=b] > .line > .label + span')]
      .map((node) => ({ x: node.getBoundingClientRect().x, text: node.textContent, direction: getComputedStyle(node).direction }))`);
    assert.deepEqual([called.text, called.direction], [HEBREW, 'rtl']);
    assert.deepEqual([condition.text, condition.direction], [' (paused)', 'ltr']);
    assert.ok(called.x < condition.x && condition.x < count.x, 'label, condition and count stand in the order of English');
  });

  test('moves nothing', async () => {
    const popup = await Popup.open(browser);
    await popup.show(VIEWS.busy);
    const moving = await popup.tab.evaluate(`[...document.querySelectorAll('*')].filter((node) => {
      const { transitionDuration, animationName } = getComputedStyle(node);
      return transitionDuration !== '0s' || animationName !== 'none'; }).length`);
    assert.equal(moving, 0);
  });

  test('has its words in one place', async () => {
    const html = await readFile(new URL('popup.html', EXTENSION), 'utf8');
    const text = html.replace(/<title>.*<\/title>|<[^>]*>/g, '').trim();
    assert.equal(text, '', 'the page itself says nothing');
    const used = [...html.matchAll(/data-words="(\w+)"/g)].map(([, name]) => name);
    assert.deepEqual(used.sort(), Object.keys(FIXED).sort());
  });
});

/** The popup's page, in a tab of a window that is not the extension's. */
class Popup {
  /** @param {Tab} tab */
  constructor(tab) {
    this.tab = tab;
  }

  static async open(browser) {
    for (const folder of ['', 'lib/', 'popup/']) {
      for (const name of await readdir(new URL(folder, EXTENSION))) {
        const type = TYPES[name.split('.').pop() ?? ''];
        if (!type) continue;
        browser.pages.set(`/${folder}${name}`, await readFile(new URL(folder + name, EXTENSION), 'utf8'));
        browser.headers.set(`/${folder}${name}`, { 'content-type': `${type}; charset=utf-8` });
      }
    }
    const tab = new Tab(browser);
    await tab.open();
    await tab.session.attach();
    await tab.session.send('Page.addScriptToEvaluateOnNewDocument', { source: `(${playWorker})()` });
    await tab.go(`http://127.0.0.1:${browser.port}/popup.html`);
    return new Popup(tab);
  }

  show(view) {
    return this.tab.evaluate(`shows(${JSON.stringify(view)})`);
  }

  emulate(name, value) {
    return this.tab.session.send('Emulation.setEmulatedMedia', { features: [{ name, value }] });
  }

  async key(key) {
    const text = { Enter: '\r', ' ': ' ' }[key];
    const code = { Tab: 9, Enter: 13, ' ': 32 }[key];
    const named = { key, windowsVirtualKeyCode: code, ...(text && { text }) };
    await this.tab.session.send('Input.dispatchKeyEvent', { type: 'keyDown', ...named });
    await this.tab.session.send('Input.dispatchKeyEvent', { type: 'keyUp', key, windowsVirtualKeyCode: code });
  }
}

/** In the page: as much of `chrome` as the popup needs. `shows` is the worker's message, `said` what the popup answers. */
function playWorker() {
  const event = { addListener: () => {} };
  const page = /** @type {any} */ (window);
  page.said = [];
  const port = {
    postMessage: (message) => page.said.push(message),
    onMessage: { addListener: (listener) => void (page.shows = listener) },
  };
  const front = { id: 1, url: 'https://example.com/', incognito: false };
  Object.defineProperty(window, 'chrome', {
    value: {
      runtime: { connect: () => port },
      tabs: { query: async () => [front], onActivated: event, onUpdated: event },
      permissions: { request: async () => true },
    },
  });
}

/** In the page: how each shown text stands out from what is behind it, by WCAG's formula. */
function contrastsOf() {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const luminance = (colours) => {
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map((part) => linear(part / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const probe = document.body.appendChild(document.createElement('div'));
  probe.style.background = 'Canvas';
  const paper = getComputedStyle(probe).backgroundColor;
  probe.remove();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const contrasts = [];
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    // Whoever cannot press a button yet need not read it.
    if (!texts.currentNode.textContent.trim() || !node.checkVisibility() || node.closest('[aria-disabled=true], :disabled')) continue;
    const behind = [paper];
    for (let at = node; at; at = at.parentElement) behind.splice(1, 0, getComputedStyle(at).backgroundColor);
    const [one, two] = [luminance(behind), luminance([...behind, getComputedStyle(node).color])];
    const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    contrasts.push({ text: texts.currentNode.textContent, contrast });
  }
  return contrasts;
}

function agent(clientId, more = {}) {
  return { clientId, label: clientId, colour: 'blue', connected: true, control: 'running', tabs: [], given: [], claimed: [], ...more };
}

const HEBREW = 'קניות';
const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css' };
const LONG = { chromeId: 7, title: 'WithoutASpace'.repeat(20), url: `https://example.com/${'a'.repeat(300)}` };
const CALM = {
  connected: true,
  stopped: false,
  reserve: null,
  problem: null,
  pairing: { offered: false, busy: false, problem: null },
  asks: [],
  clients: [],
};
const PROBLEM = { message: 'No hub runs.', fix: 'Start one with "tabmux hub start".' };
const VIEWS = {
  calm: CALM,
  busy: {
    ...CALM,
    asks: [
      { key: 'tabs a', kind: 'tabs', state: 'asked', label: 'alice', colour: 'yellow' },
      { key: 'tab 7 b', kind: 'tab', state: 'asked', label: HEBREW, colour: 'green', tab: LONG },
    ],
    clients: [
      agent('a', {
        label: 'alice',
        tabs: [3, 4],
        given: [
          { key: 'history a', kind: 'history', state: 'allowed' },
          { key: 'bookmarks a', kind: 'bookmarks', state: 'denied' },
        ],
        claimed: [LONG],
      }),
      agent('b', { label: HEBREW, control: 'paused', colour: 'red' }),
      agent('c', { label: 'x'.repeat(40), control: 'stopped', connected: false, tabs: [5] }),
    ],
  },
  used: { ...CALM, clients: [agent('a', { label: 'alice', tabs: [1] })] },
  stopped: { ...CALM, stopped: true, clients: [agent('a')] },
  reserve: { ...CALM, reserve: { name: 'Chromium 156', pid: 4711 } },
  lost: { ...CALM, connected: false, problem: PROBLEM },
  pairing: { ...CALM, connected: false, problem: PROBLEM, pairing: { offered: true, busy: false, problem: PROBLEM } },
};
