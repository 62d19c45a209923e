/** @import {View} from './lib/badge.js' */

const port = chrome.runtime.connect();
port.onMessage.addListener(show);
for (const name of ['stop', 'resume', 'connect']) {
  element(name).addEventListener('click', () => port.postMessage({ type: name }));
}
element('pairing').addEventListener('submit', (event) => {
  event.preventDefault();
  port.postMessage({ type: 'pair', code: codeField().value });
});

/** @param {View} view */
function show({ connected, stopped, problem, pairing, clients }) {
  const state = element('state');
  state.className = !connected ? '' : stopped ? 'stopped' : 'connected';
  setText(state, sentence(connected, stopped, problem?.message));
  setText(element('fix'), problem?.fix ?? '');
  element('fix').hidden = !problem?.fix;
  element('clients').replaceChildren(...clients.map(row));
  element('none').hidden = clients.length > 0;
  element('stop').hidden = stopped;
  element('resume').hidden = !stopped;
  element('connect').hidden = connected;
  showPairing(pairing);
}

/** @param {View['pairing']} pairing */
function showPairing({ offered, busy, problem }) {
  element('pairing').hidden = !offered;
  element('pair').toggleAttribute('disabled', busy);
  setText(element('paired'), busy ? 'Pairing.' : problem ? `Not paired. ${problem.message} ${problem.fix}` : '');
  // A code is good once: what was taken is not left to be tried again.
  if (!offered) codeField().value = '';
}

function codeField() {
  return /** @type {HTMLInputElement} */ (element('code'));
}

/** @param {boolean} connected @param {boolean} stopped @param {string} [problem] */
function sentence(connected, stopped, problem) {
  if (!connected) return problem ? `Not connected. ${problem}` : 'Connecting to the hub.';
  return stopped ? 'Connected. All agents are stopped.' : 'Connected.';
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
