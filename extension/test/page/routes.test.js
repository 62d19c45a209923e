// Requests that are blocked, answered or changed on their way, and that none is left waiting.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, afterEach, before, it } from 'node:test';

import { handlers as routes } from '../../tools/routes.js';
import { onPages, waitUntil } from './browser.js';

onPages('a route', ({ browser, tab }) => {
  /** @type {import('node:http').Server} */
  let server;
  const client = { routes: [] };
  const context = {
    tabs: { list: () => [tab.record], store: { clients: new Map([['c', client]]), save: async () => {} } },
    sessions: { of: () => tab.session },
  };
  before(async () => {
    server = createServer((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'access-control-allow-origin': '*' });
      response.end(JSON.stringify({ path: request.url, headers: request.headers }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    tab.session.interception.routes = () => client.routes;
    await tab.go(browser.page('<h1>Page</h1>'));
  });
  afterEach(() => run('browser_unroute'));
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('blocks what fits and lets go what does not', async () => {
    assert.equal(
      await run('browser_route', { pattern: '*.png', action: 'block' }),
      'Requests of your tabs that fit *.png change from here on.\n- *.png: blocked',
    );
    assert.equal(await get('/logo.png?x=1'), 'TypeError');
    assert.match(await get('/data'), /"path":"\/data"/);
    const listed = tab.session.traffic.entries.find(({ url }) => url.includes('logo.png'));
    await waitUntil('it is known as blocked', () => /blocked/i.test(listed.failure));
    await run('browser_unroute', { pattern: '*.png' });
    assert.match(await get('/logo.png'), /logo/);
  });

  it('answers in place of the server, also a page of another origin, in the type of its body', async () => {
    await run('browser_route', { pattern: '**/users', body: '[{"name": "Zoë"}]' });
    const answer = `fetch('${at('/users')}', { credentials: 'include', headers: { 'X-Odd': '1' } }).then(async (r) => [r.status, r.headers.get('content-type'), await r.text()])`;
    assert.deepEqual(await tab.evaluate(answer), [200, 'application/json; charset=utf-8', '[{"name": "Zoë"}]']);
    await run('browser_route', { pattern: '**/users', status: 503, headers: ['Retry-After: 5'] });
    assert.equal(client.routes.length, 1, 'a pattern has one route');
    assert.equal(await tab.evaluate(`fetch('${at('/users')}').then((r) => r.status)`), 503);
    await run('browser_route', { pattern: '**/us*', body: 'last' });
    assert.equal(await get('/users'), 'last', 'the last that fits counts');
  });

  it('gives a page of its own to a navigation', async () => {
    await run('browser_route', { pattern: 'http://nowhere.test/*', body: '<!doctype html><title>Made up</title>' });
    await tab.go('http://nowhere.test/x');
    assert.equal(await tab.evaluate('document.title'), 'Made up');
    await tab.go(browser.page('<h1>Page</h1>'));
  });

  it('adds headers to requests, and leaves some out', async () => {
    await tab.go(at('/'));
    await run('browser_route', { pattern: '/data', headers: ['X-Test: a: b'], removeHeaders: 'X-Own, x-other' });
    const { headers } = JSON.parse(await tab.evaluate(`fetch('/data', { headers: { 'X-Own': '1' } }).then((r) => r.text())`));
    assert.equal(headers['x-test'], 'a: b');
    assert.equal(headers['x-own'], undefined);
    assert.match(await run('browser_route_list'), /\n- \/data: sent with X-Test: a: b, sent without x-own, x-other$/);
  });

  it('holds for frames of other processes, and for what they load first', async () => {
    browser.page('<script>fetch("/inner-data").then((r) => r.text()).then((text) => document.title = text)</script>', '/inner.html');
    await run('browser_route', { pattern: '/inner-data', body: 'made up' });
    await tab.go(browser.page(`<iframe src="http://localhost:${browser.port}/inner.html"></iframe>`));
    const [sessionId] = await waitFor('the frame has its process', () => [...tab.session.children.keys()]);
    await waitUntil('the frame got the answer', async () => {
      const { result } = await tab.session.send('Runtime.evaluate', { expression: 'document.title' }, sessionId);
      return result.value === 'made up';
    });
    await tab.go(browser.page('<h1>Page</h1>'));
  });

  it('comes back with the session, and what is held goes on when the session ends', async () => {
    await run('browser_route', { pattern: '/data', body: 'made up' });
    await tab.session.detach();
    assert.match(await pageGets('/data'), /path/, 'nothing is held while nobody is attached');
    await tab.session.attach();
    assert.equal(await get('/data'), 'made up');
    // A worker that dies decides nothing any more.
    const { command } = tab.session.interception;
    tab.session.interception.command = () => new Promise(() => {});
    await tab.evaluate(`void fetch('${at('/held')}').then((r) => r.text()).then((text) => { window.held = text; })`);
    await tab.session.detach();
    tab.session.interception.command = command;
    await waitUntil('it went on', () => tab.evaluate('window.held?.includes("/held")'));
  });

  it('that the browser does not take fails its requests, and none waits', async () => {
    client.routes = [{ pattern: '/data', action: 'mock', status: 1_000, body: '', headers: [] }];
    await tab.session.interception.apply();
    assert.equal(await get('/data'), 'TypeError');
    client.routes = [{ pattern: '/data', action: 'headers', headers: [['X-Test', 'a\r\nb']], removed: [] }];
    assert.equal(await get('/data'), 'TypeError');
  });

  it('is refused when it says nothing, or what does not go together', async () => {
    const refused = (/** @type {object} */ args, /** @type {RegExp} */ message) =>
      assert.rejects(run('browser_route', args), { code: 'bad_input', message });
    await refused({ pattern: ' ', action: 'block' }, /empty/);
    await refused({ pattern: 'x' }, /not said what becomes/);
    await refused({ pattern: 'x', action: 'block', status: 404 }, /belong to action=mock/);
    await refused({ pattern: 'x', action: 'headers' }, /No header/);
    await refused({ pattern: 'x', headers: ['no header'] }, /"no header" is no header/);
    await refused({ pattern: 'x', headers: ['X: a\r\nY: b'] }, /is no header/);
    await refused({ pattern: 'x', body: 'y'.repeat(600_000) }, /500 kB/);
    await assert.rejects(run('browser_unroute', { pattern: 'x' }), { code: 'bad_input', message: /no route for "x"/ });
    assert.equal(await run('browser_route_list'), 'You have no routes.');
  });

  /** @param {'browser_route' | 'browser_unroute' | 'browser_route_list'} tool */
  async function run(tool, args = {}) {
    return (await tab.run((call) => routes[tool](call, /** @type {any} */ (context)), args))[0].text;
  }

  /** What the page gets from the server; the name of the error if it gets nothing. @param {string} path */
  async function get(path) {
    return tab.evaluate(`fetch('${at(path)}').then((r) => r.text()).catch((error) => error.name)`);
  }

  /** The same without the session. @param {string} path */
  async function pageGets(path) {
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId: tab.targetId, flatten: true });
    const expression = `fetch('${at(path)}').then((r) => r.text())`;
    const { result } = await browser.send('Runtime.evaluate', { expression, awaitPromise: true }, sessionId);
    await browser.send('Target.detachFromTarget', { sessionId });
    return result.value;
  }

  /** @param {string} path */
  function at(path) {
    return `http://127.0.0.1:${/** @type {any} */ (server.address()).port}${path}`;
  }
});

/** @template T @param {string} what @param {() => T[]} look */
async function waitFor(what, look) {
  await waitUntil(what, () => look().length > 0);
  return look();
}
