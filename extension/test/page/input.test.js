// Clicks, typing, keys and drop-downs on real pages, and what keeps them from being done.
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';

import { handlers as input } from '../../tools/input.js';
import { onPages, waitUntil } from './browser.js';

onPages('an input', ({ browser, tab }) => {
  describe('click', () => {
    it('is trusted, in the middle, and says what was clicked', async () => {
      await tab.go(
        browser.page(
          '<button style="width:100px;height:40px;border:0" onclick="window.seen = [event.isTrusted, event.offsetX, event.detail, event.ctrlKey]">Save</button>',
        ),
      );
      const text = await click('button "Save"');
      assert.match(text, /^Clicked button "Save" \[ref=e\d+\]\.\n- URL: http/);
      assert.deepEqual(await tab.evaluate('seen'), [true, 50, 1, false]);
    });

    for (const [name, html, line] of [
      [
        'through an open shadow root',
        '<x-a><template shadowrootmode=open><button onclick="window.hit = 1">A</button></template></x-a>',
        'button "A"',
      ],
      [
        'on the label over its transparent control',
        '<label style="position:relative;display:block;width:200px;height:30px"><input type=checkbox style="opacity:0;position:absolute" onchange="window.hit = 1"><span style="position:absolute;inset:0;background:#ccc">A</span></label>',
        'checkbox "A"',
      ],
      [
        'on the children of an element',
        '<button style="padding:0" onclick="window.hit = 1"><span style="display:block;padding:20px">A</span></button>',
        'button "A"',
      ],
      [
        'far below the viewport',
        '<div style="height:3000px"></div><button onclick="window.hit = 1">A</button>',
        'button "A"',
      ],
      [
        'in a box that scrolls',
        '<div style="height:100px;overflow:auto"><div style="height:900px"></div><button onclick="window.hit = 1">A</button></div>',
        'button "A"',
      ],
      [
        'just below what a box that scrolls shows',
        '<div style="height:100px;overflow:auto"><div style="height:80px"></div><button style="height:40px;display:block" onclick="window.hit = 1">A</button></div>',
        'button "A"',
      ],
      [
        'below a header that stays',
        '<header style="position:fixed;top:0;left:0;right:0;height:80px;background:#eee">H</header><div style="height:3000px"></div><button onclick="window.hit = 1">A</button><div style="height:3000px"></div>',
        'button "A"',
      ],
      [
        'on a link over two lines',
        '<p style="width:120px">word word <a href="#x" onclick="window.hit = 1">A linked text that wraps</a>',
        'link "A linked text that wraps"',
      ],
      [
        'on a turned element',
        '<button style="transform:rotate(45deg) translate(80px)" onclick="window.hit = 1">A</button>',
        'button "A"',
      ],
      [
        'on a link whose children have the only box',
        '<a href="#x" onclick="window.hit = 1" style="display:contents"><img alt=A width=50 height=50></a>',
        'link "A"',
      ],
    ]) {
      it(`lands ${name}`, async () => {
        await tab.go(browser.page(html));
        await click(line);
        assert.equal(await tab.evaluate('window.hit'), 1);
      });
    }

    for (const [name, html, reason] of [
      [
        'hidden',
        '<button>A</button><script>act = () => (document.querySelector("button").hidden = true)</script>',
        /it is hidden/,
      ],
      [
        'covered',
        '<button>A</button><div class="veil dark" style="position:fixed;inset:0"></div>',
        /covered by <div class="veil dark">/,
      ],
      ['disabled', '<button disabled>A</button>', /it is disabled/],
      ['disabled through ARIA', '<div aria-disabled=true><button>A</button></div>', /it is disabled/],
      [
        'moving',
        '<button style="position:absolute">A</button><script>let x = 0; setInterval(() => document.querySelector("button").style.left = `${x = (x + 7) % 600}px`, 5)</script>',
        /it is moving/,
      ],
      [
        'animated',
        '<style>@keyframes k { to { transform: translateX(500px) } }</style><button style="animation:k 1s linear infinite alternate">A</button>',
        /it is moving/,
      ],
      ['out of reach', '<button style="position:fixed;left:-500px">A</button>', /outside the viewport/],
    ]) {
      it(`on an element that is ${name} is refused with the reason`, async () => {
        await tab.go(browser.page(html));
        const ref = await tab.refOf('button "A"');
        await tab.evaluate('window.act?.()');
        const failure = await failureOf(input.browser_click, { ref });
        assert.equal(failure.code, 'not_actionable');
        assert.match(failure.message, reason);
        assert.ok(failure.fix.length > 10);
      });
    }

    it('waits until the element is enabled, uncovered and still', async () => {
      await tab.go(
        browser.page(`<button disabled style="position:absolute" onclick="window.hit = performance.now()">A</button><div id=veil style="position:fixed;inset:0"></div>
        <script>const b = document.querySelector('button');
        setTimeout(() => b.disabled = false, 200);
        setTimeout(() => veil.remove(), 350);
        const timer = setInterval(() => b.style.left = performance.now() % 300 + 'px', 5);
        setTimeout(() => { clearInterval(timer); window.still = performance.now(); }, 500);</script>`),
      );
      await click('button "A"');
      assert.ok((await tab.evaluate('hit - still')) > 0);
    });

    it('takes both buttons, double clicks and held keys', async () => {
      await tab.go(
        browser.page(
          '<button>A</button><script>window.seen = []; for (const type of ["click", "dblclick", "contextmenu", "auxclick"]) addEventListener(type, (event) => seen.push([type, event.button, event.shiftKey, event.altKey]))</script>',
        ),
      );
      await click('button "A"', { doubleClick: true });
      await click('button "A"', { button: 'right' });
      await click('button "A"', { modifiers: ['Shift', 'Alt'] });
      assert.deepEqual(await tab.evaluate('seen.filter(([type]) => type !== "auxclick")'), [
        ['click', 0, false, false],
        ['click', 0, false, false],
        ['dblclick', 0, false, false],
        ['contextmenu', 2, false, false],
        ['click', 0, true, true],
      ]);
    });

    it('with the right button asks for the menu, and with the middle one is no click', async () => {
      await tab.go(
        browser.page(
          '<button>A</button><script>window.seen = []; for (const type of ["click", "contextmenu", "auxclick", "mousedown"]) addEventListener(type, (event) => seen.push(`${type} ${event.button} ${event.buttons} ${event.isTrusted}`)); addEventListener("contextmenu", (event) => { window.menu = event; })</script>',
        ),
      );
      await click('button "A"', { button: 'right' });
      assert.deepEqual(await tab.evaluate('seen.splice(0)'), ['mousedown 2 2 true', 'contextmenu 2 2 true', 'auxclick 2 0 true']);
      assert.equal(await tab.evaluate('window.menu.defaultPrevented'), true, 'the browser shows no menu of its own');
      await click('button "A"', { button: 'middle' });
      assert.deepEqual(await tab.evaluate('seen'), ['mousedown 1 4 true', 'auxclick 1 0 true']);
    });

    it('with Shift extends a selection, and twice selects a word', async () => {
      await tab.go(browser.page('<p><span role=button>one</span> two <span role=button>three</span></p>'));
      await click('button "one"');
      await click('button "three"', { modifiers: ['Shift'] });
      assert.match(await tab.evaluate('getSelection().toString()'), /e two th/);
      await click('button "one"', { doubleClick: true });
      assert.equal(await tab.evaluate('getSelection().toString().trim()'), 'one');
    });

    it('holds the key that opens tabs behind only for a link that leads to another tab', async () => {
      await tab.go(
        browser.page(`<script>window.keys = []; addEventListener('click', (event) => { keys.push(event.ctrlKey || event.metaKey); event.preventDefault(); })</script>
        <a href="/x" target=_blank>Blank</a><a href="/x">Plain</a><a href="/x" target=inner>Inner</a><iframe name=inner></iframe>
        <form action="/x" target=_blank><button>Send</button><button type=button>Stay</button></form><a href="/x" target=_blank download>Load</a>`),
      );
      for (const line of [
        'link "Blank"',
        'link "Plain"',
        'link "Inner"',
        'button "Send"',
        'button "Stay"',
        'link "Load"',
      ])
        await click(line);
      assert.deepEqual(await tab.evaluate('keys.splice(0)'), [true, false, false, true, false, false]);
      for (const line of ['link "Plain"', 'button "Stay"']) await click(line, { modifiers: ['Shift'] });
      assert.deepEqual(await tab.evaluate('keys'), [true, false], 'Shift alone would open a window in front');
    });

    it('waits for the page that it leads to', async () => {
      const next = browser.page('<title>Next</title><button>There</button>');
      await tab.go(browser.page(`<a href="${next}">Go</a>`));
      assert.match(await click('link "Go"'), new RegExp(`- URL: ${next}`));
      assert.ok(await tab.refOf('button "There"'));
    });

    it('that raises a dialog says what was done and what the dialog says', async () => {
      const other = await browser.open('<button onclick="alert(\'Really?\'); window.after = 1">A</button>');
      const text = await other.snapshot();
      const failure = await other
        .run(input.browser_click, { ref: /\[ref=(e\d+)\]/.exec(text)[1] })
        .catch((error) => error);
      assert.equal(failure.code, 'dialog_open');
      assert.match(failure.message, /^Clicked button "A" \[ref=e\d+\]\..*Really\?/);
      await other.session.send('Page.handleJavaScriptDialog', { accept: true });
      assert.equal(await other.evaluate('window.after'), 1);
    });

    for (const [kind, host] of [
      ['the same site', '127.0.0.1'],
      ['another site', 'localhost'],
    ]) {
      it(`lands in a frame of ${kind}, scrolled and nested, and typing does too`, async () => {
        const inner = browser.page(
          '<div style="height:1200px"></div><button onclick="this.textContent = `Trusted ${event.isTrusted}`">In</button><input aria-label=Field>',
          `/inner-${host}.html`,
          host,
        );
        const middle = browser.page(
          `<div style="height:500px"></div><iframe title=inner src="${inner}" style="border:7px solid;padding:9px"></iframe>`,
          `/middle-${host}.html`,
        );
        await tab.go(
          browser.page(
            `<div style="height:2000px"></div><iframe title=middle src="${middle}" width=400 height=300></iframe>`,
          ),
        );
        await waitUntil('the frames are there', async () => (await tab.snapshot()).includes('"Field"'));
        await click('button "In"');
        await waitUntil('the click is seen', async () => (await tab.snapshot()).includes('"Trusted true"'));
        await tab.run(input.browser_type, { ref: await tab.refOf('textbox "Field"'), text: 'deep' });
        assert.match(await tab.snapshot(), /textbox "Field".*: deep/);
      });
    }

    it('lands in a frame that is far below and shows the element without scrolling', async () => {
      const inner = browser.page('<button onclick="this.textContent = `Hit`">In</button>', '/far.html', 'localhost');
      await tab.go(
        browser.page(`<div style="height:2500px"></div><iframe src="${inner}" style="height:2000px"></iframe>`),
      );
      await waitUntil('the frame is there', async () => (await tab.snapshot()).includes('"In"'));
      await click('button "In"');
      await waitUntil('the click is seen', async () => (await tab.snapshot()).includes('"Hit"'));
    });

    it('into a covered frame is refused', async () => {
      const inner = browser.page('<button>In</button>', '/covered.html');
      await tab.go(browser.page(`<iframe src="${inner}"></iframe><div id=top style="position:fixed;inset:0"></div>`));
      await waitUntil('the frame is there', async () => (await tab.snapshot()).includes('"In"'));
      const failure = await failureOf(input.browser_click, { ref: await tab.refOf('button "In"') });
      assert.equal(failure.code, 'not_actionable');
      assert.match(failure.message, /its frame is covered by <div id="top">/);
    });

    for (const [way, html, line = 'button "A"'] of [
      ['in the handler', '<button onclick="location = NEXT">A</button>'],
      ['in a microtask of the handler', '<button onclick="Promise.resolve().then(() => (location = NEXT))">A</button>'],
      ['in a timer of no delay', '<button onclick="setTimeout(() => (location = NEXT))">A</button>'],
      ['by a handler far above', '<p><button>A</button></p><script>document.onmouseup = () => setTimeout(() => (location = NEXT))</script>'],
      ['by a form', '<form action="NEXT"><button>A</button></form>'],
      ['by a label of a form\'s button', '<form action="NEXT"><label for=b>A<input type=submit id=b style="opacity:0" aria-label=B></label></form>', 'button "B"'],
      ['by a link that is a script', '<a href="javascript:void (location = NEXT)">A</a>', 'link "A"'],
    ]) {
      it(`that leads on ${way} is answered from there`, async () => {
        const next = browser.page('<title>Next</title>', '/on.html');
        for (let round = 0; round < 3; round++) {
          const quoted = html.replaceAll('= NEXT', `= '${next}'`).replaceAll('NEXT', next);
          await tab.go(browser.page(quoted));
          const text = await click(line);
          assert.match(text, new RegExp(`- URL: ${next}`));
        }
      });
    }

    it('waits for timers of no delay where a script of the page heard it, and as a rule nowhere else', async () => {
      const waits = async (/** @type {string} */ html) => {
        await tab.go(browser.page(html));
        const ref = await tab.refOf('button "A"');
        await tab.session.until(() => false, { timeoutMs: 250 });
        const sent = mock.method(browser, 'send');
        for (let i = 0; i < CLICKS; i++) await tab.run(input.browser_click, { ref });
        sent.mock.restore();
        const turns = sent.mock.calls.filter(({ arguments: [, params] }) => params.expression?.includes('"turn":true'));
        return turns.length;
      };
      // Now and then a script of the browser's own runs meanwhile, and a wait is the cautious choice.
      const CLICKS = 15;
      assert.ok((await waits('<button>A</button>')) < CLICKS / 2);
      assert.equal(await waits('<button onclick="window.hit = 1">A</button>'), CLICKS);
    });
  });

  describe('of text', () => {
    it('replaces what is there, with trusted events', async () => {
      await tab.go(
        browser.page(
          '<input aria-label=A value=old><script>window.seen = []; addEventListener("input", (event) => seen.push(event.isTrusted))</script>',
        ),
      );
      await type('textbox "A"', { text: 'f\u00fcr "you"' });
      assert.deepEqual(await tab.evaluate('[document.querySelector("input").value, seen]'), ['f\u00fcr "you"', [true]]);
      await type('textbox "A"', { text: '' });
      assert.equal(await tab.evaluate('document.querySelector("input").value'), '');
    });

    for (const [name, html, line, text, expression, expected] of [
      [
        'a text area with lines',
        '<textarea aria-label=A>old</textarea>',
        'textbox "A"',
        'one\ntwo',
        'document.querySelector("textarea").value',
        'one\ntwo',
      ],
      [
        'an editable region',
        '<div contenteditable aria-label=A>old <b>text</b></div>',
        'textbox "A"',
        'fresh',
        'document.querySelector("div").innerText',
        'fresh',
      ],
      [
        'a number',
        '<input type=number aria-label=A value=1>',
        'spinbutton "A"',
        '42',
        'document.querySelector("input").value',
        '42',
      ],
      [
        'a date',
        '<input type=date aria-label=A>',
        'textbox "A"',
        '2026-11-21',
        'document.querySelector("input").value',
        '2026-11-21',
      ],
      [
        'a colour',
        '<input type=color aria-label=A>',
        'textbox "A"',
        '#1A73E8',
        'document.querySelector("input").value',
        '#1a73e8',
      ],
      [
        'a slider',
        '<input type=range aria-label=A>',
        'slider "A"',
        '70',
        'document.querySelector("input").value',
        '70',
      ],
      [
        'a field through its clickable label',
        '<label style="cursor:pointer">Big <input aria-label=A></label>',
        'textbox "A"',
        'x',
        'document.querySelector("input").value',
        'x',
      ],
    ]) {
      it(`goes into ${name}`, async () => {
        await tab.go(browser.page(html));
        await type(line, { text });
        assert.equal(await tab.evaluate(expression), expected);
      });
    }

    it('key by key sends each key', async () => {
      await tab.go(
        browser.page(
          '<input aria-label=A value=old><script>window.seen = []; for (const type of ["keydown", "keyup"]) addEventListener(type, (event) => seen.push(`${type} ${event.key} ${event.code}`))</script>',
        ),
      );
      await type('textbox "A"', { text: 'aB\u00e9', slowly: true });
      assert.equal(await tab.evaluate('document.querySelector("input").value'), 'aB\u00e9');
      assert.deepEqual(await tab.evaluate('seen'), [
        'keydown Delete Delete',
        'keyup Delete Delete',
        'keydown a KeyA',
        'keyup a KeyA',
        'keydown B KeyB',
        'keyup B KeyB',
      ]);
    });

    it('with submit sends the form and waits for the answer', async () => {
      const target = browser.page('<h1>Found</h1>', '/found');
      await tab.go(browser.page(`<form action="${target}"><input name=q aria-label=A></form>`));
      assert.match(
        await type('textbox "A"', { text: 'x y', submit: true }),
        /pressed Enter\.\n- URL: .*\/found\?q=x\+y/,
      );
    });

    it('says what a field holds that does not take it all', async () => {
      await tab.go(browser.page('<input aria-label=A maxlength=3>'));
      assert.match(await type('textbox "A"', { text: 'abcdef' }), /- Field holds: "abc"/);
    });

    for (const [name, html, line, code, reason] of [
      ['a drop-down', '<select aria-label=A><option>x</select>', 'combobox "A"', 'bad_input', /browser_select_option/],
      ['a button', '<button>A</button>', 'button "A"', 'bad_input', /not a text field/],
      ['a checkbox', '<input type=checkbox aria-label=A>', 'checkbox "A"', 'bad_input', /browser_click/],
      ['a field for reading', '<input readonly aria-label=A>', 'textbox "A"', 'not_actionable', /read-only/],
      ['a disabled field', '<input disabled aria-label=A>', 'textbox "A"', 'not_actionable', /disabled/],
      ['a date that is none', '<input type=date aria-label=A>', 'textbox "A"', 'bad_input', /2026-11-21/],
    ]) {
      it(`is refused by ${name}`, async () => {
        await tab.go(browser.page(html));
        const failure = await failureOf(input.browser_type, { ref: await tab.refOf(line), text: 'zzz' });
        assert.equal(failure.code, code);
        assert.match(`${failure.message} ${failure.fix}`, reason);
      });
    }
  });

  describe('of a key', () => {
    it('goes to the element with the focus, chords and their modifiers included', async () => {
      await tab.go(
        browser.page(
          '<input aria-label=A value=text><script>document.querySelector("input").focus(); window.seen = []; addEventListener("keydown", (event) => seen.push([event.key, event.code, event.keyCode, event.ctrlKey, event.shiftKey]))</script>',
        ),
      );
      for (const key of ['Control+a', 'Delete', 'x', 'Shift+a', 'Space', '+', 'Control+Shift+ArrowLeft']) {
        await tab.run(input.browser_press_key, { key });
      }
      assert.equal(await tab.evaluate('document.querySelector("input").value'), 'xA +');
      const seen = await tab.evaluate('seen');
      assert.deepEqual(
        seen.find(([key]) => key === 'A'),
        ['A', 'KeyA', 65, false, true],
      );
      assert.deepEqual(seen.at(-1), ['ArrowLeft', 'ArrowLeft', 37, true, true]);
    });

    it('presses buttons and sends forms', async () => {
      await tab.go(
        browser.page(
          '<button onclick="window.hits = (window.hits ?? 0) + 1">A</button><script>document.querySelector("button").focus()</script>',
        ),
      );
      await tab.run(input.browser_press_key, { key: 'Enter' });
      await tab.run(input.browser_press_key, { key: ' ' });
      assert.equal(await tab.evaluate('hits'), 2);
    });

    it('goes to a named element, as often as asked for', async () => {
      await tab.go(
        browser.page(
          '<button>B</button><input aria-label=A value=text><script>window.seen = []; addEventListener("keydown", (event) => seen.push([event.key, event.target.tagName, event.isTrusted]))</script>',
        ),
      );
      const ref = await tab.refOf('textbox "A"');
      const text = (await tab.run(input.browser_press_key, { key: 'Delete', ref, count: 3 }))[0].text;
      assert.match(text, /^Pressed Delete 3 times in textbox "A" \[ref=e\d+\]\./);
      assert.equal(await tab.evaluate('document.querySelector("input").value'), 't');
      assert.deepEqual(await tab.evaluate('seen'), Array(3).fill(['Delete', 'INPUT', true]));
      const still = await tab.run(input.browser_press_key, { key: 'a', ref: await tab.refOf('button "B"') });
      assert.match(still[0].text, /^Pressed a in button "B"/);
    });

    it('goes to a named element of a frame of another site', async () => {
      const inner = browser.page('<input aria-label=In>', '/key-inner.html', 'localhost');
      await tab.go(browser.page(`<input aria-label=Out><iframe src="${inner}"></iframe>`));
      await waitUntil('the frame is there', async () => (await tab.snapshot()).includes('"In"'));
      await tab.run(input.browser_press_key, { key: 'x', ref: await tab.refOf('textbox "In"') });
      assert.match(await tab.snapshot(), /textbox "In".*: x/);
    });

    it('is refused by a named element that takes no keys', async () => {
      await tab.go(browser.page('<h1>A</h1><div role=button aria-disabled=false>B</div>'));
      const failure = await failureOf(input.browser_press_key, { key: 'a', ref: await tab.refOf('button "B"') });
      assert.equal(failure.code, 'not_actionable');
      assert.match(failure.message, /does not take the keyboard/);
    });

    it('that there is not is refused by its name', async () => {
      for (const key of ['Entre', 'Hyper+A', 'ab']) {
        const failure = await failureOf(input.browser_press_key, { key });
        assert.equal(failure.code, 'bad_input');
        assert.ok(failure.message.includes(key.split('+')[0]), failure.message);
      }
    });
  });

  describe('of a choice', () => {
    it('selects by value or label and tells the page once', async () => {
      await tab.go(
        browser.page(
          '<select aria-label=A><option value=1>One<option value=2>Two words</select><script>window.seen = []; for (const type of ["input", "change"]) addEventListener(type, (event) => seen.push(type))</script>',
        ),
      );
      assert.match(await select('combobox "A"', ['2']), /^Selected "Two words" in combobox "A"/);
      assert.deepEqual(await tab.evaluate('[document.querySelector("select").value, seen]'), [
        '2',
        ['input', 'change'],
      ]);
      await select('combobox "A"', [' Two  words']);
      assert.equal(await tab.evaluate('seen.length'), 2);
    });

    it('selects several where the list allows it', async () => {
      await tab.go(browser.page('<select multiple aria-label=A><option>a<option selected>b<option>c</select>'));
      await select('listbox "A"', ['a', 'c']);
      assert.deepEqual(
        await tab.evaluate('[...document.querySelector("select").selectedOptions].map((o) => o.value)'),
        ['a', 'c'],
      );
    });

    it('that there is not is refused with the options that there are', async () => {
      await tab.go(
        browser.page(
          `<select aria-label=A>${Array.from({ length: 30 }, (_, i) => `<option>o${i}`).join('')}</select><button>B</button>`,
        ),
      );
      const failure = await failureOf(input.browser_select_option, {
        ref: await tab.refOf('combobox "A"'),
        values: ['zzz'],
      });
      assert.equal(failure.code, 'bad_input');
      assert.match(failure.fix, /"o0", .*"o19" and 10 more/);
      assert.equal(
        (await failureOf(input.browser_select_option, { ref: await tab.refOf('button "B"'), values: ['a'] })).code,
        'bad_input',
      );
    });
  });

  async function click(line, args = {}) {
    return (await tab.run(input.browser_click, { ref: await tab.refOf(line), ...args }))[0].text;
  }

  async function type(line, args) {
    return (await tab.run(input.browser_type, { ref: await tab.refOf(line), ...args }))[0].text;
  }

  async function select(line, values) {
    return (await tab.run(input.browser_select_option, { ref: await tab.refOf(line), values }))[0].text;
  }

  async function failureOf(handler, args) {
    return tab.runInHaste(handler, args).then(
      () => assert.fail('the call should have failed'),
      (error) => error,
    );
  }
});
