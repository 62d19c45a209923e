import assert from 'node:assert/strict';
import test from 'node:test';
import { Hub } from '../lib/hub.js';
import { ProofKey } from '../lib/proof.js';
import './chrome.js';

const KEY = '11'.repeat(32);
const WORD = /** @type {const} */ ({ type: 'hub', port: 9008, key: KEY, browserPid: 7 });

test('the greeting proves both sides before anything is served', async () => {
  const { hub, socket, log } = connect();
  socket.hear({ method: 'call', id: 9, params: {} });
  socket.hear({ method: 'challenge', params: { hubNonce: 'aa' } });
  const hello = await socket.next('hello');
  assert.deepEqual([hello.params.kind, hello.params.pid, hello.params.browserId], ['extension', 7, 'profile']);
  const transcript = { kind: 'extension', authority: '127.0.0.1:9008', hubNonce: 'aa', clientNonce: hello.params.clientNonce };
  const key = await ProofKey.fromHex(KEY);
  assert.equal(await key.verify('peer', transcript, hello.params.proof), true);
  assert.equal(socket.sent.length, 1, 'the call before the proof is not served');
  socket.hear({ id: hello.id, result: { proof: await key.prove('hub', transcript), protocol: 1 } });
  await until(() => hub.state === 'connected');
  assert.deepEqual(log, ['welcome']);
  socket.hear({ id: 3, method: 'ping' });
  assert.deepEqual(socket.sent.at(-1), { jsonrpc: '2.0', id: 3, result: {} });
  socket.hear({ id: 4, method: 'future' });
  assert.equal(socket.sent.at(-1).error.code, -32601);
  socket.hear({ id: 5, method: 'call', params: { callId: 'c', clientId: 'a', deadlineMs: 1 } });
  await until(() => socket.sent.at(-1).id === 5);
  assert.deepEqual(socket.sent.at(-1).result, { content: [] });
});

test('what happens between the greeting and the welcome is told after the welcome', async () => {
  const { hub, socket } = connect();
  socket.hear({ method: 'challenge', params: { hubNonce: 'aa' } });
  const hello = await socket.next('hello');
  const event = { event: 'tabClosed', tab: 't1', clientId: 'a' };
  hub.event(/** @type {any} */ (event));
  assert.equal(socket.sent.length, 1);
  const transcript = { kind: 'extension', authority: '127.0.0.1:9008', hubNonce: 'aa', clientNonce: hello.params.clientNonce };
  const key = await ProofKey.fromHex(KEY);
  socket.hear({ id: hello.id, result: { proof: await key.prove('hub', transcript), protocol: 1 } });
  await until(() => hub.state === 'connected');
  assert.deepEqual(socket.sent.slice(1), [{ jsonrpc: '2.0', method: 'event', params: event }]);
});

test('a hub that cannot prove itself is left, with the reason', async () => {
  const { hub, socket, log } = connect();
  socket.hear({ method: 'challenge', params: { hubNonce: 'aa' } });
  const hello = await socket.next('hello');
  socket.hear({ id: hello.id, result: { proof: '00'.repeat(32), protocol: 1 } });
  socket.hear({ id: 4, method: 'call', params: { callId: 'c', clientId: 'a', deadlineMs: 1 } });
  await until(() => hub.state === 'idle');
  assert.deepEqual([log, socket.closed, socket.sent.length], [['lost'], true, 1]);
  assert.match(hub.problem.message, /is not the hub of this installation/);
});

test('a refusal is kept for the popup, and a later attempt is made', async () => {
  const { hub, socket, log } = connect();
  socket.hear({ method: 'challenge', params: { hubNonce: 'aa' } });
  const hello = await socket.next('hello');
  socket.hear({ id: hello.id, error: { code: -32000, message: 'Too old.', data: { code: 'version', fix: 'Update.' } } });
  await until(() => hub.state === 'idle');
  assert.deepEqual(hub.problem, { message: 'Too old.', fix: 'Update.' });
  await until(() => log.includes('ask'));
});

test('a pairing that the hub does not know any more says how to pair again', async () => {
  const { hub, socket } = connect({ ...WORD, paired: true });
  socket.hear({ method: 'challenge', params: { hubNonce: 'aa' } });
  const hello = await socket.next('hello');
  socket.hear({ id: hello.id, error: { code: -32000, message: 'Wrong.', data: { code: 'bad_proof', fix: 'Read it.' } } });
  await until(() => hub.state === 'idle');
  assert.match(hub.problem.message, /does not know this browser any more/);
  assert.match(hub.problem.fix, /tabmux pair/);
});

test('the browser is told its place, and the person can ask for another', async () => {
  const { hub, socket, log } = connect();
  hub.activate();
  socket.hear({ method: 'challenge', params: { hubNonce: 'aa' } });
  const hello = await socket.next('hello');
  const transcript = { kind: 'extension', authority: '127.0.0.1:9008', hubNonce: 'aa', clientNonce: hello.params.clientNonce };
  const key = await ProofKey.fromHex(KEY);
  socket.hear({ id: hello.id, result: { proof: await key.prove('hub', transcript), protocol: 1 } });
  await until(() => hub.state === 'connected');
  socket.hear({ method: 'place', params: { place: 'reserve', active: { name: 'Chromium 1' } } });
  hub.activate();
  assert.deepEqual(socket.sent.slice(1), [{ jsonrpc: '2.0', method: 'activate', params: {} }]);
  assert.equal(log.at(-1), 'reserve Chromium 1');
});

test('there is one attempt at a time', () => {
  const { hub } = connect();
  const { made } = FakeSocket;
  hub.connect(WORD);
  assert.equal(FakeSocket.made, made);
});

test('what is not JSON ends the link', async () => {
  const { hub, socket } = connect();
  socket.onmessage({ data: '{"half' });
  await until(() => hub.state === 'idle');
  assert.equal(socket.closed, true);
});

class FakeSocket {
  static OPEN = 1;
  static made = 0;
  static last;
  readyState = 1;
  bufferedAmount = 0;
  sent = [];
  closed = false;

  constructor(url) {
    this.url = url;
    FakeSocket.made += 1;
    FakeSocket.last = this;
  }

  hear(frame) {
    this.onmessage?.({ data: JSON.stringify({ jsonrpc: '2.0', ...frame }) });
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

function connect(word = WORD) {
  globalThis.WebSocket = /** @type {any} */ (FakeSocket);
  const log = [];
  const hub = new Hub({
    greeting: async () => ({ browserId: 'profile' }),
    onWelcome: () => log.push('welcome'),
    onLost: () => log.push('lost'),
    onClients() {},
    onPlace: ({ place, active }) => log.push(`${place} ${active?.name}`),
    call: async () => ({ result: { content: [] } }),
    cancel() {},
    leave: async () => {},
    ask: () => log.push('ask'),
  });
  hub.connect(word);
  return { hub, socket: FakeSocket.last, log };
}

async function until(condition) {
  const end = Date.now() + 3_000;
  while (!condition()) {
    assert.ok(Date.now() < end, `${condition} did not come true`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
