import { isHeld } from './lib/badge.js';
import * as words from './lib/words.js';
import { Asks, claim, newGiven, showGiven } from './popup/consents.js';
import { button, describe, element, keyed, mark, paint, setText, withText } from './popup/dom.js';
import { FrontTab } from './popup/front.js';

/** @import {View} from './lib/badge.js' */

for (const node of document.querySelectorAll('[data-words]')) {
  node.textContent = words.FIXED[/** @type {HTMLElement} */ (node).dataset.words ?? ''];
}
const port = chrome.runtime.connect();
/** @param {object} message */
const say = (message) => port.postMessage(message);
const asks = new Asks(say);
const front = new FrontTab(say);
port.onMessage.addListener(show);
for (const name of ['stop', 'resume', 'connect', 'use']) {
  element(name).addEventListener('click', () => port.postMessage({ type: name }));
}
element('pairing').addEventListener('submit', (event) => {
  event.preventDefault();
  port.postMessage({ type: 'pair', code: codeField().value });
});

/** @param {View} view */
function show({ connected, stopped, reserve, problem, pairing, asks: asked, clients }) {
  const focused = document.activeElement;
  const state = element('state');
  state.className = !connected ? '' : stopped || reserve ? 'waiting' : 'connected';
  setText(state, words.state({ connected, stopped, reserve, problem }));
  setText(element('fix'), problem?.fix ?? '');
  element('fix').hidden = !problem?.fix;
  asks.show(asked);
  keyed(element('clients'), clients, ({ clientId }) => clientId, newRow, (row, client) => showRow(row, client, connected));
  front.show(clients);
  element('none').hidden = clients.length > 0;
  element('stop').hidden = stopped;
  element('resume').hidden = !stopped;
  element('connect').hidden = connected;
  element('use').hidden = !reserve;
  showPairing(pairing);
  // A button that has done its work goes, and must not take the keyboard's place with it.
  if (!(focused instanceof HTMLButtonElement)) return;
  if (focused.hidden) firstButton()?.focus();
  else if (!focused.isConnected) element('agents').focus();
}

/** @param {View['pairing']} pairing */
function showPairing({ offered, busy, problem }) {
  element('pairing').hidden = !offered;
  element('pair').toggleAttribute('disabled', busy);
  setText(element('paired'), words.pairing(busy, problem));
  // A code is good once: what was taken is not left to be tried again.
  if (!offered) codeField().value = '';
}

/** The first button of the row that is shown. @returns {HTMLButtonElement | null} */
function firstButton() {
  return document.querySelector('.actions button:not([hidden])');
}

function codeField() {
  return /** @type {HTMLInputElement} */ (element('code'));
}

/** @param {View['clients'][number]} client @returns {HTMLElement} */
function newRow({ clientId }) {
  const item = document.createElement('li');
  const line = withText('div', '');
  line.className = 'line';
  const name = withText('span', '');
  name.className = 'label';
  name.append(withText('bdi', ''), withText('span', ''));
  const change = button('', () => {
    say({ type: 'control', action: 'held' in item.dataset ? 'resume' : 'pause', clientId });
  });
  line.append(mark(), name, withText('span', ''), change);
  item.append(line, document.createElement('ul'));
  describe(item, name, clientId);
  return item;
}

/** @param {HTMLElement} item @param {View['clients'][number]} client @param {boolean} isReachable Whether the hub is there to be told. */
function showRow(item, { label, colour, connected, control, tabs, given, claimed }, isReachable) {
  const [line, list] = /** @type {HTMLElement[]} */ ([...item.children]);
  const [colourOf, name, count, change] = /** @type {HTMLElement[]} */ ([...line.children]);
  const [called, condition] = /** @type {HTMLElement[]} */ ([...name.children]);
  item.toggleAttribute('data-held', isHeld({ control }));
  paint(colourOf, colour);
  setText(called, label);
  setText(condition, words.condition(connected, control));
  setText(count, words.tabs(tabs.length));
  setText(change, words.control(control));
  change.hidden = !isReachable;
  keyed(list, [...given, ...claimed.map(claim)], ({ key }) => key, (one) => newGiven(one, say), showGiven);
}
