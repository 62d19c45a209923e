// Filling forms on real pages: every kind of control, what it is told to hold, and what became of each.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { handlers as forms } from '../../tools/form.js';
import { onPages, refIn, waitUntil } from './browser.js';

/** A combobox of the page's own making, after the ARIA Authoring Practices: its list opens late and is filled later. */
const COMBOBOX = `<div id=city role=combobox tabindex=0 aria-controls=cities aria-expanded=false aria-label=City>None</div>
  <ul id=cities role=listbox hidden style="position:absolute;background:#fff"></ul>
  <script>city.onclick = () => {
    const open = city.getAttribute('aria-expanded') === 'true';
    city.setAttribute('aria-expanded', String(!open)); cities.hidden = open;
    setTimeout(() => { cities.innerHTML = ['Bern', 'Berlin'].map((name) => '<li role=option>' + name + '</li>').join(''); }, 120);
  };
  cities.onclick = (event) => { city.textContent = event.target.textContent; city.setAttribute('aria-expanded', 'false'); cities.hidden = true; };</script>`;

/** A field that searches as it is typed into, and takes what is clicked in its list. */
const SEARCHING = `<input id=fruit role=combobox aria-autocomplete=list aria-expanded=false aria-label=Fruit><div id=fruits role=listbox></div>
  <script>fruit.oninput = () => setTimeout(() => {
    fruits.innerHTML = ['Apple', 'Apricot'].filter((name) => name.toLowerCase().startsWith(fruit.value.toLowerCase()))
      .map((name) => '<div role=option>' + name + '</div>').join('');
  }, 60);
  fruits.onclick = (event) => { fruit.value = event.target.textContent; fruit.dataset.chosen = fruit.value; fruits.innerHTML = ''; };</script>`;

const slider = (/** @type {string} */ keys, attributes = '', step = 5) =>
  `<div id=s role=slider tabindex=0 aria-label=A aria-valuemin=0 aria-valuemax=100 aria-valuenow=20 ${attributes}>x</div>
  <script>s.onkeydown = ({ key }) => {
    const by = { ${keys} }[key];
    if (by) s.setAttribute('aria-valuenow', Math.max(0, Math.min(100, Number(s.getAttribute('aria-valuenow')) + by * ${step})));
  };</script>`;

