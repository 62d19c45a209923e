// Downloads that pages start, and what is told of them.
import assert from 'node:assert/strict';
import { before, it } from 'node:test';

import { handlers as downloads } from '../../tools/downloads.js';
import { handlers as input } from '../../tools/input.js';
import { handlers as navigation } from '../../tools/navigate.js';
import { handlers as snapshots } from '../../tools/snapshot.js';
import { onPages, waitUntil } from './browser.js';

onPages('a download', ({ browser, tab }) => {
  before(() => browser.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: browser.profile }));

  it('is told by the click that starts it, with its name, size and end', async () => {
    await tab.go(browser.page(`<a href="${file('report.bin')}">Get</a>`));
    const told = await click('Get');
    assert.match(told, /^Clicked link "Get" \[ref=e\d+\]\.\n/);
    assert.match(told, /\n- Download: "report\.bin", 5 B, complete, from http:\/\/127\.0\.0\.1:\d+\/report\.bin(\n|$)/);
    assert.match(await list(), /^- Downloads: \d+\n- The files are .*\n- Note: .*\n\n(.*\n)*- \[t1\] "report\.bin", 5 B, complete, from .*$/);
  });

  it('of what the page made itself is told, too, and a click without one tells of none', async () => {
    await tab.go(browser.page('<a download="made.txt" href="data:text/plain,hello">Make</a><button>Nothing</button>'));
    await click('Make');
    await waitUntil('it is complete', async () => (await list()).includes('"made.txt", 5 B, complete, from data:'));
    assert.doesNotMatch(await click('Nothing'), /Download/);
  });

  it('that is navigated to is no failure, and the page before stays', async () => {
    const url = browser.page('<h1>Before</h1>');
    await tab.go(url);
    const address = file('direct.bin');
    const [{ text }] = await tab.run(navigation.browser_navigate, { url: address });
    assert.match(text, /direct\.bin is a download; the tab still shows the page before\.\n/);
    assert.ok(text.includes(`- URL: ${url}\n`), text);
    assert.match(text, /\n- Download: "direct\.bin", 5 B, complete/);
  });

  it('that goes on is told as in progress', async () => {
    browser.headers.set('/slow.bin', { 'content-disposition': 'attachment', 'content-length': '1000' });
    const address = browser.page('<!doctype html>', '/slow.bin');
    await tab.go(browser.page(`<a href="${address}">Slow</a>`));
    assert.match(await click('Slow'), /\n- Download: "slow\.bin", .* of 1\.0 kB, in progress, from /);
  });

  async function list() {
    const tabs = { list: () => [tab.record] };
    const sessions = { of: () => tab.session };
    return (await tab.run((call) => downloads.browser_downloads(call, /** @type {any} */ ({ tabs, sessions }))))[0].text;
  }

  /** @param {string} name */
  async function click(name) {
    const [{ text }] = await tab.run(snapshots.browser_snapshot);
    const ref = new RegExp(`"${name}" \\[ref=(e\\d+)\\]`).exec(text)?.[1];
    return (await tab.run(input.browser_click, { ref }))[0].text;
  }

  /** The address of a file of five bytes that the browser does not show. @param {string} name */
  function file(name) {
    browser.headers.set(`/${name}`, { 'content-disposition': 'attachment', 'content-type': 'application/octet-stream' });
    browser.pages.set(`/${name}`, 'hello');
    return `http://127.0.0.1:${browser.port}/${name}`;
  }
});
