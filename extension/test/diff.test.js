// What changed between two snapshots, line by line.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changes } from '../lib/diff.js';

const BEFORE = lines(`
  - main [ref=e1]
    - heading "Cart" [level=1] [ref=e2]
    - list [ref=e3]
      - listitem: Tea
      - listitem: Milk
    - textbox "Code" [ref=e4]
    - button "Pay" [disabled] [ref=e5]
  - contentinfo [ref=e6]: End`);

test('nothing changed is told as nothing', () => {
  assert.deepEqual(changes(BEFORE, [...BEFORE]), []);
  assert.deepEqual(changes([], []), []);
});

test('lines that came, went and changed are told with what they stand in', () => {
  const after = lines(`
    - main [ref=e1]
      - heading "Cart" [level=1] [ref=e2]
      - alert [ref=e7]: Saved
      - list [ref=e3]
        - listitem: Milk
        - listitem: Bread
      - textbox "Code" [ref=e4]: X1
      - button "Pay" [ref=e5]
    - contentinfo [ref=e6]: End`);
  assert.deepEqual(changes(BEFORE, after), [
    '  - main [ref=e1]',
    '+   - alert [ref=e7]: Saved',
    '    - list [ref=e3]',
    '-     - listitem: Tea',
    '+     - listitem: Bread',
    '  - main [ref=e1]',
    '~   - textbox "Code" [ref=e4]: X1',
    '~   - button "Pay" [ref=e5]',
  ]);
});

test('what went as a whole is told once, below what is still there', () => {
  const after = BEFORE.filter((line) => !/list/.test(line));
  assert.deepEqual(changes(BEFORE, after), ['  - main [ref=e1]', '-   - list [ref=e3]', '-     - listitem: Tea', '-     - listitem: Milk']);
});

test('the changes lead from the one to the other, whatever they are', () => {
  let seed = 7;
  const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
  for (let round = 0; round < 200; round += 1) {
    const [before, after] = [0, 1].map(() => Array.from({ length: random(12) }, () => `- text: ${random(5)}`));
    const told = changes(before, after);
    const count = (all, line) => all.filter((one) => one === line).length;
    for (const line of new Set([...before, ...after])) {
      const expected = count(after, line) - count(before, line);
      assert.equal(count(told, `+ ${line}`) - count(told, `- ${line}`), expected, JSON.stringify({ before, after, told }));
    }
    const kept = before.length - told.filter((line) => line.startsWith('-')).length;
    assert.ok(kept >= 0 && kept <= Math.min(before.length, after.length));
  }
});

function lines(text) {
  const all = text.replace(/^\n/, '').split('\n');
  const indent = Math.min(...all.map((line) => /^ */.exec(line)[0].length));
  return all.map((line) => line.slice(indent));
}
