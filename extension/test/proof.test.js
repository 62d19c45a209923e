import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import test from 'node:test';
import { ProofKey, drawNonce } from '../lib/proof.js';

const KEY = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const transcript = { kind: 'extension', authority: '127.0.0.1:9008', hubNonce: 'aa', clientNonce: 'bb' };

test('a proof is the HMAC over side, kind, authority and both nonces', async () => {
  const key = await ProofKey.fromHex(KEY);
  const expected = createHmac('sha256', Buffer.from(KEY, 'hex'))
    .update('peer|extension|127.0.0.1:9008|aa|bb')
    .digest('hex');
  assert.equal(await key.prove('peer', transcript), expected);
  // A fixed vector, so that both ends cannot drift together.
  assert.equal(expected, '7f9878d0dba9904a41df8fd2e1aa4bc00d2189c240e31c010ceb657506c4d06b');
});

test('a proof holds for its side, key and nonces only', async () => {
  const key = await ProofKey.fromHex(KEY);
  const proof = await key.prove('hub', transcript);
  assert.equal(await key.verify('hub', transcript, proof), true);
  assert.equal(await key.verify('peer', transcript, proof), false);
  assert.equal(await key.verify('hub', { ...transcript, clientNonce: 'bc' }, proof), false);
  const other = await ProofKey.fromHex('ff'.repeat(32));
  assert.equal(await other.verify('hub', transcript, proof), false);
  for (const bad of ['', 'zz', 'undefined', proof.slice(2), `${proof}00`]) {
    assert.equal(await key.verify('hub', transcript, bad), false);
  }
});

test('what is not a key is refused, and nonces are 32 random bytes', async () => {
  for (const bad of ['', 'ff', KEY.toUpperCase(), `${KEY}00`]) await assert.rejects(ProofKey.fromHex(bad));
  assert.match(drawNonce(), /^[0-9a-f]{64}$/);
  assert.notEqual(drawNonce(), drawNonce());
});
