import assert from 'node:assert/strict';
import test, { beforeEach } from 'node:test';
import { Native } from '../lib/native.js';
import { NotPaired, Pairing, readCode } from '../lib/pairing.js';
import { fakeChrome } from './chrome.js';

// These values stand in protocol/src/pairing.rs, too; the seal is made for this exchange.
const CODE = 'GAYTEMZ-UGU3DOO-BZMFRGG-ZDFMY';
const ID = 'dfb50e74da4baacf2e61ad7a1cbb471f';
const SEALED =
  '090909090909090909090909b9c2abcc78b6faa0b9ba00a18c4d5a47b27f8cd24ee42179122be23c01ba0fda3a064d39df3efab73c6eb28005e7840f2f8cf4d73d1fbf4f9513a276addb60eb37092ddcfa4ce9fae2c71631b9dfcaa8';
const EXCHANGE = { authority: '127.0.0.1:9008', hubNonce: 'aa', nonce: 'bb' };

let chrome;
beforeEach(() => {
  chrome = fakeChrome();
  globalThis.WebSocket = /** @type {any} */ (FakeSocket);
});

test('a code is read as it is printed, with the port where it is another', () => {
  const text = CODE.replaceAll('-', '');
  for (const [given, port] of [
    [CODE, 9008],
    [` ${CODE.toLowerCase()}\n`, 9008],
    [text, 9008],
    [`9010-${CODE}`, 9010],
    [`9010 ${text}`, 9010],
  ]) {
    assert.deepEqual(readCode(String(given)), { text, port }, String(given));
  }
  const digits = '7777777-7777777-7777777-77774';
  assert.deepEqual(readCode(digits), { text: digits.replaceAll('-', ''), port: 9008 }, 'no group of it is a port');
  for (const wrong of ['', '9010-', CODE.slice(1), `${CODE}A`, CODE.replace('G', '1'), `99999-${CODE}`, `0-${CODE}`, `1E3-${CODE}`]) {
    assert.throws(() => readCode(wrong), NotPaired, wrong);
  }
});

test('the hub is given the id of the code, and the key that it seals is kept', async () => {
  const { pairing, log } = started();
  const done = pairing.pair(CODE);
  const socket = await dialled('ws://127.0.0.1:9008/extension');
  assert.equal(pairing.busy, true);
  socket.hear({ method: 'challenge', params: { hubNonce: 'c1' } });
  const asked = await socket.next('pair');
  assert.equal(asked.params.pairingId, ID);
  const exchange = { authority: '127.0.0.1:9008', hubNonce: 'c1', nonce: asked.params.nonce };
  socket.hear({ id: asked.id, result: { sealed: await seal(exchange, '11'.repeat(32)) } });
  await done;
  assert.deepEqual(chrome.storage.local.items.get('pairing'), { port: 9008, key: '11'.repeat(32) });
  assert.deepEqual([log, pairing.busy, pairing.problem, socket.closed], [['paired'], false, null, true]);
  assert.ok(!JSON.stringify(socket.sent).includes('GAYTEMZ'), 'the code itself is not sent');

  const later = started().pairing;
  await later.load();
  assert.deepEqual(later.paired, { port: 9008, key: '11'.repeat(32) }, 'another life of the worker knows it');
});

test('what was sealed by another hub, for another exchange, or not at all is refused', async () => {
  const wrong = [
    SEALED,
    '',
    'zz',
    SEALED.slice(0, 40),
    await seal({ ...EXCHANGE, hubNonce: 'c1' }, '11'.repeat(32)),
  ];
  for (const sealed of wrong) {
    const { pairing, log } = started();
    const done = pairing.pair(CODE);
    const socket = await dialled('ws://127.0.0.1:9008/extension');
    socket.hear({ method: 'challenge', params: { hubNonce: 'c1' } });
    const asked = await socket.next('pair');
    socket.hear({ id: asked.id, result: { sealed } });
    await done;
    assert.match(String(pairing.problem?.message), /port 9008 is not the hub that made this code/, sealed);
    assert.deepEqual([log, pairing.paired, chrome.storage.local.items.has('pairing')], [[], null, false]);
  }
});

