import { isGivable } from '../lib/claims.js';
import { element, keyed, setText, withText } from './dom.js';

/**
 * @import {ClientView} from '../lib/badge.js'
 *
 * @typedef {(message: {type: 'give', clientId: string, chromeId: number} | {type: 'take', chromeId: number}) => void} Say
 */

/** The tab in front: whose it is, and giving it to an agent or taking it back. */
export class FrontTab {
  /** @type {ClientView[]} */
  #clients = [];
  /** @type {chrome.tabs.Tab | null} */
  #tab = null;

  /** @param {Say} say */
  constructor(say) {
    element('give').addEventListener('submit', (event) => {
      event.preventDefault();
      say({ type: 'give', clientId: receivers().value, chromeId: this.#chromeId });
    });
    element('take').addEventListener('click', () => say({ type: 'take', chromeId: this.#chromeId }));
    for (const event of [chrome.tabs.onActivated, chrome.tabs.onUpdated]) event.addListener(() => this.#look());
    this.#look();
  }

  /** @param {ClientView[]} clients */
  show(clients) {
    this.#clients = clients;
    const owner = clients.find(({ tabs }) => tabs.includes(this.#chromeId));
    const present = clients.filter(({ connected }) => connected);
    element('used').hidden = !owner;
    setText(element('user'), owner?.label ?? '');
    element('give').hidden = owner !== undefined || present.length === 0 || !this.#tab || !isGivable(this.#tab);
    keyed(receivers(), present, ({ clientId }) => clientId, newOption, showOption);
  }

  get #chromeId() {
    return this.#tab?.id ?? -1;
  }

  async #look() {
    [this.#tab = null] = await chrome.tabs.query({ active: true, currentWindow: true });
    this.show(this.#clients);
  }
}

function receivers() {
  return /** @type {HTMLSelectElement} */ (element('receiver'));
}

/** @param {ClientView} client */
function newOption({ clientId }) {
  const option = withText('option', '');
  option.setAttribute('value', clientId);
  return option;
}

/** @param {HTMLElement} option @param {ClientView} client */
function showOption(option, { label }) {
  setText(option, label);
}
