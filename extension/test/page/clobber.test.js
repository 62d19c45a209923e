// Pages whose elements stand, by their names, in the place of what scripts rely on.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { handlers as input } from '../../tools/input.js';
import { onPages, refIn } from './browser.js';

onPages('a page whose names stand in the place of', ({ browser, tab }) => {
  it("all properties of its form is read and acted on like any other", async () => {
    const names = await propertiesOf('document.createElement("form")');
    const controls = names.map((name) => `<input name="${name}" type=hidden>`).join('');
    await tab.go(
      browser.page(
        `<h1>Top</h1><form aria-label=F title=T tabindex=0 style="height:300px;overflow:auto">${controls}
        <div style="height:900px"></div><input aria-label=Seen name=nodeName><button type=button onclick="window.went = 1">Go</button></form>
        <div contenteditable><form>${controls}Editable</form></div>`,
      ),
    );
    assert.equal(await tab.evaluate('document.forms[0].getAttribute instanceof Element'), true);
    const text = await tab.snapshot();
    assert.match(text, /- form "F" \[ref=e\d+\]\n {2}- \/description: T\n {2}- textbox "Seen" \[ref=e\d+\]\n {2}- button "Go"/);
    assert.match(text, /- textbox \[ref=e\d+\]: Editable/);
    await tab.run(input.browser_type, { ref: refIn(text, 'textbox "Seen"'), text: 'typed' });
    await tab.run(input.browser_click, { ref: refIn(text, 'button "Go"') });
    assert.equal(await tab.evaluate('window.went'), 1);
    await tab.run(input.browser_click, { ref: refIn(text, 'form "F"') });
    assert.match(await tab.snapshot(), /textbox "Seen" \[ref=e\d+\]: typed/);
    await tab.evaluate('document.querySelector("[aria-label=F]").outerHTML = ""');
    await assert.rejects(tab.run(input.browser_click, { ref: refIn(text, 'form "F"') }), { code: 'stale_ref' });
  });

  it('a form that covers a control is named by its tag', async () => {
    await tab.go(
      browser.page(
        '<button>Below</button><form style="position:fixed;inset:0"><input name=id type=hidden><input name=localName type=hidden></form>',
      ),
    );
    const ref = refIn(await tab.snapshot(), 'button "Below"');
    await assert.rejects(tab.run(input.browser_click, { ref }, 1_500), /covered by <form>/);
  });

  it('all properties of its document is read and acted on like any other', async () => {
    const names = await propertiesOf('document');
    const pictures = names.map((name) => `<img name="${name}" alt=""><form name="${name}"></form>`).join('');
    await tab.go(browser.page(`<title>Real</title><button onclick="window.went = 1">Go</button>${pictures}`));
    assert.equal(await tab.evaluate('document.querySelectorAll instanceof Node || document.body instanceof HTMLCollection'), true);
    const text = await tab.snapshot();
    assert.match(text, /^- Title: Test$/m);
    await tab.run(input.browser_click, { ref: refIn(text, 'button "Go"') });
    assert.equal(await tab.evaluate('window.went'), 1);
  });

  it('the scripts of the snapshot, or of the words that they use, is read like any other', async () => {
    const names = ['__tabmux', 'tabmux', 'element', 'role', 'Node', 'Element', 'JSON', 'Map', 'performance', 'location'];
    await tab.go(browser.page(`${names.map((id) => `<a id="${id}" name="${id}">x</a>`).join('')}<button>Go</button>`));
    assert.match(await tab.snapshot(), /- button "Go" \[ref=e\d+\]/);
  });

  it('the names of roles, by elements that are called so, is read like any other', async () => {
    await tab.go(browser.page('<button>Go</button><div id=a></div>'));
    await tab.evaluate(
      `for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
        a.append(Object.assign(document.createElementNS('urn:x', name), { textContent: name }));
      a.setAttribute('role', 'constructor')`,
    );
    assert.match(await tab.snapshot(), /- button "Go" \[ref=e\d+\]\n- text: constructor ?toString ?__proto__ ?hasOwnProperty/);
  });

  /** Every name that a property of the object goes by. */
  async function propertiesOf(object) {
    await tab.go(browser.page('<p>x'));
    const names = await tab.evaluate(`(() => {
      const names = new Set();
      for (let at = ${object}; at; at = Object.getPrototypeOf(at))
        for (const name of Object.getOwnPropertyNames(at)) names.add(name);
      return [...names];
    })()`);
    assert.ok(names.length > 200);
    return names;
  }
});
