import { ToolFailure } from './errors.js';

/**
 * @import {Store, ClientRecord} from './store.js'
 *
 * @typedef {'tabs' | 'tab' | Optional} Kind What an agent can ask for: to see which tabs are open, to work in one of them.
 *
 * @typedef {'history' | 'bookmarks'} Optional What the extension itself may see only while an agent is allowed to, by the
 *   browser's permission of that name.
 *
 * A tab of the person's, as it is while an agent asks for it.
 * @typedef {{chromeId: number, url: string, title: string}} TabAsked
 *
 * Something of the person's that an agent asked for, and the person's word on it.
 * @typedef {object} Consent
 * @property {Kind} kind
 * @property {TabAsked} [tab] The one that is asked for.
 * @property {'asked' | 'allowed' | 'denied'} state
 * @property {number} askedAt When it was asked for, in milliseconds since the epoch.
 *
 * A consent, whose it is, and the name by which the popup speaks of it.
 * @typedef {{key: string, client: ClientRecord, consent: Consent}} Named
 */

/**
 * What the person lets each agent have of their own. An agent asks by calling a tool; it is refused at once, and what it
 * asks for waits in the popup. The person's word holds for that agent as long as the agent is there.
 *
 * | state | event | next |
 * |---|---|---|
 * | none | the agent calls the tool | asked |
 * | asked | Allow in the popup | allowed; for a tab: none, since the agent has it from here on |
 * | asked | Allow in the popup, for which the browser must ask | asked, until the person allows that, too |
 * | asked, allowed | Deny or Revoke in the popup | denied |
 * | denied | Allow in the popup | as for asked |
 * | allowed | the extension lost the browser's permission | asked, with the agent's next call |
 * | any | the agent is gone, or the tab | none |
 */
export class Consents {
  /** What the person allows as soon as the browser has its own answer; the last one only, since one question is open at a time. */
  #awaited = '';

  /** @param {{store: Store, give(clientId: string, chromeId: number): Promise<unknown>, onChange(): void}} parts */
  constructor({ store, give, onChange }) {
    this.store = store;
    this.give = give;
    this.onChange = onChange;
  }

  /** Forgets what was asked for in an earlier life of the browser, in which tabs had other ids. */
  load() {
    if (this.store.fresh) this.#forget(({ tab }) => tab !== undefined);
    this.tidy();
  }

  /**
   * Returns if the person allows it; else the person is asked, once.
   *
   * @param {{clientId: string, tool: string}} call
   * @param {Exclude<Kind, 'tab'>} kind
   */
  async need({ clientId, tool }, kind) {
    const consent = this.#of(clientId).find((each) => each.kind === kind) ?? this.#ask(clientId, { kind });
    if (consent.state === 'allowed' && !(await holds(kind))) {
      consent.state = 'asked';
      this.#changed();
    }
    if (consent.state !== 'allowed') throw refused(tool, consent);
  }

  /**
   * Asks the person to give a tab, once.
   *
   * @param {{clientId: string, tool: string}} call
   * @param {TabAsked} tab
   * @returns {ToolFailure} What the agent is told meanwhile.
   */
  askForTab({ clientId, tool }, tab) {
    const before = this.#of(clientId).filter((each) => each.kind === 'tab');
    const known = before.find((each) => each.tab?.chromeId === tab.chromeId);
    if (known) return refused(tool, known);
    if (before.filter(({ state }) => state === 'asked').length >= MOST_TABS) return tooMany();
    if (before.length >= MOST_REMEMBERED) this.#forget((each) => each === before.find(({ state }) => state === 'denied'));
    return refused(tool, this.#ask(clientId, { kind: 'tab', tab }));
  }

  /** What waits for the person's word, the oldest first. */
  asked() {
    const waiting = this.#all().filter(({ consent }) => consent.state === 'asked');
    return waiting.sort((a, b) => a.consent.askedAt - b.consent.askedAt);
  }

  /** The person's word on something that an agent asked for. @param {string} key @param {'allowed' | 'denied'} word */
  async answer(key, word) {
    const found = this.#all().find((one) => one.key === key);
    if (!found) return;
    const { client, consent } = found;
    if (consent.tab && word === 'allowed') {
      await this.give(client.clientId, consent.tab.chromeId);
      this.#forget((each) => each === consent);
    } else {
      this.#awaited = word === 'allowed' ? key : '';
      if (word === 'denied' || (await holds(consent.kind))) this.#settle(consent, word);
    }
  }

  /** The person answered the browser's own question with yes. @param {string[]} permissions */
  handleGranted(permissions) {
    const found = this.#all().find(({ key }) => key === this.#awaited);
    if (found && permissions.includes(found.consent.kind)) this.#settle(found.consent, 'allowed');
    else this.tidy();
  }

  /** Gives back what the browser let the extension see and no agent is allowed to. */
  async tidy() {
    for (const kind of OPTIONAL) {
      if (!this.#isWanted(kind) && (await holds(kind)) && !this.#isWanted(kind)) {
        await chrome.permissions.remove({ permissions: [kind] });
      }
    }
  }

  /** A tab shows another page: what is asked for is shown as it is. @param {number} chromeId @param {{url?: string, title?: string}} change */
  handleUpdated(chromeId, { url, title }) {
    const asked = this.#all().filter(({ consent }) => consent.tab?.chromeId === chromeId);
    if (asked.length === 0 || (url === undefined && title === undefined)) return;
    for (const { consent } of asked) Object.assign(/** @type {TabAsked} */ (consent.tab), url && { url }, title && { title });
    this.#changed();
  }

  /** A tab is gone, or somebody's. @param {number} chromeId */
  handleTabGone(chromeId) {
    this.#forget(({ tab }) => tab?.chromeId === chromeId);
  }

  /** @param {Consent} consent @param {'allowed' | 'denied'} word */
  #settle(consent, word) {
    this.#awaited = '';
    consent.state = word;
    this.#changed();
    this.tidy();
  }

