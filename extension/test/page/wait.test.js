// Waiting for what comes about on real pages.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';

import { ToolFailure } from '../../lib/errors.js';
import { handlers as waits } from '../../tools/wait.js';
import { onPages, waitUntil } from './browser.js';

onPages('a wait', ({ browser, tab }) => {
  it('ends when the text is there, or is gone', async () => {
    await tab.go(
      browser.page(
        '<p id=p>First</p><script>setTimeout(() => { p.innerHTML = "Sec<b>ond</b>  part"; }, 200)</script>',
      ),
    );
    assert.match(
      await wait({ text: 'Second part', textGone: 'First' }),
      /^"Second part" is on the page, and "First" is not on the page\./,
    );
  });

  it('sees what becomes visible by style alone, and in frames', async () => {
    const frame = browser.page('<p>In the frame</p>', '/late.html', 'localhost');
    await tab.go(browser.page('<p id=p style="display:none">Shown</p>'));
    await assert.rejects(wait({ text: 'Shown', time: 0 }), { code: 'timeout' });
    await tab.evaluate('setTimeout(() => p.style.display = "block", 50); 1');
    await wait({ text: 'Shown' });
    await tab.evaluate(`const f = document.createElement('iframe'); f.src = '${frame}'; setTimeout(() => document.body.append(f), 50); 1`);
    await wait({ text: 'In the frame' });
  });

  it('goes on across navigations', async () => {
    const next = browser.page(
      '<script>setTimeout(() => document.body.append("Arrived"), 150)</script>',
      '/next.html',
    );
    await tab.go(browser.page(`<script>setTimeout(() => location.href = '${next}', 150)</script>`));
    await wait({ text: 'Arrived' });
  });

  it('that is in vain names the text', async () => {
    await tab.go(browser.page('<p>Here</p>'));
    await assert.rejects(wait({ text: 'Nowhere', time: 0.3 }), {
      code: 'timeout',
      message: 'The text "Nowhere" did not appear after 0.3 s. The text that comes closest is "Here".',
    });
    await assert.rejects(wait({ textGone: 'Here', time: 0.3 }), {
      code: 'timeout',
      message: 'The text "Here" is still on the page after 0.3 s.',
    });
  });

  it('for nothing is refused', async () => {
    await assert.rejects(wait({}), { code: 'bad_input' });
  });

  it('for a time tells how far it is', async () => {
    const call = tab.call('browser_wait_for', { time: 1.3 });
    const told = [];
    call.progress = (...progress) => told.push(progress.slice(0, 2));
    const began = performance.now();
    await waits.browser_wait_for(call);
    call.finish();
    assert.ok(performance.now() - began >= 1_298);
    assert.deepEqual(told, [[1, 1.3]]);
  });

  it('that is cancelled leaves nothing behind in the page', async () => {
    await tab.go(browser.page('<p>Here</p>'));
    const call = tab.call('browser_wait_for', { text: 'Nowhere' });
    const waiting = waits.browser_wait_for(call);
    await tab.session.until(() => false, { timeoutMs: 150 });
    call.stop(new ToolFailure('cancelled', 'x', 'y'));
    await assert.rejects(waiting, { code: 'cancelled' });
    call.finish();
  });

  describe('for an element', () => {
    it('sees it appear, by its ref, and go', async () => {
      await tab.go(browser.page('<button id=b>Save</button>'));
      const ref = /\[ref=(e\d+)\]/.exec(await tab.snapshot())[1];
      assert.match(await wait({ ref }), new RegExp(`^${ref} is visible\\.\n- URL: .*\n- Title: Test\n- Waited: \\d+ ms\\.$`));
      await tab.evaluate('b.textContent = "Saving"; setTimeout(() => b.hidden = true, 50)');
      assert.match(await wait({ ref, state: 'hidden' }), /^e\d+ is hidden or gone\./);
      await fails({ ref, time: 0 }, 'timeout', /^e\d+ did not become visible after 0 s\. It is in the document, where it cannot/);
      await tab.evaluate('setTimeout(() => b.hidden = false, 50)');
      await wait({ ref });
      await tab.evaluate('setTimeout(() => b.remove(), 50)');
      await wait({ ref, state: 'hidden' });
      await wait({ ref, state: 'hidden' });
      await fails({ ref }, 'stale_ref', /is gone from the page/);
    });

    it('that goes with its page ends with that', async () => {
      const next = browser.page('<p>Next', '/after-ref.html');
      for (const state of ['visible', 'hidden']) {
        await tab.go(browser.page('<button>Save</button><button id=h>Other</button>'));
        const ref = /"Other" \[ref=(e\d+)\]/.exec(await tab.snapshot())[1];
        const hide = state === 'visible' ? 'h.hidden = true;' : '';
        await tab.evaluate(`${hide} setTimeout(() => location.href = ${JSON.stringify(next)}, 50)`);
        if (state === 'hidden') assert.match(await wait({ ref, state }), /after-ref/);
        else await fails({ ref, state }, 'stale_ref', /belongs to a page that this tab or frame does not show any more/);
      }
    });

    it('finds it by a selector, in shadow roots and frames', async () => {
      const inner = browser.page('<i class=late hidden>x</i>', '/selected.html', 'localhost');
      await tab.go(
        browser.page(
          `<x-a><template shadowrootmode=open><x-b><template shadowrootmode=open><p class=deep hidden>Deep</p></template></x-b></template></x-a><iframe src="${inner}"></iframe>`,
        ),
      );
      await fails({ selector: '.deep', time: 0 }, 'timeout', /^"\.deep" matched no visible element after 0 s\. It matches 1 that cannot/);
      await fails({ selector: '.none', time: 0 }, 'timeout', /It matches nothing at all\.$/);
      const deep = "document.querySelector('x-a').shadowRoot.querySelector('x-b').shadowRoot.querySelector('p')";
      await tab.evaluate(`setTimeout(() => ${deep}.hidden = false, 50)`);
      assert.match(await wait({ selector: 'p.deep' }), /^"p\.deep" matches a visible element\./);
      await tab.evaluate(`setTimeout(() => ${deep}.remove(), 50)`);
      assert.match(await wait({ selector: 'p.deep', state: 'hidden' }), /^"p\.deep" matches no visible element\./);
      await waitUntil('the frame is there', async () => (await tab.snapshot()).includes('iframe'));
      await assert.rejects(wait({ selector: '.late', time: 0 }), { code: 'timeout' });
      await tab.evaluate(`document.querySelector('iframe').src = ${JSON.stringify(browser.page('<i class=late>x</i>', '/selected2.html', 'localhost'))}`);
      await wait({ selector: '.late' });
    });

    it('refuses what is no selector and no ref of the page', async () => {
      await fails({ selector: 'a[' }, 'bad_input', /`selector` is no CSS selector: "a\["/);
      await fails({ ref: 'e99999' }, 'stale_ref', /e99999/);
      await fails({ ref: 'Save' }, 'bad_input', /is not a ref/);
      await fails({ state: 'hidden' }, 'bad_input', /nothing to wait for/);
    });
  });

  it('for an address sees it change by script and by navigation', async () => {
    const next = browser.page('<p>Next', '/orders/17.html');
    await tab.go(browser.page('<p>Here'));
    await tab.evaluate(`setTimeout(() => history.pushState({}, '', '/cart?step=2'), 50)`);
    assert.match(await wait({ url: 'step=2' }), /^The address matches "step=2"\.\n- URL: .*\/cart\?step=2\n/);
    await tab.evaluate(`setTimeout(() => location.href = ${JSON.stringify(next)}, 50)`);
    await wait({ url: '*/orders/*.html', text: 'Next' });
    await fails({ url: '/elsewhere', time: 0.1 }, 'timeout', /did not come to match "\/elsewhere" after 0\.1 s\. The tab is at http.*17\.html\.$/);
  });

  describe('for a function', () => {
    it("ends when it returns a true value in the page's own world", async () => {
      await tab.go(browser.page('<p id=p>Here</p><script>window.state = { done: null }</script>'));
      await tab.evaluate('setTimeout(() => state.done = "yes", 50)');
      assert.match(await wait({ function: '() => window.state.done' }), /^The function returned "yes"\.\n/);
      await tab.evaluate('setTimeout(() => p.textContent = "There", 50)');
      await wait({ function: 'document.querySelector("p").innerText === "There"' });
      await wait({ function: 'const text = p.textContent; return text.length === 5;' });
      await fails({ function: '() => state.nothing', time: 0.1 }, 'timeout', /after 0\.1 s\. At last it returned undefined\.$/);
    });

    it('takes what it throws for not yet, and goes on across navigations', async () => {
      const next = browser.page('<div id=there>1</div>', '/next-function.html');
      await tab.go(browser.page('<p>Here'));
      await fails({ function: '() => there.textContent', time: 0.1 }, 'timeout', /At last it threw ReferenceError: there is not/);
      await tab.evaluate(`setTimeout(() => location.href = ${JSON.stringify(next)}, 50)`);
      await wait({ function: '() => there.textContent === "1"' });
      await fails({ function: '() => JSON.parse("{")', time: 0.1 }, 'timeout', /At last it threw SyntaxError/);
    });

    it('changes nothing, and cannot be kept from its end', async () => {
      await tab.go(browser.page('<p>Here'));
      for (const code of ['() => window.touched = 1', '() => { document.body.remove(); return true; }', 'fetch("/touched")'])
        await fails({ function: code }, 'bad_input', /may only look at the page, and it would do more/);
      assert.equal(await tab.evaluate('typeof touched + document.body.childNodes.length'), 'undefined1');
      await fails({ function: 'async () => true' }, 'bad_input', /returns a promise/);
      await fails({ function: '() => {' }, 'bad_input', /cannot be read: SyntaxError/);
      await fails({ function: '() => { for (;;); }', time: 0 }, 'timeout', /At last it threw/);
      assert.equal(await tab.evaluate('1 + 1'), 2);
    });
  });

  it('for an idle network counts what is open until it was quiet for half a second', async () => {
    const held = [];
    const server = createServer((_, response) => held.push(response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await tab.go(browser.page('<p>Here'));
    const url = `http://127.0.0.1:${server.address().port}/held`;
    await tab.evaluate(`window.got = 0; fetch('${url}', { mode: 'no-cors' }).then(() => got = 1); 1`);
    const open = /did not become idle after 0\.7 s\. Not answered yet: "http.*\/held"\.$/;
    await fails({ networkIdle: true, time: 0.7 }, 'timeout', open);
    const waiting = wait({ networkIdle: true });
    held[0].end('done');
    assert.match(await waiting, /^The network is idle\./);
    assert.equal(await tab.evaluate('got'), 1);
    server.close();
  });

  it('survives the end of the debugging session', async () => {
    await tab.go(browser.page('<p id=p>Here'));
    for (const condition of [{ text: 'Late' }, { selector: '.late' }, { function: '() => window.late' }, { networkIdle: true }]) {
      await tab.evaluate('p.textContent = ""; p.className = ""; window.late = 0');
      const waiting = wait(condition);
      await tab.evaluate('setTimeout(() => { p.textContent = "Late"; p.className = "late"; window.late = 1 }, 300)');
      await tab.cut();
      await waiting;
    }
  });

  it('ends with the dialog that opens under it', async () => {
    for (const condition of [{ text: 'Never' }, { selector: '.never' }, { url: 'never' }, { function: '() => false' }, { networkIdle: true }]) {
      await tab.go(browser.page('<p>Here'));
      await tab.evaluate('setTimeout(() => alert("Stop"), 50)');
      await fails(condition, 'dialog_open', /An alert dialog is open in tab t\d+ with the text "Stop"/);
      await tab.session.send('Page.handleJavaScriptDialog', { accept: true });
    }
  });

  it('that is in vain tells the text that comes closest', async () => {
    await tab.go(browser.page('<h1>Orders</h1><p>Your order 17 was sent on Monday, and Tuesday</p><p>your order 17 was sent</p>'));
    await fails({ text: 'Your order 18 was sent', time: 0 }, 'timeout', /after 0 s\. The text that comes closest is "your order 17 was sent"\.$/);
    await fails({ text: 'Zebra', time: 0 }, 'timeout', /No text on the page is like it\.$/);
    await fails({ text: 'Orders', url: '/nowhere', time: 0 }, 'timeout', /^The address/);
    await fails({ url: 'http', text: 'Zebra', time: 0 }, 'timeout', /like it\. Before that, the address matches "http"\.$/);
  });

  async function wait(args) {
    return (await tab.run(waits.browser_wait_for, args))[0].text;
  }

  async function fails(args, code, said) {
    await assert.rejects(wait(args), (error) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, said);
      return true;
    });
  }
});
