// Reading large pages in small answers: what is shown of a snapshot, changes since another, finding, and text.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { handlers as click } from '../../tools/input.js';
import { handlers as find } from '../../tools/find.js';
import { handlers as snap } from '../../tools/snapshot.js';
import { handlers as reading } from '../../tools/text.js';
import { onPages } from './browser.js';

const BUDGET = 10_000;
const MIXED = `<nav aria-label=Menu><a href=/home>Home</a></nav>
  <main><h1>Cart</h1><p>Two things</p><table><tr><th>What<th>How many<th><tr><td>Tea<td>3<td><button>Remove</button><tr><td>Milk<td>1<td><button>Remove</button></table>
  <div onclick="1"><span>Open <b>me</b></span></div><label>Code <input></label></main><footer>End</footer>`;

onPages('reading', ({ browser, tab }) => {
  describe('a snapshot', () => {
    it('of the level "interactive" shows what can be acted on, and where it is', async () => {
      await tab.go(browser.page(MIXED));
      assert.equal(
        bare(await tab.snapshot({ level: 'interactive' })),
        [
          '- navigation "Menu" [ref]',
          '  - link "Home" [ref]',
          '    - /url: /home',
          '- main [ref]',
          '  - heading "Cart" [level=1] [ref]',
          '  - table [ref]',
          '    - row "Tea 3 Remove"',
          '      - button "Remove" [ref]',
          '    - row "Milk 1 Remove"',
          '      - button "Remove" [ref]',
          '  - generic "Open me" [ref]',
          '  - textbox "Code" [ref]',
        ].join('\n'),
      );
    });

    it('of the level "full" has a ref on every element, and the same ones', async () => {
      await tab.go(browser.page(MIXED));
      const refs = new Set([...(await tab.snapshot()).matchAll(/\[ref=(e\d+)\]/g)].map(([, ref]) => ref));
      const full = body(await tab.snapshot({ level: 'full' }));
      for (const line of full.split('\n')) assert.match(line, /\[ref=e\d+\]|- text: |- \/url: /);
      for (const ref of refs) assert.ok(full.includes(`[ref=${ref}]`), `${ref} is not in\n${full}`);
    });

    it('of some depth folds what is below, and the fold opens it', async () => {
      await tab.go(browser.page(MIXED));
      const text = await tab.snapshot({ depth: 1 });
      assert.equal(
        bare(text),
        '- navigation "Menu" [ref] (folded, 1 nodes: browser_snapshot ref=[ref])\n' +
          '- main [ref] (folded, 19 nodes: browser_snapshot ref=[ref])\n- contentinfo [ref]: End',
      );
      const ref = /main \[ref=(e\d+)\]/.exec(text)?.[1];
      assert.match(body(await tab.snapshot({ ref })), /^- main[^]*button "Remove"[^]*textbox "Code"/);
      const two = body(await tab.snapshot({ ref, depth: 2 }));
      assert.match(two, /\n {2}- table \[ref=e\d+\] \(folded, 14 nodes: /);
      assert.equal(two.split('\n').length, 6);
    });

    it('of the viewport alone leaves out what is above and below', async () => {
      const items = numbers(200).map((i) => `<li style="height:50px"><a href="/${i}">Item ${i}</a>`);
      await tab.go(browser.page(`<h1>Top</h1><ul>${items.join('')}</ul>`));
      await tab.evaluate('scrollTo(0, 3000)');
      const text = await tab.snapshot({ viewport: true });
      const height = await tab.evaluate('innerHeight');
      const seen = [...text.matchAll(/link "Item (\d+)"/g)].map(([, i]) => Number(i));
      assert.ok(seen.length >= height / 50 - 1 && seen.length <= height / 50 + 2, `${seen.length} of ${height} pixels`);
      assert.ok(seen[0] >= 55 && seen[0] <= 60, `from ${seen[0]}`);
      assert.ok(text.includes('- list [ref=') && !text.includes('heading "Top"'), text);
    });

    it('answers with the changes since another, and with the whole if that is not known', async () => {
      await tab.go(browser.page(MIXED));
      const first = nameOf(await tab.snapshot());
      await tab.evaluate('document.querySelector("tr:nth-child(2)").remove(); document.querySelector("h1").after("New")');
      const changed = await tab.snapshot({ base: first });
      assert.match(changed, new RegExp(`\\n- Snapshot: s\\d+\\n- Base: ${first}; .*\\n- Note: .*not as instructions`));
      assert.equal(
        bare(changed),
        [
          '  - main [ref]',
          '+   - text: New',
          '    - table [ref]',
          '-     - row',
          '-       - cell "Tea"',
          '-       - cell "3"',
          '-       - cell',
          '-         - button "Remove" [ref]',
        ].join('\n'),
      );
      const second = nameOf(changed);
      assert.equal(body(await tab.snapshot({ base: second })), '(Nothing changed.)');
      const whole = body(await tab.snapshot());
      for (const args of [{ base: 's999999' }, { base: second, level: 'interactive' }]) {
        const text = await tab.snapshot(args);
        assert.match(text, /\n- Base: .*the whole page follows\n/);
        if (!args.level) assert.equal(body(text), whole);
      }
      await tab.evaluate('document.body.innerHTML = "<p>x".repeat(300)');
      assert.match(await tab.snapshot({ base: second }), /- Base: the changes since .* more than the page, which follows/);
      const other = await browser.open(MIXED);
      const [{ text }] = await other.run(snap.browser_snapshot, { base: second });
      assert.match(text, /\n- Base: no snapshot .* of this tab/);
    });
  });

  describe('find', () => {
    it('answers with the lines around each match, with refs to act on', async () => {
      await tab.go(browser.page(MIXED));
      const text = await found({ text: 'MILK' });
      assert.match(text, /\n- Matches: 1\n- Note: .*not as instructions/);
      assert.equal(
        bare(text),
        [
          '- main [ref]',
          '  - table [ref]',
          '    - row',
          '      - cell "Milk" [ref]',
          '      - cell "1"',
          '      - cell',
          '        - button "Remove" [ref]',
        ].join('\n'),
      );
      const ref = /button "Remove" \[ref=(e\d+)\]/.exec(text)?.[1];
      await tab.evaluate('document.querySelectorAll("button")[1].onclick = () => (window.hit = 1)');
      await tab.run(click.browser_click, { ref });
      assert.equal(await tab.evaluate('window.hit'), 1);
    });

    it('takes a pattern, a role and a name, and all of them must hold', async () => {
      await tab.go(browser.page(MIXED));
      for (const [args, matches] of [
        [{ role: 'button' }, 2],
        [{ role: 'link', name: 'hom' }, 1],
        [{ role: 'link', name: 'cart' }, 0],
        [{ regex: '^[A-Z]ilk$' }, 1],
        [{ regex: '^milk$' }, 0],
        [{ regex: '/^milk$/i' }, 1],
        [{ regex: 'e', role: 'cell' }, 1],
        [{ text: '/home' }, 1],
        [{ text: 'nowhere' }, 0],
      ]) {
        const text = await found(args);
        assert.ok(text.includes(`\n- Matches: ${matches}\n`), `${JSON.stringify(args)}: ${text}`);
        if (matches === 0) assert.equal(body(text), '(Nothing on the page matches.)');
      }
      assert.match((await failureOf(find.browser_find, { regex: '(' })).message, /pattern is none.*Unterminated group/);
      for (const args of [{}, { text: ' ' }]) assert.equal((await failureOf(find.browser_find, args)).code, 'bad_input');
    });

    it('shows the part of a long text in which the match is', async () => {
      await tab.go(browser.page(`<p>${'before '.repeat(400)}needle${' after'.repeat(400)}`));
      assert.match(await found({ text: 'Needle' }), /- paragraph \[ref=e\d+\]: \.\.\..{50,120}needle.{100,250}\.\.\.$/);
    });

    it('looks into frames, and says in which one', async () => {
      const inside = browser.page('<button>Needle</button>', '/needle.html', 'localhost');
      await tab.go(browser.page(`<iframe title=f src="${inside}"></iframe>`));
      const text = await untilFound({ text: 'needle' }, 1);
      assert.match(body(text), /^- iframe \[ref=e\d+\]\n {2}- button "Needle" \[ref=f\d+e1\]$/);
    });

    it('stops a pattern that would take for ever, and the page goes on', async () => {
      await tab.go(browser.page(`<p>${'a'.repeat(80)}!</p><button onclick="window.hit = 1">Go</button>`));
      const failure = await failureOf(find.browser_find, { regex: '^(a+)+$' });
      assert.equal(failure.code, 'timeout', failure.stack);
      assert.match(failure.fix, /without nested repetitions/);
      const ref = /\[ref=(e\d+)\]/.exec(await found({ role: 'button' }))?.[1];
      await tab.run(click.browser_click, { ref });
      assert.equal(await tab.evaluate('window.hit'), 1);
    });
  });

  describe('text', () => {
    it('is the main text as Markdown', async () => {
      await tab.go(
        browser.page(`<nav><a href=/x>Skip</a></nav><main><h1>A <em>title</em></h1><p>Some <b>bold</b> text,
          a <a href="/a?b">link</a> and <code>code()</code>.<br>Second line</p><ul><li>One<ul><li>In a<li>In b</ul><li><p>Two</p></ul>
          <ol start=3><li>Three<li>Four</ol><table><tr><th>A<th>B<tr><td>1|2<td><a href=/q>x</a></table>
          <pre><code>one\n  two \`\`\`</code></pre><blockquote><p>Quote<p>more</blockquote><img alt=Pic><button>Press</button>
          <p hidden>Gone</p><details><summary>Sum</summary>closed</details><a href=/card><h3>Card</h3><p>about</p></a>
          <input value=typed><hr><script>0</script></main><footer>Foot</footer>`),
      );
      const text = await read();
      assert.match(text, /\n- Text of: main \[ref=e\d+\]\n- Note: .*content of the page.*not as instructions/);
      assert.equal(body(text), MARKDOWN);
    });

    it('of a page that does not say which part is the main one is all of it but what stands around', async () => {
      await tab.go(browser.page('<header>Head</header><nav>Nav</nav><div><h2>T</h2>Body</div><footer>Foot</footer>'));
      assert.equal(body(await read()), '## T\n\nBody');
    });

    it('of a ref is what it holds, and of an iframe its page', async () => {
      const inside = browser.page('<p>Inside</p>', '/inside.html');
      await tab.go(browser.page(`<nav aria-label=N>Menu <b>here</b></nav><main>${'long '.repeat(20)}<iframe title=f src="${inside}"></iframe></main>`));
      const page = await tab.snapshot();
      const ref = /navigation "N" \[ref=(e\d+)\]/.exec(page)?.[1];
      assert.equal(body(await read({ ref })), 'Menu **here**');
      const frame = /\(frame "f": browser_get_text ref=(e\d+)\)/.exec(await read())?.[1];
      assert.equal(body(await read({ ref: frame })), 'Inside');
      await tab.evaluate('document.querySelector("nav").remove()');
      assert.equal((await failureOf(reading.browser_get_text, { ref })).code, 'stale_ref');
    });
  });

  describe('a large output', () => {
    it('goes on with its cursor, as it was when it was asked for, until its end', async () => {
      await tab.go(browser.page(`<main>${numbers(2_000).map((i) => `<p>Paragraph ${i} \u65e5\u672c`).join('')}</main>`));
      const seen = [];
      let text = await read();
      await tab.evaluate('document.body.innerHTML = "other"');
      for (let part = 1; ; part += 1) {
        assert.ok(Buffer.byteLength(text) <= BUDGET, `${Buffer.byteLength(text)} bytes`);
        assert.match(text, new RegExp(`\\n- Part ${part} of \\d+`));
        for (const [, i] of text.matchAll(/Paragraph (\d+) \u65e5/g)) seen.push(Number(i));
        const cursor = /go on with browser_get_text cursor=(c\d+\.\d+)\n/.exec(text)?.[1];
        if (!cursor) break;
        text = await read({ cursor });
      }
      assert.match(text, /, the last one\n/);
      assert.deepEqual(seen, numbers(2_000));
    });

    it('is not found under a cursor of another tool, of another tab, or of none', async () => {
      await tab.go(browser.page(`<main>${'<p>Paragraph'.repeat(2_000)}</main>`));
      const cursor = /cursor=(c\d+\.\d+)/.exec(await read())?.[1] ?? '';
      const other = await browser.open('x');
      const refused = [
        failureOf(find.browser_find, { cursor }),
        failureOf(reading.browser_get_text, { cursor }, other),
        failureOf(reading.browser_get_text, { cursor: `${cursor}9` }),
        failureOf(reading.browser_get_text, { cursor: 'c999999.1' }),
        failureOf(reading.browser_get_text, { cursor: 'next' }),
        failureOf(reading.browser_get_text, { cursor, ref: 'e1' }),
      ];
      for (const failure of await Promise.all(refused)) {
        assert.equal(failure.code, 'bad_input');
        assert.match(failure.fix, /again.*cursor/);
      }
      assert.match(await read({ cursor }), /\n- Part 2 of /);
    });

    it('and a base are not known to the next worker, which says so', async () => {
      const other = await browser.open(`<main>${'<p>Paragraph'.repeat(2_000)}</main>`);
      const look = async (args) => (await other.run(snap.browser_snapshot, args, 15_000, 'browser_snapshot'))[0].text;
      const text = await look({ level: 'full' });
      const [base, cursor] = [nameOf(text), /cursor=(c\d+\.\d+)/.exec(text)?.[1]];
      const whole = await look({});
      await other.restart();
      const again = await look({ base });
      assert.match(again, new RegExp(`\\n- Base: no snapshot "${base}" of this tab is kept any more; the whole page follows\\n`));
      assert.equal(body(again), body(whole));
      assert.notEqual(nameOf(again), base);
      const failure = await failureOf(snap.browser_snapshot, { cursor }, other);
      assert.equal(failure.code, 'bad_input');
      assert.match(failure.message, /nothing under the cursor .* until the browser or the extension starts again/);
      assert.equal(failure.fix, 'Call browser_snapshot again without a cursor.');
    });

    it('counts its header, however long the title is', async () => {
      await tab.go(browser.page(`<!doctype html><title>${'\u65e5'.repeat(400)}</title><p>x`));
      let largest = 0;
      for (let length = 440; length < 620; length += 8) {
        await tab.evaluate(`document.body.innerHTML = "<p>${'x'.repeat(length)}".repeat(17)`);
        const bytes = Buffer.byteLength(await tab.snapshot());
        assert.ok(bytes <= BUDGET, `${bytes} bytes`);
        largest = Math.max(largest, bytes);
      }
      assert.ok(largest > 9_600, `${largest} bytes are far from the budget`);
    });

    for (const [name, html] of Object.entries(largePages())) {
      it(`of ${name} stays within its budget, whatever reads it`, async () => {
        await tab.go(browser.page(html));
        for (const [handler, args] of [
          [snap.browser_snapshot, {}],
          [snap.browser_snapshot, { level: 'interactive' }],
          [snap.browser_snapshot, { level: 'full' }],
          [snap.browser_snapshot, { viewport: true }],
          [snap.browser_snapshot, { depth: 3 }],
          [find.browser_find, { regex: '.' }],
          [find.browser_find, { role: 'link' }],
          [reading.browser_get_text, {}],
        ]) {
          const [{ text }] = await tab.run(handler, args);
          const bytes = Buffer.byteLength(text);
          assert.ok(bytes <= BUDGET, `${handler.name} ${JSON.stringify(args)}: ${bytes} bytes`);
          const shortest = args.role || args.level === 'interactive' ? 150 : 300;
          assert.ok(bytes >= shortest, `${handler.name} ${JSON.stringify(args)} says too little:\n${text}`);
        }
      });
    }
  });

  async function found(args) {
    return (await tab.run(find.browser_find, args, 15_000, 'browser_find'))[0].text;
  }

  /** Frames come when they come. */
  async function untilFound(args, matches) {
    for (let tries = 0; tries < 100; tries += 1) {
      const text = await found(args);
      if (text.includes(`\n- Matches: ${matches}\n`)) return text;
    }
    assert.fail(`not found: ${JSON.stringify(args)}`);
  }

  async function read(args = {}) {
    return (await tab.run(reading.browser_get_text, args, 15_000, 'browser_get_text'))[0].text;
  }

  async function failureOf(handler, args, one = tab) {
    return one.run(handler, args, 15_000, handler.name).then(
      () => assert.fail('the call should have failed'),
      (error) => error,
    );
  }
});

function nameOf(text) {
  return /\n- Snapshot: (s\d+)\n/.exec(text)?.[1] ?? '';
}

function body(text) {
  return text.slice(text.indexOf('\n\n') + 2);
}

/** The lines without the numbers of their refs. */
function bare(text) {
  return body(text)
    .replace(/\[ref=(f\d+)?e\d+\]/g, '[ref]')
    .replace(/ref=e\d+/g, 'ref=[ref]');
}

function numbers(count) {
  return Array.from({ length: count }, (_, i) => i);
}

/** Pages that are too large for any answer, each in another way. */
function largePages() {
  const rows = numbers(1_000).map((i) => `<tr><td>Row ${i}<td><a href="/${i}">Name ${i}</a><td><button>Edit ${i}</button>`);
  const section = (i) =>
    `<section><h2>Chapter ${i}</h2>${numbers(13)
      .map((j) => `<div><p>Sentence ${i}.${j} of <a href="/${i}/${j}">some</a> length.</p><code>f(${j})</code></div>`)
      .join('')}</section>`;
  return {
    'a table of 1,000 rows': `<table>${rows.join('')}</table>`,
    'a document of 16,000 elements': `<main>${numbers(230).map(section).join('')}</main>`,
    'one text without an end': `<title>${'t'.repeat(5_000)}</title><p>${'word\u{1f600}'.repeat(40_000)}`,
    'words without blanks': `<p>${'\u65e5'.repeat(60_000)}</p>`,
    'a list of unlike things': `<main>${numbers(900)
      .map((i) => `<${['p', 'h3', 'div', 'blockquote', 'pre'][(i * i) % 5]}>Thing ${i} ${'x'.repeat((i * 37) % 300)}`)
      .join('')}</main>`,
  };
}

const MARKDOWN = `# A *title*

Some **bold** text, a [link](/a?b) and \`code()\`.
Second line

- One
  - In a
  - In b
- Two

3. Three
4. Four

| A | B |
| --- | --- |
| 1\\|2 | [x](/q) |

\`\`\`\`
one
  two \`\`\`
\`\`\`\`

> Quote
>
> more

![Pic] Press

Sum

### Card

about

---`;
