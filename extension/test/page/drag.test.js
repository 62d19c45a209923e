// Hovering and dragging on real pages: by the mouse alone, and by HTML's drag and drop.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ToolFailure } from '../../lib/errors.js';
import { handlers as drags } from '../../tools/drag.js';
import { handlers as input } from '../../tools/input.js';
import { handlers as pictures } from '../../tools/screenshot.js';
import { onPages, waitUntil } from './browser.js';

onPages('the mouse', ({ browser, tab }) => {
  describe('hovering', () => {
    it('is trusted, opens what opens under the mouse, and stays until something else moves it', async () => {
      await tab.go(
        browser.page(
          `<style>ul { display: none } div:hover ul { display: block }</style>
          <div style="width:200px"><button onmousemove="window.seen = [event.isTrusted, event.buttons]">Menu</button><ul style="margin:0"><li><button onclick="window.chosen = 1">Item</button></ul></div>`,
        ),
      );
      const ref = await tab.refOf('button "Menu"');
      assert.doesNotMatch(await tab.snapshot(), /Item/);
      const [{ text }] = await tab.run(input.browser_hover, { ref });
      assert.match(text, /^Moved the mouse onto button "Menu" \[ref=e\d+\]\.\n- URL: http/);
      assert.deepEqual(await tab.evaluate('seen'), [true, 0]);
      await tab.run(pictures.browser_take_screenshot, { fullPage: true });
      const item = await tab.refOf('button "Item"');
      await tab.run(input.browser_click, { ref: item });
      assert.equal(await tab.evaluate('chosen'), 1);
    });

    it('that ends, and shifts the page, misdirects nothing', async () => {
      await tab.go(
        browser.page(
          `<style>ul { display: none } div:hover ul { display: block }</style><div><button>Menu</button><ul style="margin:0"><li><button>Item</button></ul></div>
          ${['A', 'B', 'C', 'D'].map((name) => `<button style="display:block;height:20px;margin:0;padding:0" onclick="window.hit = '${name}'" onmouseenter="window.met = '${name}'">${name}</button>`).join('')}`,
        ),
      );
      const hover = async (/** @type {string} */ line) => tab.run(input.browser_hover, { ref: await tab.refOf(line) });
      await hover('button "Menu"');
      await tab.run(input.browser_click, { ref: await tab.refOf('button "Item"') });
      await tab.run(input.browser_click, { ref: await tab.refOf('button "A"') });
      assert.equal(await tab.evaluate('hit'), 'A');
      await hover('button "Menu"');
      await hover('button "B"');
      assert.equal(await tab.evaluate('met'), 'B');
    });

    it('of what is covered by what opens over it is done', async () => {
      await tab.go(
        browser.page(
          `<button style="width:100px;height:40px" onmouseenter="tip.hidden = false">A</button><div id=tip hidden style="position:fixed;left:0;top:0;width:300px;height:300px;background:#fff">A tip</div>`,
        ),
      );
      await tab.run(input.browser_hover, { ref: await tab.refOf('button "A"') });
      assert.match(await tab.snapshot(), /A tip/);
    });

    it('reaches into frames of other processes', async () => {
      const inner = browser.page('<button onmouseenter="this.textContent = `Met`">In</button>', '/hover.html', 'localhost');
      await tab.go(browser.page(`<iframe src="${inner}" title=f></iframe>`));
      await waitUntil('the frame is there', async () => (await tab.snapshot()).includes('"In"'));
      await tab.run(input.browser_hover, { ref: await tab.refOf('button "In"') });
      await waitUntil('the frame has heard', async () => (await tab.snapshot()).includes('"Met"'));
    });

    it('on what is covered, disabled or gone is refused as a click is', async () => {
      await tab.go(browser.page('<button>A</button><div style="position:fixed;inset:0"></div>'));
      const ref = await tab.refOf('button "A"');
      await assert.rejects(tab.run(input.browser_hover, { ref }, 700), { code: 'not_actionable' });
      await tab.evaluate('document.querySelector("button").remove()');
      await assert.rejects(tab.run(input.browser_hover, { ref }), { code: 'stale_ref' });
    });
  });

  describe('dragging', () => {
    it('sorts a list that follows the mouse by itself', async () => {
      await tab.go(browser.page(SORTABLE));
      const [{ text }] = await drag('button "One"', 'button "Three"');
      assert.match(text, /^Dragged button "One" \[ref=e\d+\] to button "Three" \[ref=e\d+\]\.\n- URL/);
      assert.equal(await tab.evaluate('order()'), 'Two Three One');
      assert.ok(await tab.evaluate('moves >= 5 && trusted'));
      await drag('button "One"', 'button "Two"');
      assert.equal(await tab.evaluate('order()'), 'One Two Three');
    });

    it("drops what HTML's drag and drop carries, with its data, and ends it", async () => {
      await tab.go(browser.page(CARRIED));
      await drag('button "Parcel"', 'button "Box"');
      await waitUntil('the drag has ended', () => tab.evaluate('seen.at(-1)?.startsWith("dragend")'));
      assert.deepEqual(await tab.evaluate('seen.filter((name, i) => name !== seen[i - 1])'), [
        'dragstart',
        'dragenter',
        'dragover',
        'drop parcel-7 true',
        'dragend move',
      ]);
      await tab.run(input.browser_click, { ref: await tab.refOf('button "Parcel"') });
      assert.equal(await tab.evaluate('seen.at(-1)'), 'click');
      await drag('button "Parcel"', 'button "Box"');
      assert.equal(await tab.evaluate('seen.filter((name) => name.startsWith("drop")).length'), 2);
    });

    it('follows the mouse on a page that prevents the drag of the browser', async () => {
      await tab.go(browser.page(`${CARRIED}<script>addEventListener('dragstart', (event) => event.preventDefault(), true); addEventListener('mouseup', () => seen.push('mouseup'), true)</script>`));
      await drag('button "Parcel"', 'button "Box"');
      assert.equal(await tab.evaluate('seen.at(-1)'), 'mouseup');
      assert.equal(await tab.evaluate('seen.some((name) => name.startsWith("drop"))'), false);
    });

    for (const [way, outside, inside] of [
      ['from the page into a frame', 'Parcel', 'Box'],
      ['from a frame onto the page', 'Box', 'Parcel'],
      ['within a frame', '', 'Both'],
    ])
      for (const [kind, host] of [
        ['the same process', '127.0.0.1'],
        ['another process', 'localhost'],
      ]) {
        it(`goes ${way} of ${kind}, far down the page, and again`, async () => {
          const inner = browser.page(`<body style="margin:0">${PARTS[inside]}`, `/drag-${inside}-${host}.html`, host);
          await tab.go(
            browser.page(`${PARTS[outside] ?? ''}<div style="height:2500px"></div><iframe src="${inner}" title=f style="height:400px"></iframe>`),
          );
          await waitUntil('the frame is there', async () => (await tab.snapshot()).includes('  - button'));
          for (const times of [1, 2]) {
            const [{ text }] = await drag('button "Parcel', 'button "Box');
            assert.doesNotMatch(text, /nothing at that place/);
            await waitUntil('it is dropped', async () => (await tab.snapshot()).includes(`"Box: carried ${times}"`));
            await waitUntil('the drag has ended', async () => (await tab.snapshot()).includes(`"Parcel: ended ${times}"`));
          }
        });
      }

    it('onto what takes nothing says so', async () => {
      await tab.go(browser.page(`${PARTS.Parcel}<button>Wall</button>`));
      const [{ text }] = await drag('button "Parcel"', 'button "Wall"');
      assert.match(text, /^Dragged button "Parcel".*\n- URL.*\n- Title.*\n- Drop: nothing at that place took it\.\n- Changed on the page .*\n  ~ button "Parcel: ended 1"/);
    });

    it('that is cancelled lets go at once', async () => {
      for (const html of [SORTABLE, CARRIED]) {
        const name = html === SORTABLE ? 'button "One"' : 'button "Parcel"';
        await tab.go(browser.page(html));
        const call = tab.call('browser_drag', { startRef: await tab.refOf(name), endRef: await tab.refOf(name) });
        const ended = drags.browser_drag(call);
        const off = tab.session.on('*', () => {});
        await waitUntil('something is held', () => tab.evaluate('window.held === true'));
        call.stop(new ToolFailure('cancelled', 'x', 'y'));
        await assert.rejects(ended, { code: 'cancelled' });
        call.finish();
        off();
        await waitUntil('nothing is held', () => tab.evaluate('window.held === false'));
      }
    });

    it('that cannot end where it should never begins', async () => {
      await tab.go(browser.page(`${SORTABLE}<button disabled>Off</button>`));
      const [startRef, endRef] = [await tab.refOf('button "One"'), await tab.refOf('button "Off"')];
      await assert.rejects(tab.run(drags.browser_drag, { startRef, endRef }, 700), { code: 'not_actionable' });
      await assert.rejects(tab.run(drags.browser_drag, { startRef, endRef: 'e9999' }), { code: 'stale_ref' });
      await assert.rejects(tab.run(drags.browser_drag, { startRef: 'e9999', endRef: startRef }), { code: 'stale_ref' });
      assert.equal(await tab.evaluate('window.held'), undefined);
    });

    it('that raises a dialog says how far it came', async () => {
      const other = await browser.open(`${CARRIED}<script>addEventListener('drop', () => alert('Really?'))</script>`);
      const text = await other.snapshot();
      const refs = ['Parcel', 'Box'].map((name) => new RegExp(`"${name}"[^\n]*\\[ref=(e\\d+)\\]`).exec(text)[1]);
      const failure = await other.run(drags.browser_drag, { startRef: refs[0], endRef: refs[1] }).catch((error) => error);
      assert.equal(failure.code, 'dialog_open');
      assert.match(failure.message, /^(Dragged|Began to drag) button "Parcel".*Really\?/);
      await other.session.send('Page.handleJavaScriptDialog', { accept: true });
    });
  });

  async function drag(start, end) {
    return tab.run(drags.browser_drag, { startRef: await tab.refOf(start), endRef: await tab.refOf(end) });
  }
});

