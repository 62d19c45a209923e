import { named } from './lib/badge.js';

/** @import {View} from './lib/badge.js' */

const port = chrome.runtime.connect();
port.onMessage.addListener(show);
for (const name of ['stop', 'resume', 'connect', 'use']) {
  element(name).addEventListener('click', () => port.postMessage({ type: name }));
}
element('pairing').addEventListener('submit', (event) => {
  event.preventDefault();
  port.postMessage({ type: 'pair', code: codeField().value });
});

/** @param {View} view */
function show({ connected, stopped, reserve, problem, pairing, clients }) {
  const focused = document.activeElement;
  const state = element('state');
  state.className = !connected ? '' : stopped || reserve ? 'waiting' : 'connected';
  setText(state, sentence({ connected, stopped, reserve, problem }));
  setText(element('fix'), problem?.fix ?? '');
  element('fix').hidden = !problem?.fix;
  element('clients').replaceChildren(...clients.map(row));
  element('none').hidden = clients.length > 0;
  element('stop').hidden = stopped;
  element('resume').hidden = !stopped;
  element('connect').hidden = connected;
  element('use').hidden = !reserve;
  showPairing(pairing);
  // A button that has done its work goes, and must not take the keyboard's place with it.
  if (focused instanceof HTMLButtonElement && focused.hidden) firstButton()?.focus();
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

/** @param {View['clients'][number]} client */
function row({ label, colour, connected, tabs }) {
  const item = document.createElement('li');
  const mark = document.createElement('span');
  mark.className = 'mark';
  mark.style.background = COLOURS[colour] ?? colour;
  mark.setAttribute('aria-hidden', 'true');
  const name = document.createElement('span');
  name.className = 'label';
  name.textContent = connected ? label : `${label} (away)`;
  const count = document.createElement('span');
  count.textContent = tabs === 1 ? '1 tab' : `${tabs} tabs`;
  item.append(mark, name, count);
  return item;
}

/** A status that is written again is read out again: only what changed is written. @param {HTMLElement} node @param {string} text */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {string} id @returns {HTMLElement} */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @type {Record<string, string>} Chromium's own colours of tab groups; CSS knows most of the names as harsher ones. */
const COLOURS = {
  blue: '#1a73e8',
  green: '#188038',
  purple: '#a142f4',
  orange: '#e8710a',
  cyan: '#007b83',
  pink: '#d01884',
  red: '#d93025',
  yellow: '#f9ab00',
};
