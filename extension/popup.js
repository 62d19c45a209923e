import { named } from './lib/badge.js';
import { Asks, claim, newGiven, showGiven } from './popup/consents.js';
import { element, keyed, mark, paint, setText, withText } from './popup/dom.js';
import { FrontTab } from './popup/front.js';

/** @import {View} from './lib/badge.js' */

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
  setText(state, sentence({ connected, stopped, reserve, problem }));
  setText(element('fix'), problem?.fix ?? '');
  element('fix').hidden = !problem?.fix;
  asks.show(asked);
  keyed(element('clients'), clients, ({ clientId }) => clientId, newRow, showRow);
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
  setText(element('paired'), busy ? 'Pairing.' : problem ? `Not paired. ${problem.message} ${problem.fix}` : '');
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

/** @param {Pick<View, 'connected' | 'stopped' | 'reserve' | 'problem'>} view */
function sentence({ connected, stopped, reserve, problem }) {
  if (!connected) return problem ? `Not connected. ${problem.message}` : 'Connecting to the hub.';
  const waits = reserve ? ` This browser waits in reserve. Agents use ${named(reserve)}.` : '';
  return `Connected.${waits}${stopped ? ' All agents are stopped.' : ''}`;
}

/** @returns {HTMLElement} */
function newRow() {
  const item = document.createElement('li');
  const line = withText('div', '');
  line.className = 'line';
  const label = withText('bdi', '');
  label.className = 'label';
  line.append(mark(), label, withText('span', ''));
  const given = document.createElement('ul');
  item.append(line, given);
  return item;
}

/** @param {HTMLElement} item @param {View['clients'][number]} client */
function showRow(item, { label, colour, connected, tabs, given, claimed }) {
  const [line, list] = /** @type {HTMLElement[]} */ ([...item.children]);
  const [colourOf, name, count] = /** @type {HTMLElement[]} */ ([...line.children]);
  paint(colourOf, colour);
  setText(name, connected ? label : `${label} (away)`);
  setText(count, tabs.length === 1 ? '1 tab' : `${tabs.length} tabs`);
  keyed(list, [...given, ...claimed.map(claim)], ({ key }) => key, (one) => newGiven(one, say), showGiven);
}