/** A list that is sorted by pointer events, as most libraries for that do. */
const SORTABLE = `<style>button { display: block; width: 200px; height: 40px; margin: 0; touch-action: none; user-select: none }</style>
<div id=list><button>One</button><button>Two</button><button>Three</button></div>
<script>
window.moves = 0; window.trusted = true;
let dragged = null;
window.order = () => [...list.children].map((each) => each.textContent).join(' ');
list.onpointerdown = (event) => { dragged = event.target; window.held = true; };
onpointermove = (event) => {
  if (!dragged) return;
  moves += 1; trusted &&= event.isTrusted && event.buttons === 1;
  const over = document.elementFromPoint(event.clientX, event.clientY)?.closest('#list > button');
  if (!over || over === dragged) return;
  const below = [...list.children].indexOf(over) > [...list.children].indexOf(dragged);
  if (below) over.after(dragged); else over.before(dragged);
};
onpointerup = () => { dragged = null; window.held = false; };
</script>`;

/** An element that HTML's drag and drop carries into another. */
const CARRIED = `<div id=parcel role=button draggable=true style="width:100px;height:40px;background:#ccc">Parcel</div>
<div style="height:150px"></div><div id=box role=button style="width:300px;height:100px;background:#eee">Box</div>
<script>
window.seen = [];
parcel.ondragstart = (event) => { seen.push('dragstart'); window.held = true; event.dataTransfer.setData('text/x-parcel', 'parcel-7'); event.dataTransfer.effectAllowed = 'move'; };
box.ondragenter = (event) => { seen.push('dragenter'); event.preventDefault(); };
box.ondragover = (event) => { seen.push('dragover'); event.dataTransfer.dropEffect = 'move'; event.preventDefault(); };
box.ondrop = (event) => { event.preventDefault(); seen.push('drop ' + event.dataTransfer.getData('text/x-parcel') + ' ' + event.isTrusted); };
parcel.ondragend = (event) => { seen.push('dragend ' + event.dataTransfer.dropEffect); window.held = false; };
parcel.onclick = () => seen.push('click');
</script>`;

/** What is carried, and where to, for pages and frames. @type {Record<string, string>} */
const PARTS = {
  Parcel: `<div role=button draggable=true style="width:100px;height:40px" ondragstart="event.dataTransfer.setData('text/plain', 'carried')" ondragend="this.textContent = 'Parcel: ended ' + (window.ends = (window.ends ?? 0) + 1)">Parcel</div>`,
  Box: `<div role=button style="margin-top:80px;width:200px;height:100px" ondragover="event.preventDefault()" ondrop="event.preventDefault(); this.textContent = 'Box: ' + event.dataTransfer.getData('text/plain') + ' ' + (window.drops = (window.drops ?? 0) + 1)">Box</div>`,
};
PARTS.Both = PARTS.Parcel + PARTS.Box;
