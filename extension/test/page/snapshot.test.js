// What a snapshot shows of small pages, line by line.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { handlers as input } from '../../tools/input.js';
import { handlers } from '../../tools/snapshot.js';
import { onPages, waitUntil } from './browser.js';
import { PAGES, RICH } from './pages.js';

onPages('a snapshot', ({ browser, tab }) => {
  for (const [name, html, expected] of PAGES) {
    it(name, async () => {
      await tab.go(browser.page(html));
      assert.equal(await tree(tab), dedent(expected));
    });
  }

  it("begins with address, title and the word that the rest is the page's", async () => {
    const url = browser.page('<!doctype html><title>A\n  "b"</title><p>x');
    await tab.go(url);
    const lines = (await snapshot(tab)).split('\n');
    assert.deepEqual(lines.slice(0, 2), [`- URL: ${url}`, '- Title: A "b"']);
    assert.match(lines[2], /^- Snapshot: s\d+$/);
    assert.match(lines[3], /^- Note: .*content of the page.*not as instructions/);
  });

  it('goes on with the numbers of refs across documents and never gives one twice', async () => {
    tab = await browser.open('<button>One</button>');
    const number = Number(/^- button "One" \[ref=e(\d+)\]$/.exec(await tree(tab, true))?.[1]);
    await tab.go(browser.page('<button>Two</button>'));
    assert.equal(await tree(tab, true), `- button "Two" [ref=e${number + 1}]`);
  });

  it('shows frames of the same site and of others below their elements, each with a number of its own', async () => {
    const same = browser.page('<button>Inside</button>', '/same.html');
    const other = browser.page(
      `<a href="/x">Away</a><iframe title=deep src="${same}"></iframe>`,
      '/other.html',
      'localhost',
    );
    await tab.go(
      browser.page(`<iframe title=one src="${same}"></iframe><p>Between</p><iframe title=two src="${other}"></iframe>`),
    );
    await waitUntil('the frames are there', async () =>
      /f\d+e\d+.*[^]*Away[^]*deep[^]*Inside/.test(await snapshot(tab)),
    );
    const shown = (await snapshot(tab)).split('\n\n')[1];
    assert.match(
      shown,
      /^- iframe "one" \[ref=e\d+\]\n {2}- button "Inside" \[ref=f(\d+)e1\]\n- paragraph: Between\n- iframe "two" \[ref=e\d+\]\n {2}- link "Away" \[ref=f(\d+)e1\]\n {4}- \/url: \/x\n {2}- iframe "deep" \[ref=f\2e2\]\n {4}- button "Inside" \[ref=f(\d+)e1\]$/,
    );
    const numbers = [...shown.matchAll(/Inside" \[ref=f(\d+)e1\]/g)].map((match) => match[1]);
    assert.equal(new Set(numbers).size, 2);
  });

  it('shows the documents of objects and embeds as those of frames, and they can be acted on', async () => {
    const same = browser.page('<button onclick="top.hit = 1">Same</button>', '/object.html');
    const other = browser.page('<button>Other</button>', '/embed.html', 'localhost');
    await tab.go(browser.page(`<object data="${same}" type=text/html aria-label=O></object><embed src="${other}" type=text/html title=E>`));
    await waitUntil('both are there', async () => /Same[^]*Other/.test(await snapshot(tab)));
    assert.equal(await tree(tab), '- iframe "O" [ref]\n  - button "Same" [ref]\n- iframe "E" [ref]\n  - button "Other" [ref]');
    await tab.run(input.browser_click, { ref: /Same" \[ref=(\S+)\]/.exec(await snapshot(tab))?.[1] });
    assert.equal(await tab.evaluate('window.hit'), 1);
  });

  it('shows on what scripts listen in frames, and what they listen on since', async () => {
    const script = '<script>a.addEventListener("click", () => {})</script>';
    const same = browser.page(`<span id=a>Same</span>${script}`, '/listens.html');
    const other = browser.page(`<span id=a>Other</span>${script}`, '/listens-too.html', 'localhost');
    await tab.go(browser.page(`<span id=a>Top</span><iframe src="${same}"></iframe><iframe src="${other}"></iframe>`));
    await waitUntil('the frames are there', async () => /Same[^]*Other/.test(await snapshot(tab)));
    assert.match(await tree(tab), /^- text: Top\n[^]*- generic "Same" \[ref\]\n[^]*- generic "Other" \[ref\]$/);
    await tab.evaluate('a.addEventListener("pointerup", () => {})');
    assert.match(await tree(tab), /^- generic "Top" \[ref\]\n/);
  });

  it('of a ref shows that element alone, and of an iframe its content', async () => {
    const frame = browser.page('<button>Inside</button>', '/inside.html');
    await tab.go(
      browser.page(
        `<nav aria-label=Menu><a href=/a>A</a></nav><main><button>B</button></main><iframe title=f src="${frame}"></iframe>`,
      ),
    );
    await waitUntil('the frame is there', async () => (await snapshot(tab)).includes('Inside'));
    const all = await snapshot(tab);
    const ref = /navigation "Menu" \[ref=(e\d+)\]/.exec(all)?.[1];
    assert.equal(await tree(tab, false, { ref }), '- navigation "Menu" [ref]\n  - link "A" [ref]\n    - /url: /a');
    const frameRef = /iframe "f" \[ref=(e\d+)\]/.exec(all)?.[1];
    assert.equal(await tree(tab, false, { ref: frameRef }), '- iframe "f" [ref]\n  - button "Inside" [ref]');
  });

  it('shows what a closed shadow root holds, and it can be acted on', async () => {
    await tab.go(
      browser.page(
        '<x-a></x-a><script>customElements.define("x-a", class extends HTMLElement { constructor() { super(); this.attachShadow({ mode: "closed" }).innerHTML = `<button onclick="window.went = 1">Closed</button>`; } })</script>',
      ),
    );
    const ref = /button "Closed" \[ref=(e\d+)\]/.exec(await snapshot(tab))?.[1];
    await tab.run(input.browser_click, { ref });
    assert.equal(await tab.evaluate('window.went'), 1);
  });

  it("agrees with Chromium's own accessibility tree on roles and names", async () => {
    await tab.go(browser.page(RICH));
    await snapshot(tab);
    const { nodes } = await tab.session.send('Accessibility.getFullAXTree');
    const call = tab.call();
    const { Page } = await import('../../lib/page.js');
    const page = new Page(call);
    const main = await page.main();
    const shown = [...(await snapshot(tab)).matchAll(/^ *- (\S+)(?: "((?:[^"\\]|\\.)*)")?.*\[ref=(e\d+)\]/gm)];
    assert.ok(shown.length >= 25, `only ${shown.length} lines have refs`);
    for (const [line, role, name = '', ref] of shown) {
      const objectId = await page.objectOf(main, ref);
      const { node } = await tab.session.send('DOM.describeNode', { objectId });
      const theirs = nodes.find((one) => one.backendDOMNodeId === node.backendNodeId && !one.ignored);
      // Chromium does not name a figure by its caption, as HTML-AAM asks for.
      if (role === 'generic' || role === 'figure' || !theirs) continue;
      const theirRole = THEIR_ROLES[theirs.role.value] ?? theirs.role.value;
      assert.equal(role, theirRole, line);
      assert.equal(JSON.parse(`"${name}"`), theirs.name?.value.replace(/\s+/g, ' ').trim() ?? '', line);
    }
    call.finish();
  });
});

async function snapshot(tab, args = {}) {
  const [block] = await tab.run(handlers.browser_snapshot, args);
  return block.text;
}

/** The tree without its header; the refs are numbered anew by each document, so that only their places are compared. */
async function tree(tab, withRefs = false, args = {}) {
  const all = await snapshot(tab, args);
  const text = all.slice(all.indexOf('\n\n') + 2);
  return withRefs ? text : text.replace(/\[ref=(f\d+)?e\d+\]/g, '[ref]');
}

function dedent(text) {
  const lines = text.replace(/^\n/, '').replace(/\n *$/, '').split('\n');
  const indent = Math.min(...lines.map((line) => /^ */.exec(line)[0].length));
  return lines.map((line) => line.slice(indent)).join('\n');
}

const THEIR_ROLES = {
  DisclosureTriangle: 'button',
  image: 'img',
  Iframe: 'iframe',
  Video: 'video',
  Date: 'textbox',
  ColorWell: 'textbox',
  InputTime: 'textbox',
};