test('the seal of the hub opens in the extension', async () => {
  const { getRandomValues } = crypto;
  const { pairing } = started();
  // The nonce of the exchange for which the value was sealed is shorter than any that is drawn.
  crypto.getRandomValues = /** @type {any} */ (() => Uint8Array.of(0xbb));
  const done = pairing.pair(CODE);
  const socket = await dialled('ws://127.0.0.1:9008/extension');
  crypto.getRandomValues = getRandomValues;
  socket.hear({ method: 'challenge', params: { hubNonce: EXCHANGE.hubNonce } });
  const asked = await socket.next('pair');
  assert.equal(asked.params.nonce, EXCHANGE.nonce);
  socket.hear({ id: asked.id, result: { sealed: SEALED } });
  await done;
  assert.match(String(pairing.paired?.key), /^[0-9a-f]{64}$/);
});

test('a refusal, an end and a text that is no code are told, and nothing is kept', async () => {
  const { pairing, log } = started();
  await pairing.pair('not a code');
  assert.match(String(pairing.problem?.message), /no pairing code/);

  let done = pairing.pair(`9010-${CODE}`);
  let socket = await dialled('ws://127.0.0.1:9010/extension');
  socket.hear({ method: 'challenge', params: { hubNonce: 'c1' } });
  const asked = await socket.next('pair');
  socket.hear({ id: asked.id, error: { code: -32000, message: 'Expired.', data: { code: 'bad_pairing', fix: 'Again.' } } });
  await done;
  assert.deepEqual(pairing.problem, { message: 'Expired.', fix: 'Again.' });

  done = pairing.pair(CODE);
  socket = await dialled('ws://127.0.0.1:9008/extension');
  assert.equal(pairing.problem, null, 'the old problem is gone while the next code is tried');
  await pairing.pair(CODE);
  assert.equal(FakeSocket.last, socket, 'one code is tried at a time');
  socket.onclose();
  await done;
  assert.match(String(pairing.problem?.message), /No hub answers on 127\.0\.0\.1:9008/);
  assert.deepEqual([log, pairing.busy, chrome.storage.local.items.has('pairing')], [[], false, false]);
});

test('a native host that does not answer leads to the pairing, and its word wins when it does', ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const ports = [];
  chrome.runtime.connectNative = () => {
    const port = { onMessage: hook(), onDisconnect: hook(), postMessage() {} };
    ports.push(port);
    return port;
  };
  const log = [];
  let paired = true;
  const native = new Native({
    onHub: ({ port }) => log.push(`hub ${port}`),
    onProblem: () => {},
    onAbsent: () => (log.push('absent'), paired),
  });
  native.ask();
  ports[0].onDisconnect.fire();
  assert.deepEqual([log, native.absent], [['absent'], true]);
  native.ask();
  ports[1].onMessage.fire({ type: 'hub', port: 9010, key: '22'.repeat(32), browserPid: 1 });
  assert.deepEqual([log, native.absent], [['absent', 'hub 9010'], false]);
  mock.timers.tick(60_000);
  assert.equal(ports.length, 2, 'whoever dials by the pairing asks the host again; the host is not asked beside it');
  paired = false;
  ports[1].onDisconnect.fire();
  mock.timers.tick(60_000);
  assert.equal(ports.length, 3);
});

class FakeSocket {
  /** @type {any} */
  static last;
  sent = [];
  closed = false;

  constructor(url) {
    this.url = url;
    FakeSocket.last = this;
  }

  hear(frame) {
    this.onmessage({ data: JSON.stringify({ jsonrpc: '2.0', ...frame }) });
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  async next(method) {
    await until(() => this.sent.some((frame) => frame.method === method));
    return this.sent.find((frame) => frame.method === method);
  }
}

function started() {
  FakeSocket.last = null;
  const log = [];
  return { pairing: new Pairing({ onChange() {}, onPaired: () => log.push('paired') }), log };
}

async function dialled(url) {
  await until(() => FakeSocket.last && !FakeSocket.last.closed);
  assert.equal(FakeSocket.last.url, url);
  return FakeSocket.last;
}

/** Seals as the hub does. */
async function seal({ authority, hubNonce, nonce }, key) {
  const encoder = new TextEncoder();
  const secret = await crypto.subtle.importKey('raw', encoder.encode('0123456789abcdef'), 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode('tabmux pairing seal') };
  const sealing = await crypto.subtle.deriveKey(derivation, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt']);
  const iv = new Uint8Array(12);
  const additionalData = encoder.encode([authority, hubNonce, nonce].join('|'));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, sealing, encoder.encode(key));
  return Buffer.concat([iv, new Uint8Array(sealed)]).toString('hex');
}

function hook() {
  let listener;
  return { addListener: (added) => (listener = added), fire: (value) => listener(value) };
}

async function until(condition) {
  const end = Date.now() + 3_000;
  while (!condition()) {
    assert.ok(Date.now() < end, `${condition} did not come true`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
