import { acted } from '../lib/answer.js';
import { watch } from '../lib/navigation.js';
import { Page } from '../lib/page.js';

/** @type {Record<string, import('../lib/calls.js').Tool['run']>} */
export const handlers = {
  browser_resize: async (call) => {
    const { width, height } = call.args;
    const watching = watch(call);
    call.note('waiting for the page to be laid out');
    await call.race(call.session.resize({ width, height }));
    call.tab.viewport = { width, height };
    const page = new Page(call);
    await page.run(await page.main(), 'painted');
    await watching.settle();
    return acted(call, `Resized the page to ${width} x ${height}; the person's window keeps its size.`);
  },
};
