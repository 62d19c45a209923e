// Pictures and scripts on real pages, and the reading of keys.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { eventsOf, parseChord } from '../../lib/keys.js';
import { handlers as scripts } from '../../tools/evaluate.js';
import { handlers as pictures } from '../../tools/screenshot.js';
import { handlers as snapshots } from '../../tools/snapshot.js';
import { onPages, waitUntil } from './browser.js';

onPages('on a page', ({ browser, tab }) => {
  describe('a picture', () => {
    it('is a JPEG of the viewport, or a PNG', async () => {
      await tab.go(browser.page('<h1>Hello</h1><div style="height:5000px"></div>'));
      const { width, height } = await tab.evaluate('({width: innerWidth, height: innerHeight})');
      const [jpeg] = await tab.run(pictures.browser_take_screenshot);
      assert.equal(jpeg.mimeType, 'image/jpeg');
      assert.deepEqual(sizeOf(jpeg), [width, height]);
      const [png] = await tab.run(pictures.browser_take_screenshot, { type: 'png' });
      assert.equal(png.mimeType, 'image/png');
      assert.deepEqual(sizeOf(png), [width, height]);
    });

    it('of the whole page fits into 2,000 pixels and says its scale', async () => {
      await tab.go(browser.page('<div style="height:5000px;width:300px;margin:0">x</div>'));
      const [image, text] = await tab.run(pictures.browser_take_screenshot, { fullPage: true, tile: 0 });
      assert.ok(Math.abs(sizeOf(image)[1] - 2_000) <= 2, `${sizeOf(image)}`);
      assert.match(text.text, /scaled to \d+ %/);
    });

    it('of an element shows that element, in frames too', async () => {
      const inner = browser.page(
        '<body style="margin:0"><div style="height:700px"></div><button style="width:90px;height:30px;background:#f00;border:0"></button>',
        '/red.html',
        'localhost',
      );
      await tab.go(
        browser.page(
          `<div style="height:2000px"></div><button style="width:120px;height:50px">A</button><iframe title=f src="${inner}"></iframe>`,
        ),
      );
      await waitUntil('the frame is there', async () => /button \[ref=f/.test(await tab.snapshot()));
      const text = await tab.snapshot();
      assert.deepEqual(
        sizeOf(
          (
            await tab.run(pictures.browser_take_screenshot, { type: 'png', ref: /"A" \[ref=(e\d+)\]/.exec(text)[1] })
          )[0],
        ),
        [120, 50],
      );
      const [red] = await tab.run(pictures.browser_take_screenshot, {
        type: 'png',
        ref: /button \[ref=(f\d+e\d+)\]/.exec(text)[1],
      });
      assert.deepEqual(sizeOf(red), [90, 30]);
      assert.deepEqual(await pixel(red, 0.5, 0.5), [255, 0, 0]);
    });

    it('of a long page comes in tiles that can be read, to its end', async () => {
      const strips = ['#f00', '#0f0', '#00f', '#ff0'].map((colour) => `<div style="height:1500px;background:${colour}"></div>`);
      await tab.go(browser.page(`<body style="margin:0">${'<div style="height:30000px"></div>'}${strips.join('')}`));
      const { width } = await tab.evaluate('({width: innerWidth})');
      const [first, told] = await tab.run(pictures.browser_take_screenshot, { fullPage: true, type: 'png' });
      assert.deepEqual(sizeOf(first), [width, 2_000]);
      assert.equal(told.text, 'This is tile 1 of 18, in reading order; call again with tile=2 for the next, or with tile=0 for all of it, scaled down.');
      const [last, end] = await tab.run(pictures.browser_take_screenshot, { fullPage: true, type: 'png', tile: 18 });
      assert.match(end.text, /^This is tile 18 of 18, in reading order; call again with tile=0/);
      assert.deepEqual(await pixel(last, 0.5, 0.1), [0, 0, 255]);
      assert.deepEqual(await pixel(last, 0.5, 0.9), [255, 255, 0]);
      const [all, scaled] = await tab.run(pictures.browser_take_screenshot, { fullPage: true, tile: 0 });
      assert.ok(Math.max(...sizeOf(all)) <= 2_000);
      assert.match(scaled.text, /^The picture is scaled to 6 % of the page's size in CSS pixels\.$/);
      await assert.rejects(tab.run(pictures.browser_take_screenshot, { fullPage: true, tile: 19 }), {
        code: 'bad_input',
        message: 'There are 18 tiles of this picture, and no tile 19.',
      });
      await assert.rejects(tab.run(pictures.browser_take_screenshot, { tile: 2 }), { code: 'bad_input' });
    });

    it('of an element that is larger than what shows it is of the part that can be seen', async () => {
      const tall = (height) => `<ul aria-label=Tall style="margin:0;padding:0;height:${height}px;background:#f00">x</ul>`;
      const inner = browser.page(`<style>html { scrollbar-width: none }</style><body style="margin:0">${tall(900)}`, '/tall.html', 'localhost');
      for (const [html, expected, cut] of [
        [`<div style="width:200px;height:100px;overflow:auto;scrollbar-width:none;background:#00f">${tall(900)}</div>`, [200, 100], true],
        [`<div style="height:100px;overflow:hidden;width:200px">x<div style="position:absolute;width:50px">${tall(300)}</div></div>`, [50, 300], false],
        [`<iframe style="border:0;width:300px;height:150px" src="${inner}"></iframe>`, [300, 150], true],
        [`<div style="width:100px">${tall(3000)}</div>`, [67, 2_000], false],
      ]) {
        await tab.go(browser.page(`<body style="margin:0">${html}`));
        await waitUntil('it is there', async () => (await tab.snapshot()).includes('"Tall"'));
        const ref = /list "Tall" \[ref=(\w+)\]/.exec(await tab.snapshot())[1];
        const [image, told] = await tab.run(pictures.browser_take_screenshot, { ref, type: 'png' });
        assert.deepEqual(sizeOf(image), expected, html);
        assert.deepEqual(await pixel(image, 0.5, 0.9), [255, 0, 0], html);
        assert.equal(/Only the part of the element/.test(told?.text ?? ''), cut, html);
      }
    });

    it('of a page with finer pixels says so', async () => {
      await tab.go(browser.page('<p>Here'));
      await tab.session.emulate({ width: 300, height: 200, deviceScaleFactor: 2 });
      const [image, told] = await tab.run(pictures.browser_take_screenshot);
      await tab.session.emulate({});
      assert.deepEqual(sizeOf(image), [600, 400]);
      assert.equal(told.text, "The picture is scaled to 200 % of the page's size in CSS pixels.");
    });

    it('of much noise stays within a megabyte', async () => {
      await tab.go(
        browser.page(
          '<body style="margin:0"><canvas width=1900 height=1900></canvas><script>const c = document.querySelector("canvas").getContext("2d"); const d = c.createImageData(1900, 1900); for (let i = 0; i < d.data.length; i++) d.data[i] = Math.random() * 256; c.putImageData(d, 0, 0)</script>',
        ),
      );
      for (const type of ['jpeg', 'png']) {
        const [image] = await tab.run(pictures.browser_take_screenshot, { fullPage: true, type });
        assert.ok(Buffer.from(image.data, 'base64').length <= 1_000_000);
      }
    });

    it('of an element that is gone, or of two things, is refused', async () => {
      await assert.rejects(tab.run(pictures.browser_take_screenshot, { ref: 'e99999' }), { code: 'stale_ref' });
      await assert.rejects(tab.run(pictures.browser_take_screenshot, { ref: 'e1', fullPage: true }), {
        code: 'bad_input',
      });
    });
  });

  describe('a script', () => {
    for (const [code, expected] of [
      ['() => 1 + 1', '2'],
      ['1 + 1', '2'],
      ['document.title;', '"Test"'],
      ['() => undefined', 'null'],
      ['() => {}', 'null'],
      ['async () => (await Promise.resolve({ a: [1, "x", null] }))', '{"a":[1,"x",null]}'],
      ['function () { return [true] }', '[true]'],
      ['function named() { return 7 }', '7'],
      ['return 5', '5'],
      ['const a = 2; return a * 3;', '6'],
      ['await Promise.resolve(8)', '8'],
      ['() => Promise.resolve(9)', '9'],
      ['({ a: 1 })', '{"a":1}'],
      ['// a note\n() => 3', '3'],
      ['() => 4 // end', '4'],
      ['() => new Date(0)', '"1970-01-01T00:00:00.000Z"'],
      ['() => NaN', 'null'],
      ['() => window.own', '"page"'],
    ]) {
      it(`reads ${JSON.stringify(code)}`, async () => {
        if (!(await tab.evaluate('window.own')))
          await tab.go(browser.page('<script>window.own = "page"</script><button>A</button>'));
        assert.equal(await run({ function: code }), `### Result\n${expected}`);
      });
    }

    it("gets the element of a ref in the page's own world", async () => {
      const inner = browser.page(
        '<button>In</button><script>window.own = "frame"</script>',
        '/world.html',
        'localhost',
      );
      await tab.go(
        browser.page(`<script>window.own = "page"</script><button id=b>A</button><iframe src="${inner}"></iframe>`),
      );
      await tab.evaluate('b.secret = 42');
      await waitUntil('the frame is there', async () => (await tab.snapshot()).includes('"In"'));
      const text = await tab.snapshot();
      const [ref, frameRef] = [/"A" \[ref=(e\d+)\]/.exec(text)[1], /"In" \[ref=(f\d+e\d+)\]/.exec(text)[1]];
      assert.equal(
        await run({ function: '(element) => [element.secret, window.own]', ref }),
        '### Result\n[42,"page"]',
      );
      assert.equal(
        await run({ function: '(element) => [element.textContent, window.own]', ref: frameRef }),
        '### Result\n["In","frame"]',
      );
    });

    it('that throws, cannot be read or returns what JSON cannot hold is refused with the reason', async () => {
      for (const [code, reason] of [
        ['() => { throw new TypeError("bad thing") }', /TypeError: bad thing/],
        ['() => Promise.reject("plain")', /plain/],
        ['() => {', /cannot be read: SyntaxError/],
        ['() => missing', /ReferenceError: missing is not defined/],
        ['() => document.body', /DOM node/],
        ['() => window', /the window/],
        ['() => 1n', /BigInt/],
        ['() => { const a = {}; a.a = a; return a; }', /circular/],
        ['() => () => 1', /a function/],
      ]) {
        await assert.rejects(
          run({ function: code }),
          (error) => error.code === 'bad_input' && reason.test(error.message),
          code,
        );
      }
    });

    it('runs once even if it throws a syntax error of its own', async () => {
      await tab.evaluate('window.runs = 0');
      await assert.rejects(run({ function: '() => { window.runs += 1; JSON.parse("{"); }' }), { code: 'bad_input' });
      assert.equal(await tab.evaluate('runs'), 1);
    });

    it('takes arguments, as a list or as the text of one, behind the element', async () => {
      await tab.go(browser.page('<button>Go</button>'));
      const args = [1, 'two', { three: [3] }, null];
      assert.equal(await run({ function: '(...all) => all', args }), `### Result\n${JSON.stringify(args)}`);
      assert.equal(await run({ function: '(a, b) => a + b', args: '[1, 2]' }), '### Result\n3');
      assert.equal(await run({ function: 'return args.length', args }), '### Result\n4');
      const [{ text }] = await tab.run(snapshots.browser_snapshot);
      const ref = /\[ref=(e\d+)\]/.exec(text)[1];
      const named = await run({ function: '(button, word) => button.textContent + word', ref, args: ['!'] });
      assert.equal(named, '### Result\n"Go!"');
    });

    it('that throws in a script of the page says where', async () => {
      const url = browser.page('<script>\nfunction inner() { null.x; }\nfunction outer() { inner(); }\n</script>');
      await tab.go(url);
      await assert.rejects(run({ function: '() => outer()' }), {
        message: new RegExp(`^The function threw TypeError: .* \\(at inner \\(${url}:2:\\d+\\) < outer \\(${url}:3:\\d+\\)\\)\\.$`),
      });
    });

    it('with a large result gets its beginning, the whole as a file, and the word how to get less', async () => {
      const [, whole] = await tab.run(scripts.browser_evaluate, { function: '() => "\u00e4".repeat(50000)' });
      assert.equal(Buffer.from(whole.data, 'base64').toString(), JSON.stringify('\u00e4'.repeat(50_000)));
      const text = await run({ function: '() => "\\u00e4".repeat(50000)' });
      assert.ok(Buffer.byteLength(text) < 10_400);
      assert.match(text, /^### Result\n"\u00e4+\n\(The result has 50002 characters; this is its beginning, and the whole is in the file\. Return less/);
    });

    it('that leads to another page is waited for', async () => {
      const next = browser.page('<p>Next', '/after.html');
      assert.match(
        await run({ function: `() => { location.href = ${JSON.stringify(next)}; return 1; }` }),
        /^### Result\n1\nThe page went to .*after\.html\.$/,
      );
      assert.equal(await tab.evaluate('location.href'), next);
    });
  });

  async function run(args) {
    return (await tab.run(scripts.browser_evaluate, args))[0].text;
  }

  /** The colour of a picture at a part of its width and height, read by the browser. */
  async function pixel({ data, mimeType }, across, down) {
    return tab.evaluate(`(async () => {
      const image = await createImageBitmap(await (await fetch('data:${mimeType};base64,${data}')).blob());
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
      context.drawImage(image, 0, 0);
      return [...context.getImageData(Math.floor(image.width * ${across}), Math.floor(image.height * ${down}), 1, 1).data].slice(0, 3);
    })()`);
  }
});

describe('a chord', () => {
  it('becomes the events of a keyboard', () => {
    const told = eventsOf(parseChord('Control+Shift+A')).map(({ type, key, modifiers, text }) => [
      type,
      key,
      modifiers,
      text,
    ]);
    assert.deepEqual(told, [
      ['rawKeyDown', 'Control', 2, undefined],
      ['rawKeyDown', 'Shift', 10, undefined],
      ['rawKeyDown', 'A', 10, undefined],
      ['keyUp', 'A', 10, undefined],
      ['keyUp', 'Shift', 2, undefined],
      ['keyUp', 'Control', 0, undefined],
    ]);
  });

  it('is read in the spellings that agents use', () => {
    const read = (written) => {
      const { key, modifiers } = parseChord(written);
      return [...modifiers, key.key, key.code].join(' ');
    };
    assert.equal(read('esc'), 'Escape Escape');
    assert.equal(read('ctrl+c'), 'Control c KeyC');
    assert.equal(read('Control++'), 'Control + Equal');
    assert.equal(read('+'), '+ Equal');
    assert.equal(read('ControlOrMeta+V'), 'Control v KeyV');
    assert.equal(read('Shift+1'), 'Shift ! Digit1');
    assert.equal(read('arrowdown'), 'ArrowDown ArrowDown');
    assert.equal(read('Shift'), 'Shift ShiftLeft');
    assert.equal(read('\u00e9'), '\u00e9 ');
  });
});

/** Width and height of a picture, from its header. */
function sizeOf({ data, mimeType }) {
  const bytes = Buffer.from(data, 'base64');
  if (mimeType === 'image/png') return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  for (let at = 2; ; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1];
    if (marker >= 0xc0 && marker <= 0xc3) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
  }
}