onPages('a form', ({ browser, tab }) => {
  it('is filled in one call, whatever its controls are, and each is told on a line of its own', async () => {
    await tab.go(
      browser.page(`<form onsubmit="window.sent = 1">
        <input aria-label=Name value=old><textarea aria-label=Notes></textarea><input type=checkbox aria-label=Agree>
        <input type=checkbox checked aria-label=News><input type=radio name=r value=s aria-label=Small><input type=radio name=r aria-label=Large>
        <select aria-label=Country><option value=de>Germany<option value=fr>France</select>
        <input type=range aria-label=Volume><input type=date aria-label=Born><input type=time aria-label=At><input type=color aria-label=Paint>
        <div contenteditable aria-label=Story>old</div><input type=password aria-label=Secret></form>`),
    );
    const text = await fill({
      'textbox "Name"': 'Ada',
      'textbox "Notes"': 'one\ntwo',
      'checkbox "Agree"': 'true',
      'checkbox "News"': 'false',
      'radio "Large"': 'true',
      'combobox "Country"': 'France',
      'slider "Volume"': '70',
      'textbox "Born"': '1990-02-03',
      'textbox "At"': '14:30',
      'textbox "Paint"': '#1A73E8',
      'textbox "Story"': 'fresh',
      'textbox "Secret"': 'pass',
    });
    assert.match(text, /^Filled 12 of 12 fields\.\n- URL: /);
    for (const line of [
      /^- textbox "Name" \[ref=e\d+\]: filled$/m,
      /^- checkbox "Agree" \[ref=e\d+\]: checked$/m,
      /^- checkbox "News" \[ref=e\d+\]: unchecked$/m,
      /^- radio "Large" \[ref=e\d+\]: chosen$/m,
      /^- combobox "Country" \[ref=e\d+\]: selected "France"$/m,
    ])
      assert.match(text, line);
    assert.ok(!/pass\b/.test(text), text);
    const held = await tab.evaluate(
      '[...document.querySelectorAll("input, textarea, select")].map((one) => /^(checkbox|radio)$/.test(one.type) ? one.checked : one.value)',
    );
    assert.deepEqual(held, ['Ada', 'one\ntwo', true, false, false, true, 'fr', '70', '1990-02-03', '14:30', '#1a73e8', 'pass']);
    assert.equal(await tab.evaluate('document.querySelector("[contenteditable]").innerText'), 'fresh');
    assert.equal(await tab.evaluate('window.sent'), undefined);
  });

  for (const [name, html, line, value, expression, expected, told] of [
    ['a switch that is drawn by a script', '<button role=switch aria-checked=false aria-label=A onclick="setTimeout(() => this.setAttribute(`aria-checked`, `true`), 80)">x</button>', 'switch "A"', 'on', 'document.querySelector("button").ariaChecked', 'true', ': checked'],
    ['a box that goes when it is switched', '<input type=checkbox aria-label=A onchange="this.remove(); window.hit = 1">', 'checkbox "A"', 'true', 'window.hit', 1, ': clicked, and gone from the page since'],
    ['a box that is as wanted already, without a click', '<input type=checkbox checked aria-label=A onclick="window.hit = 1">', 'checkbox "A"', 'yes', 'window.hit ?? 0', 0, ': checked'],
    ['a box that its label draws', '<input type=checkbox id=c style="position:absolute;width:1px;height:1px;clip-path:inset(50%)"><label for=c>A</label>', 'checkbox "A"', 'true', 'c.checked', true, ': checked'],
    ['a group of radio buttons by the name of one', '<fieldset aria-label=A><label><input type=radio name=r>Yes</label><label><input type=radio name=r>No</label></fieldset>', 'group "A"', 'no', 'document.querySelectorAll("input")[1].checked', true, ': chosen'],
    ['a radio button by the value of another of its group', '<input type=radio name=r value=a aria-label=A><input type=radio name=r value=b aria-label=B>', 'radio "A"', 'b', 'document.querySelectorAll("input")[1].checked', true, ': chosen'],
    ['radio buttons of the page\'s own', '<div role=radiogroup aria-label=A onclick="for (const one of this.children) one.setAttribute(`aria-checked`, String(one === event.target))"><span role=radio aria-checked=true tabindex=0>One</span><span role=radio aria-checked=false tabindex=0>Two</span></div>', 'radiogroup "A"', 'Two', 'document.querySelector("[aria-checked=true]").textContent', 'Two', ': chosen'],
    ['a list that opens late', COMBOBOX, 'combobox "City"', 'berlin', 'city.textContent', 'Berlin', ': selected "berlin"'],
    ['a field that searches', SEARCHING, 'combobox "Fruit"', 'Apricot', 'fruit.dataset.chosen', 'Apricot', ': filled, and selected "Apricot"'],
    ['a field that searches and finds nothing', SEARCHING, 'combobox "Fruit"', 'Kiwi', 'fruit.value', 'Kiwi', ': filled; its list shows no such option'],
    ['a field with suggestions', '<input list=l aria-label=A><datalist id=l><option value=one></datalist>', 'combobox "A"', 'two', 'document.querySelector("input").value', 'two', ': filled'],
    ['a list of the page\'s own', '<div role=listbox aria-label=A onclick="event.target.setAttribute(`aria-selected`, `true`)"><div role=option>One</div><div role=option>Two</div></div>', 'listbox "A"', 'Two', 'document.querySelector("[aria-selected=true]").textContent', 'Two', ': selected "Two"'],
    ['a slider by keys', slider('ArrowUp: 1, ArrowDown: -1'), 'slider "A"', '75', 's.ariaValueNow', '75', ': set to 75'],
    ['a slider that knows the other keys', slider('ArrowRight: 1, ArrowLeft: -1'), 'slider "A"', '5', 's.ariaValueNow', '5', ': set to 5'],
    ['a slider as near as its steps reach', slider('ArrowUp: 1, ArrowDown: -1'), 'slider "A"', '48', 's.ariaValueNow', '50', ': set to 50, the nearest that its steps reach'],
    ['a slider with many steps', slider('ArrowUp: 1, ArrowDown: -1', '', 0.5), 'slider "A"', '97.5', 's.ariaValueNow', '97.5', ': set to 97.5'],
    ['a slider by its words', '<div id=s role=slider tabindex=0 aria-label=A aria-valuenow=1 aria-valuetext=Low>x</div><script>s.onkeydown = ({ key }) => { const at = Math.max(0, Math.min(2, key === "Home" ? 0 : Number(s.ariaValueNow) + (key === "ArrowUp" ? 1 : 0))); s.ariaValueNow = at; s.ariaValueText = ["None", "Low", "High"][at]; }</script>', 'slider "A"', 'high', 's.ariaValueText', 'High', ': set to High'],
    ['a field that does not take it all', '<input aria-label=A maxlength=3>', 'textbox "A"', 'abcdef', 'document.querySelector("input").value', 'abc', ': filled, and holds "abc"'],
  ]) {
    it(`fills ${name}`, async () => {
      await tab.go(browser.page(html));
      const text = await fill({ [line]: value });
      assert.ok(text.startsWith('Filled 1 of 1 field.'), text);
      assert.ok(text.split('\n').some((one) => one.endsWith(told)), text);
      assert.equal(await tab.evaluate(expression), expected);
    });
  }

  it('goes on behind a field that fails, and says which and why', async () => {
    await tab.go(
      browser.page(`<input aria-label=A><input disabled aria-label=B><select aria-label=C><option>x<option>y</select><input type=checkbox aria-label=D>
        <button>E</button><input type=checkbox aria-label=F onclick="event.preventDefault()"><input type=file aria-label=G><input aria-label=H>`),
    );
    const refs = await refsOf(['textbox "A"', 'textbox "B"', 'combobox "C"', 'checkbox "D"', 'button "E"', 'checkbox "F"', 'button "G"', 'textbox "H"']);
    const [a, b, c, d, e, f, g, h] = refs;
    const asked = [[a, 'one'], [b, 'x'], [c, 'z'], [d, 'maybe'], [e, 'x'], [f, 'true'], [g, 'x'], ['e999999', 'x'], [h, 'last']];
    const fields = [...asked.map(([ref, value]) => ({ ref, value })), { ref: a }, { ref: a, paths: [] }];
    const text = (await tab.run(forms.browser_fill_form, { fields }, 4_000))[0].text;
    assert.match(text, /^Filled 2 of 11 fields\./);
    for (const line of [
      /^- e\d+: failed, not_actionable: textbox "B" \[ref=e\d+\] cannot be acted on: it is disabled/m,
      /^- e\d+: failed, bad_input: combobox "C" .* it has no option "z"\. Its options are: "x", "y"\.$/m,
      /^- e\d+: failed, bad_input: checkbox "D" .* Give true or false\.$/m,
      /^- e\d+: failed, bad_input: button "E" .* it is not a text field/m,
      /^- e\d+: failed, not_actionable: checkbox "F" .* it was clicked and stayed off/m,
      /^- e\d+: failed, bad_input: e\d+ cannot take that: it takes files\. Give `paths`\.$/m,
      /^- e\d+: failed, bad_input: e\d+ cannot take that: it is to hold nothing\. Give `value`/m,
      /^- e\d+: failed, bad_input: e\d+ cannot take that: it is no file field\./m,
      /^- e999999: failed, stale_ref: There is no e999999/m,
    ])
      assert.match(text, line);
    assert.deepEqual(await tab.evaluate('[...document.querySelectorAll("input:not([type])")].map((one) => one.value)'), ['one', '', 'last']);
  });

  for (const [name, html, line, value, reason] of [
    ['a list without that option, which is closed again', COMBOBOX, 'combobox "City"', 'Rome', /has no option "Rome"\. Its options are: "Bern", "Berlin"\./],
    ['radio buttons without that one', '<input type=radio name=r aria-label=A><input type=radio name=r aria-label=B>', 'radio "A"', 'C', /has no option "C"\. Its options are: "A", "B"\./],
    ['a slider beyond its end', slider('ArrowUp: 1, ArrowDown: -1'), 'slider "A"', '101', /it goes from 0 to 100/],
    ['a slider that no key moves', slider(''), 'slider "A"', '50', /arrow keys leave it at 20.*browser_drag/],
    ['a slider without words', slider(''), 'slider "A"', 'High', /it takes a number/],
  ]) {
    it(`is refused when nothing of it could be filled: ${name}`, async () => {
      await tab.go(browser.page(html));
      const failure = await fill({ [line]: value }).catch((error) => error);
      assert.match(failure.code ?? '', /bad_input|not_actionable/);
      assert.match(`${failure.message} ${failure.fix}`, /^Filled 0 of 1 field\.\n/);
      assert.match(failure.message, reason);
      if (line.includes('City')) assert.equal(await tab.evaluate('city.ariaExpanded'), 'false');
    });
  }

  it('of many fields is answered within what programs show', async () => {
    await tab.go(browser.page(Array.from({ length: 100 }, (_, i) => `<select aria-label="A${i} ${'x'.repeat(150)}"><option>${'y'.repeat(90)}</select>`).join('')));
    const refs = [...(await tab.snapshot({ level: 'interactive' })).matchAll(/combobox.*\[ref=(e\d+)\]/g)].map(([, ref]) => ref);
    const fields = Array.from({ length: 100 }, (_, i) => ({ ref: refs[i % refs.length], value: i === 0 ? 'y'.repeat(90) : 'none' }));
    const [{ text }] = await tab.run(forms.browser_fill_form, { fields });
    assert.match(text, /^Filled 1 of 100 fields\./);
    assert.ok(Buffer.byteLength(text) < 10_000, `${Buffer.byteLength(text)} bytes`);
    await assert.rejects(tab.run(forms.browser_fill_form, { fields: [...fields, ...fields] }), { code: 'bad_input' });
  });

  it('reaches into frames of other sites', async () => {
    const inner = browser.page('<input aria-label=In><input type=checkbox aria-label=Box>', '/form-inner.html', 'localhost');
    await tab.go(browser.page(`<input aria-label=Out><iframe src="${inner}"></iframe>`));
    await waitUntil('the frame is there', async () => (await tab.snapshot()).includes('"In"'));
    const text = await fill({ 'textbox "Out"': 'a', 'textbox "In"': 'b', 'checkbox "Box"': 'true' });
    assert.match(text, /^Filled 3 of 3 fields\./);
    assert.match(await tab.snapshot(), /textbox "In".*: b/);
    assert.match(await tab.snapshot(), /checkbox "Box" \[checked\]/);
  });

  it('waits for a field that another one enables', async () => {
    await tab.go(browser.page('<input type=checkbox aria-label=A onchange="setTimeout(() => (b.disabled = false), 150)"><input id=b disabled aria-label=B>'));
    assert.match(await fill({ 'checkbox "A"': 'true', 'textbox "B"': 'x' }), /^Filled 2 of 2 fields\./);
  });

  it('ends where a field leads to another page, and says what was not tried', async () => {
    const next = browser.page('<title>Next</title>', '/form-next.html');
    await tab.go(browser.page(`<input aria-label=A><select aria-label=B onchange="location = '${next}'"><option>x<option>y</select><input aria-label=C><input aria-label=D>`));
    const text = await fill({ 'textbox "A"': '1', 'combobox "B"': 'y', 'textbox "C"': '2', 'textbox "D"': '3' });
    assert.match(text, new RegExp(`^Filled [123] of 4 fields\\.\n- URL: ${next}`));
    assert.match(text, /^- e\d+: not tried, since the page went to another$/m);
  });

  it('says how far it came when a dialog opens', async () => {
    const other = await browser.open('<input aria-label=A><input type=checkbox aria-label=B onclick="confirm(\'Really?\')"><input aria-label=C>');
    const page = await other.snapshot();
    const fields = [...page.matchAll(/\[ref=(e\d+)\]/g)].map(([, ref]) => ({ ref, value: 'true' }));
    const failure = await other.run(forms.browser_fill_form, { fields }).catch((error) => error);
    assert.equal(failure.code, 'dialog_open');
    assert.match(failure.message, /^Filled 1 of 3 fields\.\ntextbox "A" .*: filled\ncheckbox "B" .*: being filled\. .*Really\?/s);
    await other.session.send('Page.handleJavaScriptDialog', { accept: true });
  });

  /** @param {string[]} lines */
  async function refsOf(lines) {
    const text = await tab.snapshot();
    return lines.map((line) => refIn(text, line));
  }

  /** Fills the fields of those lines. @param {Record<string, string>} values */
  async function fill(values) {
    const refs = await refsOf(Object.keys(values));
    const fields = Object.values(values).map((value, i) => ({ ref: refs[i], value }));
    return (await tab.run(forms.browser_fill_form, { fields }))[0].text;
  }
});
