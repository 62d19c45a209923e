// Refs belong to their elements, and folds keep a snapshot within its budget without losing anything.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Page } from '../../lib/page.js';
import { handlers as input } from '../../tools/input.js';
import { onPages, waitUntil } from './browser.js';

const BUDGET = 10_000;

onPages('a ref', ({ browser, tab }) => {
  it('stays with its element however the page is rearranged', async () => {
    await tab.go(browser.page('<div id=a><button>One</button><button>Two</button></div><div id=b></div>'));
    const one = await tab.refOf('button "One"');
    await tab.evaluate('b.append(a.firstChild); document.body.prepend(document.createElement("hr"))');
    assert.equal(await tab.refOf('button "One"'), one);
    await tab.run(input.browser_click, { ref: one });
  });

  it('of an element that is gone is refused, and the best match is named', async () => {
    await tab.go(browser.page('<button>Save</button>'));
    const ref = await tab.refOf('button "Save"');
    await tab.evaluate('document.body.innerHTML = "<p>x</p><button>Save</button>"');
    const failure = await failureOf(input.browser_click, { ref });
    assert.equal(failure.code, 'stale_ref');
    const fresh = await tab.refOf('button "Save"');
    assert.notEqual(fresh, ref);
    assert.ok(failure.message.includes(`button "Save" [ref=${fresh}]`), failure.message);
    assert.ok(failure.fix.includes(fresh));
  });

  it('of an element that became another is refused once, and then known under its other name', async () => {
    await tab.go(browser.page('<button onclick="window.clicks = (window.clicks ?? 0) + 1">Save</button>'));
    const ref = await tab.refOf('button "Save"');
    await tab.evaluate('document.querySelector("button").textContent = "Delete"');
    const failure = await failureOf(input.browser_click, { ref });
    assert.equal(failure.code, 'stale_ref');
    assert.match(failure.message, new RegExp(`was button "Save" and is button "Delete".*\\[ref=${ref}\\]`));
    assert.equal(await tab.evaluate('window.clicks ?? 0'), 0);
    await tab.run(input.browser_click, { ref });
    assert.equal(await tab.evaluate('window.clicks'), 1);
  });

  it('of a row that a list reuses for something else is refused, and the row that has it is named', async () => {
    await tab.go(browser.page('<div tabindex=0>Ann</div><div tabindex=0>Bob</div>'));
    const ann = await tab.refOf('generic "Ann"');
    const bob = await tab.refOf('generic "Bob"');
    await tab.evaluate('document.querySelectorAll("div").forEach((row, i) => row.textContent = ["Zoe", "Ann"][i])');
    const failure = await failureOf(input.browser_click, { ref: ann });
    assert.equal(failure.code, 'stale_ref');
    assert.ok(failure.message.includes(`generic "Ann" [ref=${bob}]`), failure.message);
  });

  it('of a clickable item without a name is known by its text', async () => {
    await tab.go(browser.page('<ul><li onclick="window.hit = 1">Ann <b>x</b></li></ul>'));
    const text = await tab.snapshot();
    const ref = /listitem \[ref=(e\d+)\]: Ann x/.exec(text)?.[1];
    await tab.run(input.browser_click, { ref });
    await tab.evaluate('window.hit = 0; document.querySelector("li").textContent = "Bob"');
    const failure = await failureOf(input.browser_click, { ref });
    assert.equal(failure.code, 'stale_ref');
    assert.match(failure.message, /was listitem "Ann x" and is listitem "Bob"/);
    assert.equal(await tab.evaluate('window.hit'), 0);
  });

  it('whose element changed behind a field that was typed into is refused all the same', async () => {
    await tab.go(browser.page('<input aria-label=A oninput="this.ariaLabel = `B`">'));
    const ref = await tab.refOf('textbox "A"');
    const [{ text }] = await tab.run(input.browser_type, { ref, text: 'x' });
    assert.match(text, new RegExp(`~ textbox "B" .*\\[ref=${ref}\\]: x`), 'the answer says what the ref names by now');
    await tab.evaluate('document.querySelector("input").ariaLabel = "C"');
    assert.equal((await failureOf(input.browser_type, { ref, text: 'y' })).code, 'stale_ref');
  });

  it('of an earlier page, of no page, or that is none, is refused with what to do', async () => {
    await tab.go(browser.page('<button>Old</button>'));
    const old = await tab.refOf('button "Old"');
    await tab.go(browser.page('<button>Old</button>'));
    for (const [ref, code] of [
      [old, 'stale_ref'],
      ['e999999', 'stale_ref'],
      ['f77e1', 'stale_ref'],
      ['Save button', 'bad_input'],
    ]) {
      const failure = await failureOf(input.browser_click, { ref });
      assert.equal(failure.code, code, ref);
      assert.match(failure.fix, /browser_snapshot/);
    }
  });

  it('of another tab is refused there, and the tab is named if it is the same agent\'s', async () => {
    const frame = browser.page('<button>Inside</button>', '/framed.html');
    const html = `<button>One</button><iframe title=f src="${frame}"></iframe>`;
    await tab.go(browser.page(html));
    const other = await browser.open(html);
    const [, mine] = await refsOf(tab);
    const theirs = await refsOf(other);
    assert.equal(new Set([mine, ...theirs].map((ref) => ref.replace(/e.*/, ''))).size, 3, 'no frame has the number of another');
    for (const ref of theirs) {
      const failure = await failureOf(input.browser_click, { ref });
      assert.equal(failure.code, 'stale_ref');
      assert.match(failure.message, new RegExp(`${ref} belongs to your tab t${other.chromeId}, and this call is on tab t${tab.chromeId}`));
      assert.match(failure.fix, new RegExp(`tab=t${other.chromeId}`));
    }
    other.record.clientId = 'd';
    const failure = await failureOf(input.browser_click, { ref: theirs[0] });
    assert.equal(`${failure.code}: ${failure.message}`, `stale_ref: ${theirs[0]} belongs to another tab than t${tab.chromeId}.`);

    /** @param {import('./browser.js').Tab} one */
    async function refsOf(one) {
      const found = async () => /"One" \[ref=(\S+)\][^]*"Inside" \[ref=(\S+)\]/.exec((await one.snapshot()));
      await waitUntil('the frame is there', found);
      return (await found()).slice(1);
    }
  });

  it('keeps its element when a page comes back out of the back-forward cache, or is refused', async () => {
    await tab.go(browser.page('<button onclick="window.clicks = 1">Back</button>'));
    const ref = await tab.refOf('button "Back"');
    await tab.go(browser.page('<button>Other</button>'));
    await tab.refOf('button "Other"');
    await tab.evaluate('history.back()');
    await tab.session.until(() => false, { timeoutMs: 300 });
    const failure = await failureOf(input.browser_click, { ref }).catch(() => null);
    if (failure) assert.equal(failure.code, 'stale_ref');
    else assert.equal(await tab.evaluate('window.clicks'), 1);
  });

  it('stays with an element that was out of the page while what is gone was swept', async () => {
    await tab.go(browser.page('<button>Back</button>'));
    const ref = await tab.refOf('button "Back"');
    const call = tab.call();
    const page = new Page(call);
    const { contextId } = await page.main();
    // More than the records that are kept before a sweep.
    const crowd = `__tabmux.grant([[1e6, 2e6]]);
      const back = document.querySelector('button');
      back.remove();
      for (let i = 0; i < 50_001; i++) __tabmux.show(document.createElement('p'), 'paragraph', '');
      document.body.append(back);`;
    const { exceptionDetails } = await call.send('Runtime.evaluate', { contextId, expression: crowd });
    assert.equal(exceptionDetails, undefined);
    call.finish();
    assert.equal(await tab.refOf('button "Back"'), ref);
    await tab.run(input.browser_click, { ref });
    // The numbers of this tab are far beyond what it was granted.
    tab = await browser.open();
  });

  describe('of a fold', () => {
    it('opens what a long run left out, in full and in order', async () => {
      await tab.go(
        browser.page(
          `<h1>Top</h1><ul>${numbers(900)
            .map((i) => `<li>Item ${i}</li>`)
            .join('')}</ul><footer>End</footer>`,
        ),
      );
      const seen = [];
      let text = await tab.snapshot();
      assert.match(text, /contentinfo \[ref=e\d+\]: End$/);
      for (let page = 0; page < 20; page++) {
        assert.ok(Buffer.byteLength(text) <= BUDGET, `${Buffer.byteLength(text)} bytes`);
        for (const [, item] of text.matchAll(/listitem: Item (\d+)/g)) seen.push(Number(item));
        const fold = /\((\d+) more listitem like these\) \[ref=(e\d+)\]/.exec(text);
        if (!fold) break;
        assert.equal(Number(fold[1]), 900 - seen.length);
        text = await tab.snapshot({ ref: fold[2] });
      }
      assert.deepEqual(seen, numbers(900));
    });

    it('is no element to act on', async () => {
      await tab.go(
        browser.page(
          `<ul>${numbers(900)
            .map((i) => `<li>Item ${i}</li>`)
            .join('')}</ul>`,
        ),
      );
      const ref = /like these\) \[ref=(e\d+)\]/.exec(await tab.snapshot())?.[1];
      const failure = await failureOf(input.browser_click, { ref });
      assert.equal(failure.code, 'bad_input');
      assert.match(failure.fix, new RegExp(`browser_snapshot ref=${ref}`));
    });

    it('finds runs of a pattern between other things', async () => {
      await tab.go(
        browser.page(
          `<h2>A</h2>${numbers(400)
            .map((i) => `<a href="/${i}">Link ${i}</a><p>About ${i}</p>`)
            .join('')}<h2>Z</h2>`,
        ),
      );
      const text = await tab.snapshot();
      assert.match(text, /\(\d+ more link, paragraph like these\) \[ref=e\d+\]\n- heading "Z"/);
      assert.ok(Buffer.byteLength(text) <= BUDGET);
    });

    it('leads to every part of a page that is deep and unlike itself', async () => {
      const section = (i, depth) =>
        `<section aria-label="S${i}.${depth}"><h3>H${i}.${depth}</h3><p>${'word '.repeat(20)}</p><button>B${i}.${depth}</button>${depth > 0 ? section(i, depth - 1) : ''}</section>`;
      await tab.go(
        browser.page(
          numbers(12)
            .map((i) => section(i, 9))
            .join('<hr>'),
        ),
      );
      const wanted = new Set(numbers(12).flatMap((i) => numbers(10).map((depth) => `B${i}.${depth}`)));
      const queue = [''];
      for (let calls = 0; queue.length > 0 && calls < 150; calls++) {
        const text = await tab.snapshot(queue[0] ? { ref: queue[0] } : {});
        queue.shift();
        assert.ok(Buffer.byteLength(text) <= BUDGET, `${Buffer.byteLength(text)} bytes`);
        for (const [, name] of text.matchAll(/button "([^"]+)"/g)) wanted.delete(name);
        for (const [, ref] of text.matchAll(/browser_snapshot ref=(e\d+)\)/g)) queue.push(ref);
        for (const [, ref] of text.matchAll(/more[^)]*\) \[ref=(e\d+)\]/g)) queue.push(ref);
      }
      assert.deepEqual([...wanted], []);
    });

    it('leaves every heading of a long text to be seen, and opens what stands under one and nothing else', async () => {
      const entry = (i, j) => `<p>Text ${i}.${j} ${'word '.repeat(20)}</p><pre>Code ${i}.${j}</pre><button>B${i}.${j}</button>`;
      const part = (i, j) => `<h3>Part ${i}.${j}</h3>${entry(i, j)}`;
      const head = (i) => `<h2>Chapter ${i} ${'on '.repeat(i % 12)}<a href="#${i}">Link to chapter ${i}</a></h2><p>About ${i}</p>`;
      const chapter = (i) => head(i) + numbers(9).map((j) => part(i, j)).join('<hr>');
      await tab.go(browser.page(`<h1>Top</h1>${numbers(40).map(chapter).join('')}<footer>End</footer>`));
      const text = await tab.snapshot();
      const bytes = Buffer.byteLength(text);
      assert.ok(bytes <= BUDGET && bytes > BUDGET * 0.75, `${bytes} bytes`);
      assert.deepEqual([...text.matchAll(/heading "Chapter (\d+) /g)].map(([, i]) => Number(i)), numbers(40));
      const fold = /\(\d+ more[^\n]*\[ref=(e\d+)\]/.exec(text.slice(text.indexOf('"Chapter 20 ')))?.[1];
      const opened = await tab.snapshot({ ref: fold });
      assert.match(opened, /button "B20\.8"/);
      assert.doesNotMatch(opened, /B19\.|B21\.|Chapter 21/);
    });

    it('looks at no more of a large table than it shows and counts', async () => {
      const rows = 3_000;
      const row = (i) => `<tr><td><a href="/${i}">A${i}</a><td><b>B</b> <i>${i}</i></tr>`;
      await tab.go(browser.page(`<table><thead><tr><th>A<th>B<tbody>${numbers(rows).map(row).join('')}</table>`));
      const call = tab.call();
      const page = new Page(call);
      const frame = await page.main();
      await page.run(frame, 'next');
      const { result } = await call.send('Runtime.evaluate', {
        contextId: frame.contextId,
        returnByValue: true,
        expression: `(() => {
          const asked = globalThis.getComputedStyle;
          let times = 0;
          globalThis.getComputedStyle = (...what) => (times++, asked(...what));
          __tabmux.snapshot({ budget: ${BUDGET} });
          globalThis.getComputedStyle = asked;
          return times;
        })()`,
      });
      call.finish();
      assert.ok(result.value >= rows && result.value < rows * 2, `${result.value} styles of ${rows * 6} elements`);
    });

    it('leaves each region of an application its part of the budget', async () => {
      const region = (i) =>
        `<section aria-label="R${i}">${numbers(40).map((j) => `<div><button>B${i}.${j}</button> <em>${'x'.repeat(i * 5)}</em><a href="/${i}/${j}">L</a></div>`).join('')}</section>`;
      await tab.go(browser.page(numbers(6).map(region).join('')));
      const text = await tab.snapshot();
      const bytes = Buffer.byteLength(text);
      assert.ok(bytes <= BUDGET && bytes > BUDGET * 0.75, `${bytes} bytes`);
      for (const i of numbers(6)) assert.ok(text.split(`"B${i}.`).length > 8, `region ${i} in\n${text}`);
    });

    it('shows the beginning of a long text and opens the rest', async () => {
      await tab.go(
        browser.page(
          `${numbers(9)
            .map((i) => `<p>${`${i} word `.repeat(300)}</p>`)
            .join('')}<div>${'tail '.repeat(3_000)}</div>`,
        ),
      );
      const text = await tab.snapshot();
      assert.ok(Buffer.byteLength(text) <= BUDGET, `${Buffer.byteLength(text)} bytes`);
      const refs = [...text.matchAll(/\((\d+) more characters: browser_snapshot ref=(e\d+)\)/g)];
      assert.equal(refs.length, 10);
      const opened = await tab.snapshot({ ref: refs[0][2] });
      assert.equal(opened.match(/0 word/g)?.length, 300);
      assert.match(await tab.snapshot({ ref: refs[9][2] }), /more characters: read them with browser_evaluate/);
    });

    it('counts bytes and not characters', async () => {
      await tab.go(
        browser.page(
          `<ul>${numbers(600)
            .map((i) => `<li>\u65e5\u672c\u8a9e\u306e\u9805\u76ee ${i} \u{1f600}</li>`)
            .join('')}</ul>`,
        ),
      );
      const text = await tab.snapshot();
      const bytes = Buffer.byteLength(text);
      assert.ok(bytes <= BUDGET && bytes > BUDGET / 4, `${bytes} bytes`);
    });
  });

  async function failureOf(handler, args) {
    return tab.run(handler, args).then(
      () => assert.fail('the call should have failed'),
      (error) => error,
    );
  }
});

function numbers(count) {
  return Array.from({ length: count }, (_, i) => i);
}
