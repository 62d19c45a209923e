// What pages ask for: the list, a request with its answer, and what listening leaves behind.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, it } from 'node:test';

import { handlers as network } from '../../tools/network.js';
import { Tab, onPages, waitUntil } from './browser.js';

onPages('the requests of a page', ({ browser, tab }) => {
  /** @type {import('node:http').Server} */
  let server;
  /** @type {import('node:http').ServerResponse[]} */
  const held = [];
  before(async () => {
    server = createServer(serve).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('are listed with what came of each, from the navigation on', async () => {
    await tab.go(at('/first'));
    await tab.go(at('/page'));
    await tab.evaluate(`Promise.all([fetch('/data?x=1'), fetch('/moved'), fetch('/missing', { method: 'POST', body: 'a=1' })].map(async (one) => (await one).text()))`);
    await tab.evaluate(`fetch('http://127.0.0.1:1/refused').catch(() => {})`);
    await tab.evaluate(`void fetch('/held')`);
    const text = await list();
    assert.match(text, /^- URL: .*\/page\n- Static resources that did not fail: 1, shown with static=true\.\n- Note: requests/);
    const lines = bodyOf(text).map((line) => line.replace(/\[r\d+\]/, '[r]').replace(/ [\d.]+ k?B /, ' size ').replace(/ \d+ ms /, ' time '));
    assert.deepEqual(lines.slice(0, 1), [`- [r] GET 200 document size time ${at('/page')}`]);
    assert.deepEqual(lines.slice(1).toSorted(), [
      `- [r] GET 200 fetch size time ${at('/data?x=1')}`,
      `- [r] GET 200 fetch size time ${at('/data')}`,
      `- [r] GET 302 fetch size time ${at('/moved')}`,
      '- [r] GET failed fetch time net::ERR_UNSAFE_PORT http://127.0.0.1:1/refused',
      `- [r] GET fetch pending ${at('/held')}`,
      `- [r] POST 404 fetch size time ${at('/missing')}`,
    ].toSorted());
  });

  it('are narrowed by address, type, status and method', async () => {
    await tab.go(at('/page'));
    await tab.evaluate(`Promise.all([fetch('/data?x=1'), fetch('/missing', { method: 'POST', body: 'a=1' }), fetch('/moved')])`);
    const paths = async (/** @type {object} */ args) => bodyOf(await list(args)).map((line) => line.split(' ').at(-1).replace(at(''), '')).toSorted();
    assert.deepEqual(await paths({ filter: 'x=1' }), ['/data?x=1']);
    assert.deepEqual(await paths({ filter: '**/data' }), ['/data', '/data?x=1']);
    assert.deepEqual(await paths({ type: 'document' }), ['/page']);
    assert.deepEqual(await paths({ type: 'image', static: true }), ['/logo.png']);
    assert.deepEqual(await paths({ status: '302' }), ['/moved']);
    assert.deepEqual(await paths({ status: '4xx' }), ['/missing']);
    assert.deepEqual(await paths({ status: 'failed' }), ['/missing']);
    assert.deepEqual(await paths({ method: 'post' }), ['/missing']);
    assert.match(await list({ filter: 'nowhere' }), /\n\n\(No request that was asked for here, of \d+ since the last navigation\.\)$/);
    await assert.rejects(list({ status: 'bad' }), { code: 'bad_input', message: /404/ });
  });

  it('keep their names, which lead to headers, bodies and timing', async () => {
    await tab.go(at('/page'));
    await tab.evaluate(`fetch('/missing', { method: 'POST', headers: { Authorization: 'Bearer abc' }, body: 'a=1\\nb=2' }).then((r) => r.text())`);
    await tab.evaluate(`fetch('/data').then((r) => r.text())`);
    const [posted, data] = [nameIn(await list({ filter: 'missing' })), nameIn(await list({ filter: 'data' }))];
    assert.equal(nameIn(await list({ filter: 'missing' })), posted);
    const all = await look({ request: posted });
    assert.match(all, new RegExp(`^- \\[${posted}\\] POST 404 fetch .*/missing\n- Note: everything below is content`));
    assert.match(all, /\nURL: http.*\/missing\nRequest headers:\n/);
    assert.match(all, /\n  Authorization: Bearer \(hidden, 10 characters; shown with secrets=true\)\n/i);
    assert.match(all, /\n  Cookie: kept=\.\.\.; secret=\.\.\. \(hidden, \d+ characters/);
    assert.match(all, /\nResponse headers:\n(.*\n)*  content-type: text\/html/i);
    assert.match(all, /\nTook: [\d.]+ ms\nTiming: .*waiting [\d.]+ ms/);
    assert.match(all, /\nRequest body: see part=request\nResponse body: text\/html, \d+ B; see part=response$/);
    const told = await look({ request: posted, part: 'headers', secrets: true });
    assert.match(told, /\n  Authorization: Bearer abc\n/i);
    assert.match(told, /\n  Cookie: kept=1; secret=abc\n/);
    assert.equal(lastOf(await look({ request: posted, part: 'request' })), 'a=1\nb=2');
    assert.equal(lastOf(await look({ index: Number(data.slice(1)), part: 'response-body' })), '{"a": "ä"}');
    assert.match(await look({ request: data, part: 'timing' }), /\nStarted: 20.*Z\nTook: /);
  });

  it('show a cookie that is set by its name, on the step of a redirection that set it', async () => {
    await tab.go(at('/page'));
    await tab.evaluate(`fetch('/moved').then((r) => r.text())`);
    const moved = nameIn(await list({ status: '302' }));
    assert.match(await look({ request: moved, part: 'headers' }), /\n  Set-Cookie: secret=\.\.\. \(hidden, \d+ characters; .*\)$/im);
    assert.match(await look({ request: moved, part: 'headers', secrets: true }), /\n  Set-Cookie: secret=abc; HttpOnly$/im);
    await assert.rejects(look({ request: moved, part: 'response' }), { code: 'page_refused', message: /led on to another address/ });
    const last = nameIn(await list({ filter: '/data' }));
    assert.doesNotMatch(await look({ request: last, part: 'headers' }), /set-cookie/i);
  });

  it('are refused by names that there are not, and tell what a request has not', async () => {
    await tab.go(at('/page'));
    const page = nameIn(await list());
    await assert.rejects(look({}), { code: 'bad_input' });
    await assert.rejects(look({ request: 'r999999' }), { code: 'bad_input', message: /no request "r999999"/ });
    await assert.rejects(look({ request: page, part: 'request' }), { code: 'bad_input', message: /has no body/ });
    await tab.evaluate(`void fetch('/held')`);
    await assert.rejects(look({ request: nameIn(await list({ status: 'pending' })), part: 'response' }), { code: 'page_refused' });
    await tab.go(at('/page'));
    await assert.rejects(look({ request: page }), { code: 'bad_input', message: /of the page that tab t\d+ shows/ });
  });

  it('of frames in other processes are among them, with their bodies', async () => {
    await tab.go(at(`/frames?to=${encodeURIComponent(at('/inner').replace('127.0.0.1', 'localhost'))}`));
    await waitUntil('the frame has asked', async () => /\d ms .*\/data\?inner/.test(await list()));
    assert.match(await list(), /GET 200 document .*localhost.*\/inner\n/);
    const body = await look({ request: nameIn(await list({ filter: 'data?inner' })), part: 'response' });
    assert.equal(lastOf(body), '{"a": "ä"}');
    await waitUntil('its document is over', async () => !/pending/.test(await list({ filter: '/inner' })));
  });

  it('that were made before anybody listened are told of by the page', async () => {
    const other = new Tab(browser);
    await other.open(at('/page'));
    await waitUntil('it is loaded', async () => (await chrome.tabs.get(other.chromeId)).title === 'Page');
    await other.session.attach();
    await other.evaluate(`fetch('/data?later').then((r) => r.text())`);
    const [{ text }] = await other.run(network.browser_network_requests, { static: true });
    assert.match(text, /\n- Requests marked "earlier" were made while no agent worked in the tab/);
    assert.match(text, /\n- \[earlier\] 200 document .*\/page\n(.*\n)*- \[earlier\] 200 image .*\/logo.png\n/);
    assert.match(text, /\n- \[r\d+\] GET 200 fetch .*\/data\?later$/);
    assert.equal(text.match(/later/g)?.length, 1, 'a request is listed once');
  });

  it('are kept to a bound, the newest of them, and the list to its budget', async () => {
    await tab.go(at('/page'));
    await tab.evaluate(`(async () => { for (let i = 0; i < 1050; i += 50) await Promise.all(Array.from({ length: 50 }, (_, j) => fetch('/data?n=' + (i + j)))); })()`);
    const text = await list();
    assert.ok(Buffer.byteLength(text) <= 10_000, `${Buffer.byteLength(text)}`);
    assert.match(text, /\n- The last 1,000 requests are kept; earlier ones are gone\.\n- Part 1 of \d+; go on with test cursor=/);
    assert.match(text, /data\?n=1049$/m);
    assert.equal(tab.session.traffic.entries.length, 1_000);
    const [{ text: next }] = await tab.run(network.browser_network_requests, { cursor: /cursor=(\S+)/.exec(text)[1] });
    assert.match(next, /\n- Part 2 of /);
  });

  it('with a body that is no text, or is too large to be shown, give it as a file', async () => {
    await tab.go(at('/page'));
    await tab.evaluate(`fetch('/large').then((r) => r.text())`);
    const logo = nameIn(await list({ static: true, filter: 'logo' }));
    const [told, picture] = await tab.run(network.browser_network_request, { request: logo, part: 'response' });
    assert.match(told.text, /\n\n\(The body, \d+ B of image\/png, is no text; it is in a file\.\)$/);
    assert.deepEqual(picture, { type: 'file', name: 'logo.png', mimeType: 'image/png', data: PIXEL.toString('base64'), about: `The body of request ${logo}` });
    const large = nameIn(await list({ filter: 'large' }));
    const [said, body] = await tab.run(network.browser_network_request, { request: large, part: 'response' });
    assert.match(said.text, /\(The body, 800 kB of text\/plain, is too large to be shown; it is in a file\.\)$/);
    assert.equal(Buffer.from(body.data, 'base64').toString(), LARGE);
  });

  it('keep a bounded part of an address that holds a whole document', async () => {
    await tab.go(at('/page'));
    await tab.evaluate(`fetch('data:text/plain,' + 'x'.repeat(100_000)).then((r) => r.text())`);
    const name = nameIn(await list({ filter: 'data:text', static: true }));
    assert.ok((await look({ request: name })).length < 11_000);
    assert.ok(tab.session.traffic.entries.every(({ url }) => url.length <= 10_003));
  });

  it('say that a body is not kept', async () => {
    await tab.go(at('/page'));
    await tab.evaluate(`fetch('/data').then((r) => r.text())`);
    const data = nameIn(await list({ filter: '/data' }));
    await tab.session.detach();
    await assert.rejects(look({ request: data, part: 'response' }), { code: 'page_refused', message: /does not keep/ });
  });

  async function list(args = {}) {
    return (await tab.run(network.browser_network_requests, args))[0].text;
  }

  async function look(args = {}) {
    return (await tab.run(network.browser_network_request, args))[0].text;
  }

  /** @param {string} path */
  function at(path) {
    return `http://127.0.0.1:${/** @type {any} */ (server.address()).port}${path}`;
  }

  /** @type {import('node:http').RequestListener} */
  function serve(request, response) {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    const answer = (/** @type {number} */ status, /** @type {string} */ type, /** @type {string | Buffer} */ body, headers = {}) => {
      response.writeHead(status, { 'content-type': type, 'access-control-allow-origin': '*', ...headers });
      response.end(body);
    };
    const page = (/** @type {string} */ body, headers = {}) =>
      answer(200, 'text/html; charset=utf-8', `<!doctype html><link rel=icon href="data:,"><title>Page</title>${body}`, headers);
    if (pathname === '/held') held.push(response);
    else if (pathname === '/data') answer(200, 'application/json; charset=utf-8', '{"a": "ä"}');
    else if (pathname === '/moved') answer(302, 'text/plain', '', { location: '/data', 'set-cookie': 'secret=abc; HttpOnly' });
    else if (pathname === '/large') answer(200, 'text/plain; charset=utf-8', LARGE);
    else if (pathname === '/logo.png') answer(200, 'image/png', PIXEL);
    else if (pathname === '/page') page('<img src=/logo.png>', { 'set-cookie': ['kept=1', 'secret=abc; HttpOnly'] });
    else if (pathname === '/first') page('<img src=/logo.png?first>');
    else if (pathname === '/frames') page(`<iframe src="${searchParams.get('to')}"></iframe>`);
    else if (pathname === '/inner') page('<script>fetch("/data?inner").then((r) => r.text())</script>');
    else answer(404, 'text/html', 'nothing');
  }
});

/** The lines below the header. @param {string} text */
function bodyOf(text) {
  return text.slice(text.indexOf('\n\n') + 2).split('\n');
}

/** @param {string} text */
function lastOf(text) {
  return text.slice(text.indexOf('\n\n') + 2);
}

/** The name of the first request of a list. @param {string} text */
function nameIn(text) {
  const name = /\[(r\d+)\]/.exec(text)?.[1];
  assert.ok(name, text);
  return name;
}

const LARGE = 'ä'.repeat(400_000);
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
