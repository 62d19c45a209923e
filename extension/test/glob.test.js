import assert from 'node:assert/strict';
import { it } from 'node:test';

import { urlFits } from '../lib/glob.js';

it('an address fits part of it, or a pattern of the whole of it', () => {
  for (const [pattern, url] of [
    ['api', 'http://a.test/api/users'],
    ['users?page=2', 'http://a.test/users?page=2'],
    ['**/api/*', 'http://a.test/api/users'],
    ['*.png', 'http://a.test/x/logo.png'],
    ['*.png', 'http://a.test/x/logo.png?v=3#top'],
    ['*.{png,jpg}', 'http://a.test/photo.jpg'],
    ['/api/*/edit', 'http://a.test/api/7/edit'],
    ['http://a.test/*', 'http://a.test/'],
    ['*?v=*', 'http://a.test/x?v=3'],
    ['*', 'http://a.test/'],
    ['**', ''],
  ])
    assert.ok(urlFits(pattern)(url), `${pattern} fits ${url}`);
  for (const [pattern, url] of [
    ['API', 'http://a.test/api/users'],
    ['**/api', 'http://a.test/api/users'],
    ['*.png', 'http://a.test/x/logo.png/more'],
    ['http://a.test/*', 'https://a.test/'],
    ['http://a.test/*', 'http://b.test/?to=http://a.test/'],
    ['*?v=*', 'http://a.test/x'],
    ['*.{png,jpg}', 'http://a.test/photo.gif'],
  ])
    assert.ok(!urlFits(pattern)(url), `${pattern} does not fit ${url}`);
});

it('no pattern takes for ever', () => {
  assert.ok(!urlFits(`${'*a'.repeat(200)}b`)('a'.repeat(20_000)));
  assert.equal(urlFits('{a,b}'.repeat(50) + '*')('x'), false);
});
