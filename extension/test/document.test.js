import assert from 'node:assert/strict';
import test from 'node:test';
import { MainDocument } from '../lib/document.js';

test('a navigation is pending from the wish to the commit, and ready with its own tree only', () => {
  const document = seeded();
  document.handle('Page.frameRequestedNavigation', { frameId: 'F', url: 'http://b/', disposition: 'currentTab' });
  assert.equal(document.pending, 'requested');
  document.handle('Page.frameStartedNavigating', { frameId: 'F', url: 'http://b/', loaderId: 'L2' });
  document.handle('Page.frameClearedScheduledNavigation', { frameId: 'F' });
  assert.equal(document.pending, 'started', 'what is started is not cleared');
  document.handle('Page.lifecycleEvent', { frameId: 'F', loaderId: 'L1', name: 'load' });
  document.handle('Page.frameNavigated', { frame: { id: 'F', loaderId: 'L2', url: 'http://b/', urlFragment: '#x' } });
  assert.equal(document.pending, null);
  assert.equal(document.url, 'http://b/#x');
  assert.equal(document.ready, false, 'the events of the page before do not count');
  document.handle('Page.lifecycleEvent', { frameId: 'F', loaderId: 'L2', name: 'DOMContentLoaded' });
  assert.deepEqual([document.ready, document.loaded], [true, false]);
  document.handle('Page.lifecycleEvent', { frameId: 'F', loaderId: 'L2', name: 'load' });
  assert.equal(document.loaded, true);
});

test('events of a document that come before its commit count', () => {
  const document = seeded();
  document.handle('Page.lifecycleEvent', { frameId: 'F', loaderId: 'L2', name: 'DOMContentLoaded' });
  assert.equal(document.ready, false);
  document.handle('Page.frameNavigated', { frame: { id: 'F', loaderId: 'L2', url: 'http://b/' } });
  assert.equal(document.ready, true);
});

test('a wish for another tab is an opening and no navigation', () => {
  const document = seeded();
  document.handle('Page.frameRequestedNavigation', { frameId: 'F', url: 'http://b/', disposition: 'newTab' });
  document.handle('Page.windowOpen', { url: 'http://b/' });
  assert.deepEqual([document.pending, document.revision, document.openings], [null, 0, 2]);
});

test('an address of another program is told apart, in whichever frame', () => {
  const document = seeded();
  for (const url of ['http://b/', 'about:blank', 'blob:http://b/1', 'JavaScript:void 0', ''])
    document.handle('Page.frameRequestedNavigation', { frameId: 'F', url, disposition: 'currentTab' });
  assert.equal(document.handover, null);
  const told = ['F', 'inner'].map((frameId) => {
    document.handle('Page.frameRequestedNavigation', { frameId, url: 'mailto:a@b', disposition: 'currentTab' });
    return document.handover;
  });
  assert.deepEqual(told, [{ url: 'mailto:a@b' }, { url: 'mailto:a@b' }]);
  assert.notEqual(told[0], told[1], 'the same address again is another wish');
});

test('downloads, moves within the page and frames leave the document', () => {
  const document = seeded();
  document.handle('Page.frameStartedNavigating', { frameId: 'F', url: 'http://b/file', loaderId: 'L2' });
  document.handle('Page.frameStoppedLoading', { frameId: 'F' });
  assert.equal(document.pending, null);
  document.handle('Page.navigatedWithinDocument', { frameId: 'F', url: 'http://a/#two' });
  assert.deepEqual([document.url, document.loaderId], ['http://a/#two', 'L1']);
  const { revision } = document;
  document.handle('Page.frameNavigated', { frame: { id: 'C', parentId: 'F', loaderId: 'L9', url: 'http://c/' } });
  document.handle('Page.frameStartedNavigating', { frameId: 'C', url: 'http://c/', loaderId: 'L9' });
  assert.deepEqual([document.revision, document.url, document.pending], [revision, 'http://a/#two', null]);
});

test('a page out of the back-forward cache is loaded, and an error page keeps the address it stands for', () => {
  const document = seeded();
  document.handle('Page.frameNavigated', { frame: { id: 'F', loaderId: 'L0', url: 'http://z/' }, type: 'BackForwardCacheRestore' });
  assert.equal(document.loaded, true);
  const frame = { id: 'F', loaderId: 'L3', url: 'chrome-error://chromewebdata/', unreachableUrl: 'http://gone/' };
  document.handle('Page.frameNavigated', { frame });
  assert.equal(document.url, 'http://gone/');
});

function seeded() {
  const document = new MainDocument();
  document.seed({ id: 'F', loaderId: 'L1', url: 'http://a/' });
  return document;
}
