import assert from 'node:assert/strict';
import test from 'node:test';
import { Queue } from '../lib/queue.js';

test('one line is served in order, and different lines do not wait', async () => {
  const queue = new Queue();
  const order = [];
  const work = async (key, name, ticks) => {
    const { turn, leave } = queue.enter(key);
    await turn;
    for (let i = 0; i < ticks; i += 1) await Promise.resolve();
    order.push(name);
    leave();
  };
  await Promise.all([work('a', 'a1', 50), work('a', 'a2', 1), work('b', 'b1', 1), work('a', 'a3', 0)]);
  assert.deepEqual(order.filter((name) => name.startsWith('a')), ['a1', 'a2', 'a3']);
  assert.equal(order[0], 'b1');
});

test('who leaves before the turn came holds nobody up, and does not let anybody pass', async () => {
  const queue = new Queue();
  const first = queue.enter('a');
  const second = queue.enter('a');
  const third = queue.enter('a');
  second.leave();
  let served = false;
  third.turn.then(() => {
    served = true;
  });
  await first.turn;
  await new Promise(setImmediate);
  assert.equal(served, false, 'the first is still at work');
  first.leave();
  await third.turn;
});
