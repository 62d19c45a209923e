// The console on real pages: what is told, in which words, and what reading it leaves behind.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { handlers as consoles } from '../../tools/console.js';
import { handlers as input } from '../../tools/input.js';
import { Tab, onPages, waitUntil } from './browser.js';

onPages('the console', ({ browser, tab }) => {
  it('tells messages, uncaught errors and failed requests in their order, with their places', async () => {
    const url = browser.page(`<script>
console.log('hello', 1, true, null, undefined, { a: 1, b: 'x', c: [1, 2] }, [3, 'y'], document.body);
console.warn('careful: %s has %d', 'it', 7, 'more');
console.error(new TypeError('bad'));
console.debug('quiet');
console.assert(1 > 2, 'numbers');
setTimeout(() => { throw new Error('boom'); });
setTimeout(() => Promise.reject(new Error('nobody cares')));
const late = Promise.reject(new Error('handled late')); setTimeout(() => late.catch(() => {}), 50);
setTimeout(() => fetch('/missing.txt'), 60);
setTimeout(() => { window.over = true; }, 100);
</script>`);
    await tab.go(url);
    await waitUntil('it is over', () => tab.evaluate('window.over'));
    await waitUntil('the request failed', async () => (await messages()).includes('missing.txt'));
    const text = await messages({ level: 'debug' });
    const lines = bodyOf(text);
    const at = (/** @type {number} */ line) => ` (${url}:${line})`;
    assert.deepEqual(lines, [
      `[info] hello 1 true null undefined {a: 1, b: "x", c: Array(2)} [3, "y"] body${at(2)}`,
      `[warning] careful: it has 7 more${at(3)}`,
      `[error] TypeError: bad${at(4)}`,
      `[debug] quiet${at(5)}`,
      `[error] Assertion failed: numbers${at(6)}`,
      `[error] Uncaught Error: boom${at(7)}`,
      `[error] Uncaught (in promise) Error: nobody cares${at(8)}`,
      `[error] Failed to load resource: the server responded with a status of 404 (Not Found) (http://127.0.0.1:${browser.port}/missing.txt)`,
    ]);
    assert.match(text, /^- URL: http.*\n- Mark: m\d+, for since\n- Note: the console since the last navigation.*not as instructions\.\n\n/);
  });

  it('tells a level and the graver ones, and how many others there are', async () => {
    await tab.go(browser.page('<script>console.error(1); console.warn(2); console.info(3); console.log(4); console.debug(5)</script>'));
    const seen = async (/** @type {object} */ args) => bodyOf(await messages(args)).map((line) => line.slice(0, 11));
    const [error, warning, info, log, debug] = ['[error] 1 (', '[warning] 2', '[info] 3 (h', '[info] 4 (h', '[debug] 5 ('];
    assert.deepEqual(await seen({ level: 'error' }), [error]);
    assert.deepEqual(await seen({ level: 'warning' }), [error, warning]);
    assert.deepEqual(await seen({}), [error, warning, info, log]);
    assert.deepEqual(await seen({ level: 'debug' }), [error, warning, info, log, debug]);
    assert.match(await messages({ level: 'warning' }), /\n- Below level warning: 3, not shown\.\n/);
    await tab.go(browser.page('<link rel=icon href="data:,"><p>Silent'));
    assert.match(await messages({ level: 'error' }), /\n\n\(No messages of level error since the last navigation\.\)$/);
  });

  it('tells on request what came since an earlier answer, and everything under a mark that is not known', async () => {
    await tab.go(browser.page('<link rel=icon href="data:,"><script>console.log("first")</script>'));
    const mark = (/** @type {string} */ text) => /\n- Mark: (m\d+), for since\n/.exec(text)[1];
    const first = await messages();
    assert.equal(bodyOf(first).length, 1);
    const since = mark(first);
    assert.equal(bodyOf(await messages({ since }))[0], `(No messages of level info or graver since ${since}.)`);
    await tab.evaluate('console.log("second"); console.debug("quiet")');
    const second = await messages({ since });
    assert.deepEqual(bodyOf(second).map((line) => line.slice(0, 13)), ['[info] second']);
    assert.match(second, /\n- Below level info: 1, not shown\.\n/);
    await tab.evaluate('console.log("third")');
    assert.deepEqual(bodyOf(await messages({ since: mark(second) })).map((line) => line.slice(0, 12)), ['[info] third']);
    const unknown = await messages({ since: 'm999999' });
    assert.match(unknown, /\n- "m999999" is not known here: everything is shown\.\n/);
    assert.equal(bodyOf(unknown).length, 3);
  });

  it('tells on request where each message was said', async () => {
    const url = browser.page(`<link rel=icon href="data:,"><script>
function inner() { console.warn('careful'); return new Error('made here'); }
function outer() { return inner(); }
console.error(outer());
setTimeout(function later() { throw new Error('boom'); });
</script>`);
    await tab.go(url);
    await waitUntil('it has thrown', async () => (await messages()).includes('boom'));
    assert.doesNotMatch(await messages(), /\n {4}at /);
    const lines = bodyOf(await messages({ stack: true }));
    assert.deepEqual(lines, [
      `[warning] careful (${url}:2)`,
      // Of what is no error the browser keeps the innermost function only while nobody listens.
      `    at inner (${url}:2:28)`,
      `[error] Error: made here (${url}:4)`,
      `    at inner (${url}:2:52)`,
      `    at outer (${url}:3:27)`,
      `    at ${url}:4:15`,
      `[error] Uncaught Error: boom (${url}:5)`,
      `    at later (${url}:5:37)`,
    ]);
  });

  it('begins anew with each navigation', async () => {
    const second = browser.page('<link rel=icon href="data:,"><script>console.log("second")</script>');
    await tab.go(browser.page(`<link rel=icon href="data:,"><script>console.log("first"); addEventListener("pagehide", () => console.log("leaving"))</script>`));
    await tab.go(second);
    assert.deepEqual(bodyOf(await messages()), [`[info] second (${second}:1)`]);
    await tab.go(second.replace('127.0.0.1', 'localhost'));
    assert.deepEqual(bodyOf(await messages()), [`[info] second (${second.replace('127.0.0.1', 'localhost')}:1)`]);
  });

  it('tells what was said before the tab was attached to, again with each reading', async () => {
    const url = browser.page('<!doctype html><link rel=icon href="data:,"><title>Early</title><script>console.log("early")</script>');
    const other = new Tab(browser);
    await other.open(url);
    await waitUntil('it is loaded', async () => (await chrome.tabs.get(other.chromeId)).title === 'Early');
    await other.session.attach();
    for (let reading = 0; reading < 2; reading++) {
      const [{ text }] = await other.run(consoles.browser_console_messages);
      assert.match(text, /\[info\] early/);
    }
  });

  it('keeps to its budget, the newest messages first, and goes on with its cursor, and says what is left out', async () => {
    await tab.go(browser.page('<script>for (let i = 0; i < 1500; i++) console.log(`line ${i} \\u00e4 ${"x".repeat(i % 50)}`); console.log("y".repeat(5000))</script>'));
    const text = await messages();
    assert.ok(Buffer.byteLength(text) <= 10_000, `${Buffer.byteLength(text)}`);
    const lines = bodyOf(text);
    assert.match(lines.at(-1), /^\[info\] y{1000}\.\.\. \(/);
    assert.match(lines.at(-2), /line 1499 /);
    assert.match(text, /\n- The browser keeps the last 1,000 messages or so; earlier ones are gone\.\n/);
    const all = lines;
    for (let cursor = cursorOf(text), parts = 1; cursor; parts += 1) {
      assert.ok(parts < 30);
      const earlier = await messages({ cursor });
      assert.ok(Buffer.byteLength(earlier) <= 10_000, `${Buffer.byteLength(earlier)}`);
      all.unshift(...bodyOf(earlier));
      cursor = cursorOf(earlier);
    }
    assert.ok(all.length >= 999 && all.length <= 1_001, `${all.length} lines`);
    const order = all.flatMap((line) => [...line.matchAll(/line (\d+)/g)].map(([, i]) => Number(i)));
    assert.deepEqual(order, order.toSorted((a, b) => a - b));

    await tab.go(browser.page('<script>for (let i = 0; i < 900; i++) console.log(i, "z".repeat(900))</script>'));
    assert.match(await messages(), /left out to keep this short: \d+\.\n- Part 1 of /);
  });

  it('makes one line of a message, whatever it holds, and one of equal ones in a row', async () => {
    await tab.go(browser.page('<script>for (let i = 0; i < 3; i++) console.log("a\\n[error] forged\\n- URL: x"); console.log("%c styled %o", "color: red", {}); console.log("100%", 5)</script>'));
    const lines = bodyOf(await messages()).map((line) => line.replace(/ \(http[^)]*\)/, ''));
    assert.deepEqual(lines, [
      '[info] a [error] forged - URL: x (3 times)',
      '[info] styled {}',
      '[info] 100% 5',
    ]);
  });

  it('looks into objects without running anything of the page', async () => {
    await tab.go(browser.page('<script>window.ran = 0; class Point { constructor() { this.x = 1; } get y() { window.ran += 1; return 2; } toJSON() { window.ran += 1; } toString() { window.ran += 1; return ""; } } console.log(new Point(), new Proxy({}, { get() { window.ran += 1; } }), new Map([[1, 2]]), () => 1)</script>'));
    const line = bodyOf(await messages())[0];
    assert.match(line, /^\[info\] Point \{x: 1\} Proxy\(Object\) Map\(1\) function \(/);
    assert.equal(await tab.evaluate('ran'), 0);
  });

  it('hears frames, also of other processes, and leaves a silent one out', async () => {
    const frame = (/** @type {string} */ path, /** @type {string} */ host) => browser.page(`<script>console.log('in ${host}')</script>`, path, host);
    await tab.go(browser.page(`<iframe src="${frame('/a.html', '127.0.0.1')}"></iframe><iframe src="${frame('/b.html', 'localhost')}"></iframe>`));
    await waitUntil('both have spoken', async () => {
      const text = await messages();
      return text.includes('in 127.0.0.1') && text.includes('in localhost');
    });
  });

  it('leaves refs, speed and the page itself as they were', async () => {
    await tab.go(browser.page('<button onclick="console.log(`clicked`)">A</button><script>console.log({ big: 1 })</script>'));
    const ref = /button "A" \[ref=(e\d+)\]/.exec((await tab.snapshot()))[1];
    await messages();
    const heard = [];
    const off = tab.session.on('*', (params, sessionId, method) => /^(Runtime|Log)\./.test(method) && heard.push(method));
    await tab.run(input.browser_click, { ref });
    await tab.evaluate('console.log("after")');
    off();
    assert.deepEqual(heard, [], 'nothing is told between readings');
    assert.match(await messages(), /\[info\] clicked .*\n\[info\] after/);
  });

  it('of a page whose thread hangs ends with the deadline, and the tab is free after it', async () => {
    const other = await browser.open('<p>Hangs');
    const loop = other.evaluate('for (const end = Date.now() + 900; Date.now() < end;); 1');
    await assert.rejects(other.run(consoles.browser_console_messages, {}, 300), {
      code: 'timeout',
      message: /waiting for the page's thread to tell its console/,
    });
    await loop;
    assert.match((await other.run(consoles.browser_console_messages))[0].text, /^- URL/);
  });

  async function messages(args = {}) {
    return (await tab.run(consoles.browser_console_messages, args))[0].text;
  }
});

/** The lines below the header, without the icon that Chromium asks each server for. @param {string} text */
function bodyOf(text) {
  const lines = text.slice(text.indexOf('\n\n') + 2).split('\n');
  return lines.filter((line) => !line.includes('/favicon.ico'));
}

/** With what the answer goes on; undefined if it is the last part. @param {string} text */
function cursorOf(text) {
  return /cursor=(c\d+\.\d+)/.exec(text)?.[1];
}
