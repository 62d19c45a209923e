// Scrolling, and the mouse by coordinates, on real pages.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { handlers as mouse } from '../../tools/mouse.js';
import { handlers as scrolls } from '../../tools/scroll.js';
import { onPages, waitUntil } from './browser.js';

onPages('the view', ({ browser, tab }) => {
  describe('is scrolled', () => {
    it('by a step, by pixels, to both ends, and says where it stands', async () => {
      await tab.go(browser.page('<body style="margin:0"><div style="height:5000px"></div>'));
      const height = await tab.evaluate('innerHeight');
      const step = Math.round(height * 0.85);
      assert.match(await scroll({}), new RegExp(`^Scrolled\\.\\n(.*\\n)*- In view: ${step} to ${step + height} of 5000 px$`, 'm'));
      await scroll({ deltaY: -100 });
      assert.ok(Math.abs((await tab.evaluate('scrollY')) - (step - 100)) <= 1);
      assert.match(await scroll({ to: 'bottom' }), /to 5000 of 5000 px, the end$/m);
      assert.match(await scroll({ to: 'top' }), /In view: 0 to/);
      await scroll({ direction: 'down' });
      await scroll({ direction: 'up' });
      assert.equal(await tab.evaluate('scrollY'), 0);
    });

    it('in the part that scrolls, around a ref or in the middle of the page', async () => {
      await tab.go(
        browser.page('<body style="margin:0;overflow:hidden;height:100vh"><div id=side style="float:left;width:100px;height:300px;overflow:auto" tabindex=0 role=region aria-label=Side><div style="height:2000px"><button>In</button></div></div><main id=m style="height:100vh;overflow-y:auto"><div style="height:4000px"></div></main>'),
      );
      assert.match(await scroll({ to: 'bottom' }), /of 4000 px of this part, the end$/m);
      assert.deepEqual(await tab.evaluate('[side.scrollTop, m.scrollTop > 1000, scrollY]'), [0, true, 0]);
      assert.match(await scroll({ ref: await tab.refOf('button "In"'), deltaY: 150 }), /In view: 150 to 450 of 2000 px of this part$/m);
    });

    it('across', async () => {
      await tab.go(browser.page('<body style="margin:0"><div style="width:9000px;height:10px"></div>'));
      assert.match(await scroll({ deltaX: 400 }), /^- Across: 400 to \d+ of 9000 px$/m);
      await scroll({ direction: 'left' });
      assert.equal(await tab.evaluate('scrollX'), 0);
    });

    it('to an element, and to a text, in frames of other sites too', async () => {
      const inner = browser.page('<div style="height:3000px"></div><p>Deep <b>words</b> here</p><div style="height:900px">', '/scroll-inner.html', 'localhost');
      await tab.go(browser.page(`<div style="height:3000px"></div><button>Far</button><x-a><template shadowrootmode=open><p style="margin:900px 0">Shadowy</p></template></x-a><iframe src="${inner}"></iframe>`));
      assert.match(await scroll({ ref: await tab.refOf('button "Far"') }), /^Brought button "Far" \[ref=e\d+\] into view\.\n(.*\n)*- In view: \d{4} to/);
      const inView = '(() => { const { top, bottom } = BOX.getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; })()';
      assert.equal(await tab.evaluate(inView.replace('BOX', 'document.querySelector("button")')), true);
      assert.match(await scroll({ text: 'shadowy' }), /^Brought "shadowy" into view\./);
      assert.equal(await tab.evaluate(inView.replace('BOX', 'document.querySelector("x-a").shadowRoot.querySelector("p")')), true);
      await waitUntil('the frame is there', async () => (await tab.snapshot()).includes('words'));
      assert.match(await scroll({ text: 'deep words' }), /In view: 2\d{3} to/);
    });

    it('and says what was loaded by that', async () => {
      await tab.go(
        browser.page('<body style="margin:0"><div style="height:3000px"></div><p id=end>End</p><script>new IntersectionObserver(([seen]) => { if (seen.isIntersecting && !window.more) { window.more = 1; setTimeout(() => { const more = document.createElement("div"); more.style.height = "1000px"; more.textContent = "More"; document.body.append(more); }); } }).observe(end)</script>'),
      );
      const text = await scroll({ to: 'bottom' });
      assert.match(text, /^- Loaded: 1000 px more$/m);
      assert.match(text, /More/);
    });

    it('to nothing that is not there', async () => {
      await tab.go(browser.page('<p>Here'));
      await assert.rejects(scroll({ text: 'Nowhere' }), { code: 'bad_input', message: 'The text "Nowhere" is not on the page.' });
      await assert.rejects(scroll({ text: 'Here', to: 'top' }), { code: 'bad_input' });
      await assert.rejects(scroll({ ref: 'e999999' }), { code: 'stale_ref' });
    });
  });

  describe('takes the mouse by coordinates', () => {
    const KEPT = `<script>window.seen = []; for (const type of ['click', 'dblclick', 'contextmenu', 'auxclick']) addEventListener(type, (event) => seen.push([type, event.button, event.clientX, event.clientY, event.isTrusted]))</script>`;

    it('for clicks with each button, and says what is there', async () => {
      await tab.go(browser.page(`<body style="margin:0"><button style="position:absolute;left:100px;top:50px;width:80px;height:40px"><b>Save</b></button>${KEPT}`));
      assert.match(await run('click_xy', { x: 140, y: 70 }), /^Clicked button "Save" \[ref=e\d+\] at 140, 70\.\n- URL/);
      await run('click_xy', { x: 500, y: 300, button: 'right' });
      await run('click_xy', { x: 140, y: 70, clickCount: 2 });
      assert.deepEqual(await tab.evaluate('seen.filter(([type]) => type !== "auxclick")'), [
        ['click', 0, 140, 70, true],
        ['contextmenu', 2, 500, 300, true],
        ['click', 0, 140, 70, true],
        ['click', 0, 140, 70, true],
        ['dblclick', 0, 140, 70, true],
      ]);
    });

    for (const [name, host] of [
      ['the same site', '127.0.0.1'],
      ['another site', 'localhost'],
    ]) {
      it(`in frames of ${name}, scrolled ones too`, async () => {
        const inner = browser.page('<body style="margin:0"><div style="height:1000px"></div><button style="width:200px;height:100px" onclick="this.textContent = `Hit ${event.clientX}`">In</button><div style="height:500px">', `/xy-${host}.html`, host);
        await tab.go(browser.page(`<body style="margin:0"><iframe src="${inner}" style="position:absolute;left:50px;top:60px;width:300px;height:200px;border:5px solid"></iframe>`));
        await waitUntil('the frame is there', async () => (await tab.snapshot()).includes('"In"'));
        await scroll({ ref: await tab.refOf('button "In"') });
        assert.match(await run('click_xy', { x: 155, y: 165 }), /^Clicked button "In" \[ref=f\d+e\d+\] at 155, 165/);
        await waitUntil('the click is seen', async () => (await tab.snapshot()).includes('"Hit 100"'));
      });
    }

    it('for moves and drags', async () => {
      await tab.go(
        browser.page('<body style="margin:0"><div id=d style="position:absolute;left:100px;top:100px;width:50px;height:50px;background:#ccc" onmouseenter="window.entered = 1"></div><script>let held = false; d.onpointerdown = () => (held = true); onpointermove = (event) => { if (held) { d.style.left = `${event.clientX - 25}px`; d.style.top = `${event.clientY - 25}px`; } }; onpointerup = () => (held = false);</script>'),
      );
      await run('move_xy', { x: 120, y: 120 });
      assert.equal(await tab.evaluate('window.entered'), 1);
      assert.match(await run('drag_xy', { startX: 125, startY: 125, endX: 400, endY: 300 }), /^Dragged .* from 125, 125 to 400, 300\./);
      assert.deepEqual(await tab.evaluate('[d.style.left, d.style.top]'), ['375px', '275px']);
    });

    it('for the wheel', async () => {
      await tab.go(browser.page('<body style="margin:0"><div style="height:4000px"></div><script>window.turned = []; addEventListener("wheel", (event) => turned.push([event.deltaX, event.deltaY]))</script>'));
      assert.match(await run('wheel', { deltaY: 240 }), /^Turned the wheel by 0, 240 over /);
      await waitUntil('the page moves', () => tab.evaluate('scrollY > 0 && turned[0][1] === 240'));
    });

    it('only where it can be seen', async () => {
      await tab.go(browser.page('<p>A'));
      const failure = await run('click_xy', { x: 5000, y: 10 }).catch((error) => error);
      assert.equal(failure.code, 'bad_input');
      assert.match(failure.message, /^5000, 10 is outside the viewport of \d+ x \d+ pixels\.$/);
    });
  });

  async function scroll(args) {
    return (await tab.run(scrolls.browser_scroll, args))[0].text;
  }

  async function run(name, args) {
    return (await tab.run(mouse[`browser_mouse_${name}`], args))[0].text;
  }
});
