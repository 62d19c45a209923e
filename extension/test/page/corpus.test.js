// What a snapshot says of many small pages, against Chromium's own accessibility tree, node by node.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { onPages } from './browser.js';
import { differences } from './compare.js';
import { ACCEPTED } from './corpus/accepted.js';
import { CORPUS } from './corpus/index.js';

onPages("a page's nodes", ({ browser, tab }) => {
  it("have the roles, names, states, values and descriptions of Chromium's accessibility tree", async () => {
    const unused = new Set(ACCEPTED);
    const wrong = [];
    let nodes = 0;
    for (const [name, html] of CORPUS) {
      await tab.go(browser.page(html));
      const { found, compared } = await differences(tab);
      nodes += compared;
      for (const line of found) {
        const accepted = ACCEPTED.filter((one) => one.line.test(line) && one.pages.includes(name));
        if (accepted.length === 0) wrong.push(`${name}: ${line}`);
        for (const one of accepted) unused.delete(one);
      }
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual([...unused], [], 'a difference is accepted that there is not');
    assert.ok(CORPUS.length >= 190 && nodes >= 700, `only ${CORPUS.length} pages and ${nodes} nodes`);
  });
});
