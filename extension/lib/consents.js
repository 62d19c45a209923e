import { ToolFailure } from './errors.js';

/**
 * @import {Store, ClientRecord} from './store.js'
 *
 * @typedef {'tabs'} Kind What an agent can ask for: to see which tabs are open.
 *
 * Something of the person's that an agent asked for, and the person's word on it.
 * @typedef {object} Consent
 * @property {Kind} kind
 * @property {'asked' | 'allowed' | 'denied'} state
 * @property {number} askedAt When it was asked for, in milliseconds since the epoch.
 */

/**
 * What the person lets each agent have of their own. An agent asks by calling a tool; it is refused at once, and what it
 * asks for waits in the popup. The person's word holds for that agent as long as the agent is there.
 *
 * | state | event | next |
 * |---|---|---|
 * | none | the agent calls the tool | asked |
 * | asked | Allow in the popup | allowed |
 * | asked, allowed | Deny or Revoke in the popup | denied |
 * | denied | Allow in the popup | allowed |
 * | any | the agent is gone | none |
 */
export class Consents {
  /** @param {{store: Store, onChange(): void}} parts */
  constructor({ store, onChange }) {
    this.store = store;
    this.onChange = onChange;
  }

  /**
   * Returns if the person allows it; else the person is asked, once.
   *
   * @param {{clientId: string, tool: string}} call
   * @param {Kind} kind
   */
  need({ clientId, tool }, kind) {
    const { state } = this.#consent(clientId, kind);
    if (state !== 'allowed') throw refused(tool, kind, state);
  }

  /** What waits for the person's word, the oldest first. */
  asked() {
    const waiting = this.#all().filter(({ consent }) => consent.state === 'asked');
    return waiting.sort((a, b) => a.consent.askedAt - b.consent.askedAt);
  }

  /** The person's word on something that an agent asked for. @param {string} key @param {'allowed' | 'denied'} word */
  answer(key, word) {
    const found = this.#all().find((one) => one.key === key);
    if (!found) return;
    found.consent.state = word;
    this.#changed();
  }

  /** @param {string} clientId @param {Kind} kind */
  #consent(clientId, kind) {
    const client = this.store.clients.get(clientId);
    const known = client?.consents?.find((consent) => consent.kind === kind);
    if (known) return known;
    /** @type {Consent} */
    const consent = { kind, state: 'asked', askedAt: Date.now() };
    if (client) client.consents = [...(client.consents ?? []), consent];
    this.#changed();
    return consent;
  }

  #all() {
    return [...this.store.clients.values()].flatMap(consentsOf);
  }

  #changed() {
    this.store.save();
    this.onChange();
  }
}

/** What a client asked for, each with the name by which the popup speaks of it. @param {ClientRecord} client */
export function consentsOf(client) {
  return (client.consents ?? []).map((consent) => ({ key: `${consent.kind} ${client.clientId}`, client, consent }));
}

/** @param {string} tool @param {Kind} kind @param {Consent['state']} state */
function refused(tool, kind, state) {
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

/** @type {Record<Kind, string>} What an agent may not do without consent. */
const WISHES = {
  tabs: 'see which tabs they have open',
};
