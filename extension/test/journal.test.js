import assert from 'node:assert/strict';
import test from 'node:test';
import { Journal, mintedAtMs } from '../lib/journal.js';
import { fakeChrome } from './chrome.js';

const BOOT = { bootId: 'boot-1' };
const result = (text) => ({ result: { content: [{ type: 'text', text }] } });

test('a call at work is joined, and a finished one answered from memory', async () => {
  const { journal } = fresh();
  const { promise, resolve } = defer();
  journal.join(id(1), promise);
  assert.equal(journal.recall(call(1)), promise);
  await journal.start(id(1));
  await journal.finish(id(1), result('done'));
  resolve(result('done'));
  await new Promise(setImmediate);
  assert.deepEqual(await journal.recall(call(1, { resend: true })), result('done'));
});

test('after the death of the worker a finished call is answered and a started one is unknown', async () => {
  const { journal, area } = fresh();
  await journal.start(id(1));
  await journal.finish(id(1), result('done'));
  await journal.start(id(2));
  const next = new Journal(area, BOOT);
  await next.load();
  assert.deepEqual(await next.recall(call(1, { resend: true })), result('done'));
  assert.equal((await next.recall(call(2, { resend: true }))).error.data.code, 'outcome_unknown');
  assert.equal((await next.recall(call(2))).error.data.code, 'outcome_unknown', 'also when it is not called a repetition');
  assert.equal(next.recall(call(2, { resend: true, readOnly: true })), null, 'a read-only call is simply run again');
});

test('a call that this memory never saw runs, and one of another memory is unknown', async () => {
  const { journal } = fresh();
  assert.equal(journal.recall(call(1)), null);
  assert.equal(journal.recall(call(1, { resend: true })), null);
  const other = await journal.recall(call(1, { resend: true, bootId: 'boot-0' }));
  assert.equal(other.error.data.code, 'outcome_unknown');
  assert.equal(journal.recall(call(1, { resend: true, bootId: 'boot-0', readOnly: true })), null);
});

test('a call that is sent again without saying in which memory it may have run is unknown', async () => {
  const { journal } = fresh();
  assert.equal(journal.recall(call(1, { bootId: undefined })), null);
  const again = await journal.recall(call(1, { resend: true, bootId: undefined }));
  assert.equal(again.error.data.code, 'outcome_unknown');
});

test('the journal is bounded, and what it forgot is unknown', async () => {
  const { journal, area } = fresh();
  for (let n = 1; n <= 300; n += 1) {
    await journal.start(id(n, 2_000_000 + n));
    await journal.finish(id(n, 2_000_000 + n), result(String(n)));
  }
  assert.ok([...area.items.keys()].filter((key) => key.startsWith('call:')).length <= 256);
  const forgotten = call(1, { resend: true, callId: id(1, 2_000_001) });
  assert.equal((await journal.recall(forgotten)).error.data.code, 'outcome_unknown');
  const reborn = new Journal(area, BOOT);
  await reborn.load();
  assert.equal((await reborn.recall(forgotten)).error.data.code, 'outcome_unknown');
  assert.equal(reborn.recall(call(1, { resend: true, callId: id(9, 2_000_500) })), null);
});

test('of a large answer only the outcome is kept', async () => {
  const { journal, area } = fresh();
  await journal.start(id(1));
  await journal.finish(id(1), result('x'.repeat(20_000)));
  assert.ok(JSON.stringify([...area.items]).length < 1_000);
  const answer = await journal.recall(call(1, { resend: true }));
  assert.equal(answer.error.data.code, 'outcome_unknown');
  assert.match(answer.error.message, /was carried out/);
  await journal.start(id(2));
  await journal.finish(id(2), result('\u6f22'.repeat(6_000)));
  assert.ok(JSON.stringify([...area.items]).length < 1_000, 'bytes count and not characters: the memory holds bytes');
});

test('a call that failed before it acted leaves no mark', async () => {
  const { journal, area } = fresh();
  await journal.finish(id(1), { error: { code: -32000, message: 'no', data: { code: 'no_tab' } } });
  assert.equal(area.items.size, 0);
});

test('the time is read out of a UUIDv7 only', () => {
  assert.equal(mintedAtMs('017f22e2-79b0-7cc3-98c4-dc0c0c07398f'), 1645557742000);
  assert.equal(mintedAtMs('017f22e2-79b0-4cc3-98c4-dc0c0c07398f'), null);
  assert.equal(mintedAtMs('nonsense'), null);
});

function fresh() {
  const area = fakeChrome().storage.session;
  return { area, journal: new Journal(area, BOOT) };
}

function call(n, more = {}) {
  return { callId: id(n), tool: 'browser_click', readOnly: false, resend: false, bootId: 'boot-1', ...more };
}

function id(n, at = 3_000_000) {
  const time = at.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(n).padStart(12, '0')}`;
}

function defer() {
  let resolve;
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
