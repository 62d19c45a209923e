// Printing a real page.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { handlers } from '../../tools/pdf.js';
import { onPages } from './browser.js';

onPages('a page that is printed', ({ browser, tab }) => {
  it('is a PDF of its pages in the size, direction and parts that were asked for', async () => {
    const sheet = '<p style="break-after:page;background:#f00">Page</p>';
    await tab.go(browser.page(`<!doctype html><title>Bill: 17/2</title>${sheet.repeat(3)}<p>Last</p>`));
    const [whole] = await tab.run(handlers.browser_pdf);
    assert.deepEqual({ ...whole, data: '' }, {
      type: 'file',
      name: 'Bill: 17/2.pdf',
      mimeType: 'application/pdf',
      data: '',
      about: `${await tab.evaluate('location.href')} as a PDF, A4`,
    });
    assert.deepEqual(sheets(whole), ['600 x 840', '600 x 840', '600 x 840', '600 x 840']);
    const [part] = await tab.run(handlers.browser_pdf, {
      ...{ landscape: true, format: 'Letter', pages: '2-3', scale: 0.5, background: false, filename: 'bill.PDF' },
    });
    assert.equal(part.name, 'bill.pdf');
    assert.deepEqual(sheets(part), ['790 x 610', '790 x 610']);
  });

  it('is refused for pages that there are not', async () => {
    for (const pages of ['7', 'two', '3-1'])
      await assert.rejects(tab.run(handlers.browser_pdf, { pages }), (error) => {
        assert.equal(error.code, 'bad_input', error.message);
        return error.message.startsWith(`\`pages\` "${pages}" does not fit: `);
      });
  });

  /** The sizes of a PDF's sheets in points, to the nearest ten: Chromium rounds them in ways of its own. */
  function sheets({ data }) {
    const text = Buffer.from(data, 'base64').toString('latin1');
    assert.ok(text.startsWith('%PDF-'));
    const boxes = text.matchAll(/\/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]/g);
    return [...boxes].map(([, width, height]) => `${Math.round(width / 10) * 10} x ${Math.round(height / 10) * 10}`);
  }
});
