// Files for file fields and for the choosers that pages open, on real pages.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { handlers as forms } from '../../tools/form.js';
import { handlers as input } from '../../tools/input.js';
import { handlers as uploads } from '../../tools/upload.js';
import { onPages, waitUntil } from './browser.js';

const CHANGED = 1_700_000_000_000;
const file = (/** @type {string} */ name, content = 'abc', mimeType = 'text/plain') => ({
  name,
  mimeType,
  lastModified: CHANGED,
  data: Buffer.from(content).toString('base64'),
});

/** What the page hears of each choice. */
const LISTENING = `<script>window.heard = [];
  const note = async (event) => { const files = [...event.target.files]; heard.push([event.type, event.target.getAttribute('aria-label')].join(' '));
    window.files = await Promise.all(files.map(async (one) => [one.name, one.type, one.lastModified, await one.text()])); };
  for (const type of ['input', 'change', 'cancel']) addEventListener(type, note, true);</script>`;

onPages('files', ({ browser, tab }) => {
  it('go into a field with name, kind and time, and the page hears of it as of a choice', async () => {
    await tab.go(browser.page(`${LISTENING}<input type=file multiple aria-label=A>`));
    const text = await upload({ ref: await tab.refOf('"A"'), paths: [file('a.txt', 'gr\u00f6\u00dfe'), file('b.PDF', '', 'application/pdf')] });
    assert.match(text, /^Chose "a\.txt", "b\.PDF" in button "A[^\n]*\[ref=e\d+\]\.\n- URL: /);
    await waitUntil('the page has read them', () => tab.evaluate('window.files?.length === 2'));
    assert.deepEqual(await tab.evaluate('files'), [
      ['a.txt', 'text/plain', CHANGED, 'gr\u00f6\u00dfe'],
      ['b.PDF', 'application/pdf', CHANGED, ''],
    ]);
    assert.deepEqual(await tab.evaluate('heard'), ['input A', 'change A']);
    await upload({ ref: await tab.refOf('"A"') });
    assert.equal(await tab.evaluate('document.querySelector("input").files.length'), 0);
  });

  for (const [name, html, line] of [
    ['a hidden field through its label', '<label style="cursor:pointer">Send<input type=file hidden></label>', '"Send"'],
    ['the field in what a page draws around it', '<section aria-label=Box tabindex=0><p>Drop here</p><input type=file hidden></section>', '"Box"'],
  ]) {
    it(`go into ${name}`, async () => {
      await tab.go(browser.page(html));
      await upload({ ref: await tab.refOf(line), paths: [file('a.txt')] });
      assert.equal(await tab.evaluate('document.querySelector("input").files[0].name'), 'a.txt');
    });
  }

  it('go into a field of a frame of another site', async () => {
    const inner = browser.page('<input type=file aria-label=In>', '/upload-inner.html', 'localhost');
    await tab.go(browser.page(`<iframe src="${inner}"></iframe>`));
    await waitUntil('the frame is there', async () => (await tab.snapshot()).includes('"In'));
    await upload({ ref: await tab.refOf('"In'), paths: [file('a.txt')] });
    assert.match(await tab.snapshot(), /"In".*: a\.txt/);
  });

  it('of many megabytes arrive whole', async () => {
    await tab.go(browser.page(`${LISTENING}<input type=file aria-label=A>`));
    const content = 'x'.repeat(5_000_003);
    await upload({ ref: await tab.refOf('"A"'), paths: [file('large.txt', content)] });
    await waitUntil('the page has read it', () => tab.evaluate('window.files?.length === 1'));
    assert.equal(await tab.evaluate('files[0][3].length'), content.length);
  });

  for (const [name, html, line, args, code, reason] of [
    ['a field for one', '<input type=file aria-label=A>', '"A', { paths: [file('a'), file('b')] }, 'bad_input', /takes one file only/],
    ['a disabled field', '<input type=file disabled aria-label=A>', '"A', { paths: [file('a')] }, 'not_actionable', /is disabled/],
    ['what is no file field', '<input aria-label=A>', '"A"', { paths: [file('a')] }, 'bad_input', /no file field.*without `ref`/],
  ]) {
    it(`are refused by ${name}`, async () => {
      await tab.go(browser.page(html));
      const failure = await upload({ ref: await tab.refOf(line), ...args }).catch((error) => error);
      assert.equal(failure.code, code);
      assert.match(`${failure.message} ${failure.fix}`, reason);
      assert.equal(await tab.evaluate('document.querySelector("input").files?.length ?? 0'), 0);
    });
  }

  for (const [opener, html] of [
    ['a file field', '<input type=file aria-label=A>'],
    ['a script', '<button onclick="f.click()">A</button><input type=file id=f hidden>'],
    ['a field that is in no page', '<button onclick="const f = document.createElement(`input`); f.type = `file`; f.onchange = () => document.querySelector(`#f`).files = f.files; f.click()">A</button><input type=file id=f hidden>'],
  ]) {
    it(`go into the chooser that ${opener} opened`, async () => {
      await tab.go(browser.page(`${html}<p id=p></p>`));
      const clicked = await click('button "A');
      assert.match(clicked, /\n- File chooser: the page opened one, which waits for one file\. Choose with browser_file_upload, without `ref`\./);
      await tab.session.send('HeapProfiler.collectGarbage');
      const text = await upload({ paths: [file('a.txt')] });
      assert.match(text, /^Chose "a\.txt" in the file chooser\./);
      assert.equal(await tab.evaluate('document.querySelector("input[type=file]").files[0].name'), 'a.txt');
      const failure = await upload({ paths: [file('b.txt')] }).catch((error) => error);
      assert.equal(failure.code, 'bad_input', 'a chooser takes files once');
      assert.match(`${failure.message} ${failure.fix}`, /no file chooser open.*`ref`/);
    });
  }

  it('are none for a chooser that is cancelled, of which the page hears', async () => {
    await tab.go(browser.page(`${LISTENING}<input type=file multiple aria-label=A>`));
    assert.match(await click('button "A'), /waits for files\./);
    assert.deepEqual(await tab.evaluate('heard'), []);
    assert.match(await upload({}), /^Cancelled the file chooser\./);
    assert.deepEqual(await tab.evaluate('heard'), ['cancel A']);
  });

  it('come too late for a chooser whose page is gone', async () => {
    await tab.go(browser.page('<input type=file aria-label=A>'));
    await click('button "A');
    await tab.go(browser.page('<p>Next'));
    await assert.rejects(upload({ paths: [file('a')] }), { code: 'bad_input' });
  });

  it('cannot be given to the picker that scripts have for themselves, which is said', async () => {
    await tab.go(browser.page('<button onclick="showOpenFilePicker().catch((error) => { window.error = error.name; })">A</button>'));
    assert.match(await click('button "A"'), /\n- File chooser: the page opened one of a kind that takes no files from Tabmux\. Try browser_drop\./);
    await waitUntil('the page is told', async () => (await tab.evaluate('window.error')) === 'AbortError');
  });

  it('go into a form with everything else', async () => {
    await tab.go(browser.page('<input aria-label=A><label>B<input type=file multiple></label>'));
    const fields = [
      { ref: await tab.refOf('textbox "A"'), value: 'x' },
      { ref: await tab.refOf('"B'), paths: [file('a.txt'), file('b.txt')] },
    ];
    const text = (await tab.run(forms.browser_fill_form, { fields }))[0].text;
    assert.match(text, /^Filled 2 of 2 fields\..*"B[^\n]*: chosen "a\.txt", "b\.txt"$/ms);
    assert.equal(await tab.evaluate('document.querySelector("[type=file]").files.length'), 2);
  });

  async function click(line) {
    return (await tab.run(input.browser_click, { ref: await tab.refOf(line) }))[0].text;
  }

  async function upload(args) {
    return (await tab.run(uploads.browser_file_upload, args))[0].text;
  }
});
