// An element that is outlined for the person, over the page and not in it.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { handlers as highlights } from '../../tools/highlight.js';
import { handlers as input } from '../../tools/input.js';
import { onPages, waitUntil } from './browser.js';

onPages('a highlight', ({ browser, tab }) => {
  it('shows until the next action, and leaves the page as it is', async () => {
    await tab.go(browser.page('<button style="margin: 40px; width: 200px; height: 80px">Here</button>'));
    const html = await tab.evaluate('document.documentElement.outerHTML');
    const plain = await picture();
    const ref = await tab.refOf('"Here"');
    const [{ text }] = await tab.run(highlights.browser_highlight, { ref });
    assert.equal(text, `Highlighted ${ref} for the person who looks at tab t1, until your next action there.`);
    await waitUntil('it shows', async () => (await picture()) !== plain);
    assert.equal(await tab.evaluate('document.documentElement.outerHTML'), html);
    await tab.run(input.browser_press_key, { key: 'Shift' });
    await waitUntil('it is gone', async () => (await picture()) === plain);
  });

  it('is taken away on request, and with its frame', async () => {
    await tab.go(browser.page('<h1>Page</h1><button style="width: 200px; height: 80px">Here</button>'));
    const plain = await picture();
    await tab.run(highlights.browser_highlight, { ref: await tab.refOf('"Here"') });
    await waitUntil('it shows', async () => (await picture()) !== plain);
    assert.equal((await tab.run(highlights.browser_highlight, { off: true }))[0].text, 'Nothing is highlighted.');
    await waitUntil('it is gone', async () => (await picture()) === plain);

    const frame = browser.page('<button>Inside</button>', '/inside.html', 'localhost');
    await tab.go(browser.page(`<iframe src="${frame}"></iframe>`));
    await waitUntil('the frame is there', async () => /"Inside"/.test(await tab.snapshot()));
    await tab.run(highlights.browser_highlight, { ref: await tab.refOf('"Inside"') });
    await tab.evaluate('document.querySelector("iframe").remove()');
    assert.match((await tab.run(input.browser_press_key, { key: 'Shift' }))[0].text, /^Pressed Shift/);
  });

  it('of nothing, or of what is gone, is refused', async () => {
    await tab.go(browser.page('<button>Here</button>'));
    const ref = await tab.refOf('"Here"');
    await assert.rejects(tab.run(highlights.browser_highlight), { code: 'bad_input' });
    await assert.rejects(tab.run(highlights.browser_highlight, { ref, off: true }), { code: 'bad_input' });
    await tab.evaluate('document.querySelector("button").remove()');
    await assert.rejects(tab.run(highlights.browser_highlight, { ref }), { code: 'stale_ref' });
  });

  async function picture() {
    return (await tab.session.send('Page.captureScreenshot', { format: 'png' })).data;
  }
});
