// Steps through the history, reloads, and the space that a page is given, on real pages.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';

import { ToolFailure } from '../../lib/errors.js';
import { handlers as input } from '../../tools/input.js';
import { handlers as pages } from '../../tools/navigate.js';
import { handlers as pictures } from '../../tools/screenshot.js';
import { handlers as viewports } from '../../tools/viewport.js';
import { Tab, onPages, waitUntil } from './browser.js';

onPages('a tab', ({ browser, tab }) => {
  it('goes back and forward, to other sites and within a page, and says where it is', async () => {
    const first = browser.page('<p>First');
    const second = browser.page('<p>Second', '/second.html', 'localhost');
    for (const url of [first, second]) await tab.run(pages.browser_navigate, { url });
    await tab.evaluate('history.pushState({}, "", "/second.html?more")');
    const go = async (/** @type {string} */ name) => (await tab.run(pages[name]))[0].text.split('\n').slice(0, 2).join(' ');
    assert.equal(await go('browser_navigate_back'), `Went back. - URL: ${second}`);
    assert.equal(await go('browser_navigate_back'), `Went back. - URL: ${first}`);
    assert.equal(await go('browser_go_forward'), `Went forward. - URL: ${second}`);
    assert.equal(await go('browser_go_forward'), `Went forward. - URL: ${second}?more`);
    await assert.rejects(tab.run(pages.browser_go_forward), {
      code: 'page_refused',
      message: "There is no later page in this tab's history.",
    });
    assert.equal(await tab.evaluate('location.search'), '?more');
  });

  it('loads its page again, whose refs are gone then', async () => {
    await tab.go(browser.page('<button>A</button><script>window.at = performance.timeOrigin</script>'));
    await tab.evaluate('window.mark = 1');
    const ref = /\[ref=(e\d+)\]/.exec((await tab.snapshot()))[1];
    const [{ text }] = await tab.run(pages.browser_reload);
    assert.match(text, /^Reloaded the page\.\n- URL: http/);
    assert.equal(await tab.evaluate('[window.mark, document.readyState].join()'), ',complete');
    await assert.rejects(tab.run(input.browser_click, { ref }), { code: 'stale_ref' });
    await tab.run(pages.browser_navigate, { url: 'about:blank' });
    assert.match((await tab.run(pages.browser_reload))[0].text, /URL: about:blank/);
  });

  it('that cannot be loaded again says so: its server is gone, or answers without a page', async () => {
    let status = 200;
    const server = createServer((_, response) => response.writeHead(status).end('<title>There</title>'));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    await tab.run(pages.browser_navigate, { url: `http://127.0.0.1:${port}/` });
    status = 204;
    await assert.rejects(tab.run(pages.browser_reload), { code: 'page_refused', message: /answered without a page/ });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(tab.run(pages.browser_reload), { code: 'page_refused', message: /shows an error page/ });
  });

  it('that asks before it is left says so when it is loaded again', async () => {
    const other = await browser.open('<button>A</button><script>onbeforeunload = (event) => event.preventDefault()</script>');
    const ref = /\[ref=(e\d+)\]/.exec((await other.snapshot()))[1];
    await other.run(input.browser_click, { ref });
    await assert.rejects(other.run(pages.browser_reload), { code: 'dialog_open', message: /A leave-page dialog/ });
    await other.session.send('Page.handleJavaScriptDialog', { accept: true });
  });

  it('whose reload is cancelled while its server is silent is free at once', async () => {
    let silent = false;
    const server = createServer((_, response) => silent || response.end('<title>There</title>'));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    await tab.run(pages.browser_navigate, { url: `http://127.0.0.1:${port}/` });
    silent = true;
    const call = tab.call('browser_reload');
    const ended = pages.browser_reload(call);
    await tab.session.until(() => tab.session.document.pending === 'started', { timeoutMs: 5_000 });
    call.stop(new ToolFailure('cancelled', 'x', 'y'));
    await assert.rejects(ended, { code: 'cancelled' });
    call.finish();
    await tab.run(pages.browser_navigate, { url: browser.page('<p>Next') });
    assert.equal(await tab.evaluate('document.body.textContent'), 'Next');
    server.closeAllConnections();
    server.close();
  });

  it('whose server never answers says what it waited for, and one whose page never ends shows what came', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/half') response.writeHead(200, { 'content-type': 'text/html' }).write('<title>Half</title><p>Some</p>');
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const url = `http://127.0.0.1:${port}/`;
    await assert.rejects(tab.run(pages.browser_navigate, { url }, 700), {
      code: 'timeout',
      message: `test ran into its deadline of 0.7 s while waiting for an answer from ${url}.`,
    });
    const [{ text }] = await tab.run(pages.browser_navigate, { url: `${url}half` }, 3_000);
    assert.match(text, /\n- Loading: the page is not complete yet/);
    assert.match((await tab.snapshot()), /- paragraph: Some/);
    server.closeAllConnections();
    server.close();
  });

  it('goes to a page that the browser made ready before it was attached to, and reads and works there', async () => {
    let prepared = 0;
    const server = createServer((request, response) => {
      if (request.headers['sec-purpose']?.includes('prerender')) prepared += 1;
      response.setHeader('content-type', 'text/html');
      response.end(request.url === '/next' ? '<title>Next</title><button onclick="this.textContent = `Hit`">There</button>' : READY);
    });
    const READY =
      '<title>First</title><a href="/next">Go</a><script type=speculationrules>{"prerender":[{"urls":["/next"],"eagerness":"immediate"}]}</script>';
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`;
    const other = new Tab(browser);
    await other.open(url);
    // In the background nothing is made ready, nor in a tab that is attached to.
    await browser.send('Target.activateTarget', { targetId: other.targetId });
    await waitUntil('the next page is ready', () => prepared === 1);
    const [{ text }] = await other.run(input.browser_click, { ref: await other.refOf('link "Go"') });
    assert.match(text, new RegExp(`- URL: ${url}next\\n- Title: Next`));
    await other.run(input.browser_click, { ref: await other.refOf('button "There"') });
    assert.match(await other.snapshot(), /button "Hit"/);
    await other.run(pages.browser_navigate_back);
    assert.match(await other.snapshot(), /link "Go"/);
    server.closeAllConnections();
    server.close();
  });

  describe('waits for what a page shows late', () => {
    /** @type {import('node:http').Server} */
    let server;
    /** @type {(() => void)[]} */
    let held = [];
    let url = '';
    before(async () => {
      server = createServer((_, response) => {
        response.setHeader('access-control-allow-origin', '*');
        held.push(() => response.end('Late'));
      });
      await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
      url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`;
    });
    after(() => {
      server.closeAllConnections();
      server.close();
    });

    const asks = (/** @type {string} */ ask) =>
      `<p id=p>None</p><a href="/">Home</a><script>const ask = () => fetch('${url}?' + Math.random()).then((r) => r.text()).then((t) => setTimeout(() => (p.textContent = t))); ${ask}</script>`;
    for (const [when, ask] of [
      ['at once', 'ask()'],
      ['when it is loaded', 'onload = ask'],
      ['a turn after it is loaded', 'onload = () => { const { port1, port2 } = new MessageChannel(); port2.onmessage = ask; port1.postMessage(0); }'],
      ['again with the answer', 'ask().then(ask)'],
    ]) {
      it(`because its script asks for it ${when}`, async () => {
        const going = tab.run(pages.browser_navigate, { url: browser.page(asks(ask)), settle_ms: 10_000 });
        for (const _ of when.startsWith('again') ? [1, 2] : [1]) await answer(going);
        assert.match((await going)[0].text, /^Opened /);
        assert.match(await tab.snapshot(), /paragraph: Late/);
      });
    }

    it('after a click that leads there, too, and says what is not answered in time', async () => {
      const late = browser.page(asks('ask()'));
      await tab.go(browser.page(`<a href="${late}">Go</a>`));
      const going = tab.run(input.browser_click, { ref: await tab.refOf('link "Go"'), settle_ms: 10_000 });
      await answer(going);
      await going;
      assert.match(await tab.snapshot(), /paragraph: Late/);
      const [{ text }] = await tab.run(pages.browser_reload, { settle_ms: 50 });
      assert.match(text, new RegExp(`\\n- Not answered yet: ${url}`));
    });

    /** Answers the page's request once the call could have ended if it did not wait for that. @param {Promise<unknown>} going */
    async function answer(going) {
      let over = false;
      going.then(() => (over = true));
      await waitUntil('the request came', () => held.length > 0);
      await tab.session.until(() => over, { timeoutMs: 150 });
      assert.equal(over, false, 'it waits for the answer');
      held.splice(0).forEach((end) => end());
    }
  });

  it('is laid out in the size that was asked for, on every page, until it is given another', async () => {
    const other = await browser.open('<p>Here</p><div style="height:3000px"></div><script>onresize = () => (window.heard = innerWidth)</script>');
    const size = () => other.evaluate('[innerWidth, innerHeight]');
    const before = await tab.evaluate('[innerWidth, innerHeight]');
    const [{ text }] = await other.run(viewports.browser_resize, { width: 390, height: 844 });
    assert.match(text, /^Resized the page to 390 x 844; the person's window keeps its size\.\n- URL/);
    assert.deepEqual(await size(), [390, 844]);
    assert.equal(await other.evaluate('heard'), 390);
    await other.run(pictures.browser_take_screenshot, { fullPage: true });
    assert.deepEqual(await size(), [390, 844]);
    await other.go(browser.page('<p>There', '/there.html', 'localhost'));
    assert.deepEqual(await size(), [390, 844], 'on another site');
    await other.session.detach();
    assert.deepEqual(await size(), [390, 844], 'after the debugger was away');
    await other.run(viewports.browser_resize, { width: 1400, height: 300 });
    assert.deepEqual(await size(), [1400, 300]);
    assert.deepEqual(await tab.evaluate('[innerWidth, innerHeight]'), before, 'another tab keeps its size');
  });
});
