// Inputs that the browser acknowledges and does not pass on to the page, as under a question of its own.
import assert from 'node:assert/strict';
import { afterEach, it } from 'node:test';

import { handlers as drags } from '../../tools/drag.js';
import { handlers as input } from '../../tools/input.js';
import { onPages, waitUntil } from './browser.js';

onPages('an input that the browser keeps to itself', ({ browser, tab }) => {
  afterEach(() => swallow(false));

  it('is no click, and the answer says why and what to do', async () => {
    await tab.go(browser.page('<button onclick="window.hit = 1">A</button>'));
    const ref = await tab.refOf('button "A"');
    await swallow(true);
    const failure = await tab.failureOf(input.browser_click, { ref });
    assert.equal(failure.code, 'not_actionable');
    assert.match(failure.message, /^button "A" \[ref=e\d+\] cannot be acted on: the browser took the input and passed nothing/);
    assert.match(failure.fix, /ask the person .* browser_navigate to about:blank/);
    assert.equal(await tab.evaluate('window.hit ?? 0'), 0);
    await swallow(false);
    await tab.run(input.browser_click, { ref });
    assert.equal(await tab.evaluate('window.hit'), 1);
  });

  it('is no click in a frame either, and no drag', async () => {
    const inner = browser.page('<button>In</button><p tabindex=0>There</p>', '/inner.html', 'localhost');
    await tab.go(browser.page(`<iframe title=f src="${inner}"></iframe>`));
    await waitUntil('the frame is there', async () => (await tab.snapshot()).includes('"In"'));
    const ref = await tab.refOf('button "In"');
    const endRef = await tab.refOf('paragraph');
    await swallow(true);
    assert.equal((await tab.failureOf(input.browser_click, { ref })).code, 'not_actionable');
    assert.equal((await tab.failureOf(drags.browser_drag, { startRef: ref, endRef })).code, 'not_actionable');
  });

  it('is a key of which the answer says that the page did not hear it', async () => {
    await tab.go(browser.page('<input aria-label=A autofocus>'));
    assert.doesNotMatch(await press('x'), /Not heard/);
    await swallow(true);
    assert.match(await press('y'), /^Pressed y\.[^]*\n- Not heard: no event of it came to the page;/);
    assert.equal(await tab.evaluate('document.querySelector("input").value'), 'x');
  });

  for (const [how, html, line = 'button "A"'] of [
    ['a page that stops every event on its way', '<button>A</button><script>for (const type of ["pointerdown", "mousedown", "click"]) addEventListener(type, (event) => event.stopImmediatePropagation(), true)</script>'],
    ['an element that goes away under it', '<button onpointerdown="this.remove()">A</button>'],
    ['a document that is written anew', '<button onclick="document.open(); document.write(`<p>Anew`); document.close()">A</button>'],
    ['a press that leads on', '<button onpointerdown="location.reload()">A</button>'],
    ['a frame that is clicked itself', '<iframe title=A srcdoc="<p>Inside"></iframe>', 'iframe "A"'],
    ['a closed shadow root with a frame in it', '<x-a role=button aria-label=A tabindex=0></x-a><script>document.querySelector("x-a").attachShadow({ mode: "closed" }).innerHTML = `<iframe srcdoc="<p>Inside"></iframe>`</script>'],
  ]) {
    it(`is not ${how}`, async () => {
      await tab.go(browser.page(html));
      assert.match((await tab.run(input.browser_click, { ref: await tab.refOf(line) }))[0].text, /^Clicked /);
    });
  }

  it('is not a key that goes to a frame', async () => {
    await tab.go(browser.page('<iframe title=f srcdoc="<input autofocus>"></iframe>'));
    await tab.evaluate('document.querySelector("iframe").contentDocument.querySelector("input").focus()');
    assert.doesNotMatch(await press('x'), /Not heard/);
    assert.equal(await tab.evaluate('document.querySelector("iframe").contentDocument.querySelector("input").value'), 'x');
  });

  /** Has the browser take every input of the tab for itself. @param {boolean} ignore */
  async function swallow(ignore) {
    await tab.session.send('Input.setIgnoreInputEvents', { ignore });
  }

  async function press(key) {
    return (await tab.run(input.browser_press_key, { key }))[0].text;
  }
});