  /** @param {Optional} kind */
  #isWanted(kind) {
    return this.#all().some(({ key, consent }) => consent.kind === kind && (consent.state === 'allowed' || key === this.#awaited));
  }

  /** @param {string} clientId */
  #of(clientId) {
    return this.store.clients.get(clientId)?.consents ?? [];
  }

  /** @param {string} clientId @param {Pick<Consent, 'kind' | 'tab'>} what */
  #ask(clientId, what) {
    const client = this.store.clients.get(clientId);
    /** @type {Consent} */
    const consent = { ...what, state: 'asked', askedAt: Date.now() };
    if (client) client.consents = [...(client.consents ?? []), consent];
    this.#changed();
    return consent;
  }

  /** @param {(consent: Consent) => boolean} picks */
  #forget(picks) {
    if (!this.#all().some(({ consent }) => picks(consent))) return;
    for (const client of this.store.clients.values()) client.consents = client.consents?.filter((each) => !picks(each));
    this.#changed();
  }

  #all() {
    return [...this.store.clients.values()].flatMap(consentsOf);
  }

  #changed() {
    this.store.save();
    this.onChange();
  }
}

/** What a client asked for. @param {ClientRecord} client @returns {Named[]} */
export function consentsOf(client) {
  return (client.consents ?? []).map((consent) => {
    const which = consent.tab ? ` ${consent.tab.chromeId}` : '';
    return { key: `${consent.kind}${which} ${client.clientId}`, client, consent };
  });
}

/** Whether the browser lets the extension see that. @param {Kind} kind @returns {Promise<boolean>} */
async function holds(kind) {
  return !isOptional(kind) || chrome.permissions.contains({ permissions: [kind] });
}

/** Whether the browser asks the person, too. @param {Kind} kind @returns {kind is Optional} */
export function isOptional(kind) {
  return OPTIONAL.some((each) => each === kind);
}

/** @param {string} tool @param {Consent} consent */
function refused(tool, { kind, state }) {
  const wish = WISHES[kind];
  if (state === 'denied') {
    const fix = 'Go on without it; only they can allow it, in the popup of the Tabmux extension.';
    return new ToolFailure('not_permitted', `The person does not allow you to ${wish}.`, fix);
  }
  return new ToolFailure(
    'not_permitted',
    `The person has not allowed you to ${wish} yet; the popup of the Tabmux extension asks them.`,
    `Ask the person to open it with the Tabmux button in the browser's toolbar and to press Allow, then call ${tool} again.`,
  );
}

function tooMany() {
  const message = `You have asked the person for ${MOST_TABS} tabs that they have not answered for.`;
  return new ToolFailure('not_permitted', message, 'Wait for their word in the popup of the Tabmux extension, then ask for more.');
}

/** @type {Record<Kind, string>} What an agent may not do without consent. */
const WISHES = {
  tabs: 'see which tabs they have open',
  tab: 'work in that tab',
  history: 'search their browsing history',
  bookmarks: 'search their bookmarks',
};
/** @type {Optional[]} */
const OPTIONAL = ['history', 'bookmarks'];
/** How many tabs an agent can ask for at a time: the popup must stay readable. */
const MOST_TABS = 3;
/** How many tabs are remembered that an agent was denied. */
const MOST_REMEMBERED = 50;
