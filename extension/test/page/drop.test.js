// Dropping files and data from outside of the browser on real pages.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { handlers as drags } from '../../tools/drag.js';
import { onPages, waitUntil } from './browser.js';

const BOX = `<div id=box role=button style="width:200px;height:100px;background:#eee">Box</div><script>window.seen = [];
  for (const type of ['dragenter', 'dragover', 'drop', 'dragleave']) box.addEventListener(type, (event) => {
    event.preventDefault(); seen.push(type);
    if (type === 'drop') window.got = [[...event.dataTransfer.files].map((file) => [file.name, file.type, file.size]), event.dataTransfer.getData('text/plain'), event.dataTransfer.getData('text/html'), event.dataTransfer.getData('text/uri-list')];
  });</script>`;

const FILE = { name: 'a.txt', mimeType: 'text/plain', lastModified: 1, data: 'YWJj' };

onPages('what is dropped', ({ browser, tab }) => {
  it('may be files, and the page hears each step once', async () => {
    await tab.go(browser.page(BOX));
    const text = await drop('"Box"', { paths: [FILE, { ...FILE, name: 'b.png', mimeType: 'image/png', data: '' }], text: 'with it' });
    assert.match(text, /^Dropped "a\.txt", "b\.png", text\/plain onto button "Box" \[ref=e\d+\]\.\n- URL/);
    assert.deepEqual(await tab.evaluate('seen'), ['dragenter', 'dragover', 'drop']);
    assert.deepEqual(await tab.evaluate('got'), [[['a.txt', 'text/plain', 3], ['b.png', 'image/png', 0]], 'with it', '', '']);
  });

  it('may be text, HTML, a link, or data of any kind, by trusted events', async () => {
    await tab.go(browser.page(`${BOX}<script>box.addEventListener('drop', (event) => { window.more = [event.isTrusted, event.dataTransfer.getData('text/x-own')]; })</script>`));
    await drop('"Box"', { text: 'plain', html: '<b>bold</b>', data: '{"text/x-own": "own"}' });
    assert.deepEqual(await tab.evaluate('got'), [[], 'plain', '<b>bold</b>', '']);
    assert.deepEqual(await tab.evaluate('more'), [true, 'own']);
    await drop('"Box"', { url: 'https://example.com/' });
    assert.match((await tab.evaluate('got'))[3], /^https:\/\/example\.com\//);
    assert.equal((await tab.evaluate('got'))[1], 'https://example.com/');
  });

  it('goes into a text field as text, and into a file field as files', async () => {
    await tab.go(browser.page('<textarea aria-label=A style="width:200px;height:80px"></textarea><input type=file aria-label=B onchange="window.changed = 1">'));
    await drop('textbox "A"', { text: 'dropped' });
    assert.equal(await tab.evaluate('document.querySelector("textarea").value'), 'dropped');
    await drop('button "B', { paths: [FILE] });
    assert.deepEqual(await tab.evaluate('[document.querySelector("input").files[0].name, window.changed]'), ['a.txt', 1]);
  });

  it('lands in frames of other sites', async () => {
    const inner = browser.page(`${BOX}<script>box.addEventListener('drop', () => { box.textContent = 'Box: ' + JSON.stringify(got); })</script>`, '/drop-inner.html', 'localhost');
    await tab.go(browser.page(`<div style="height:300px"></div><iframe src="${inner}"></iframe>`));
    await waitUntil('the frame is there', async () => (await tab.snapshot()).includes('"Box"'));
    await drop('"Box"', { paths: [FILE] });
    await waitUntil('the file is there', async () => (await tab.snapshot()).includes('a.txt'));
    await drop('"Box', { text: 'by hand' });
    await waitUntil('the text is there', async () => (await tab.snapshot()).includes('by hand'));
  });

  for (const [name, args] of [
    ['files', { paths: [FILE] }],
    ['text', { text: 'x' }],
  ]) {
    it(`is said to be taken by nothing where that is so: ${name}`, async () => {
      await tab.go(browser.page('<button style="width:200px;height:100px" ondrop="window.hit = 1">A</button>'));
      const text = await drop('button "A"', args);
      assert.match(text, /^Held .* over button "A" \[ref=e\d+\]\.\n(.*\n)*- Drop: nothing at that place took it\./);
      assert.equal(await tab.evaluate('window.hit'), undefined);
    });
  }

  it('must be something, on something that can be reached', async () => {
    await tab.go(browser.page('<button>A</button><div style="position:fixed;inset:0"></div>'));
    await assert.rejects(drop('button "A"', {}), { code: 'bad_input' });
    const ref = await tab.refOf('button "A"');
    await assert.rejects(tab.run(drags.browser_drop, { ref, text: 'x' }, 800), { code: 'not_actionable' });
    await assert.rejects(tab.run(drags.browser_drop, { ref: 'e999999', text: 'x' }), { code: 'stale_ref' });
  });

  async function drop(line, args) {
    return (await tab.run(drags.browser_drop, { ref: await tab.refOf(line), ...args }))[0].text;
  }
});
