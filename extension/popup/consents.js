import { isOptional } from '../lib/consents.js';
import { ALLOW, asksTo, CONSENTS, DENY, GIVEN, requests } from '../lib/words.js';
import { button, describe, element, keyed, mark, paint, setText, withText } from './dom.js';

/**
 * @import {Ask, Given} from '../lib/badge.js'
 * @import {TabAsked} from '../lib/consents.js'
 *
 * The person's word, on its way to the worker.
 * @typedef {(message: {type: 'allow' | 'deny', key: string} | {type: 'take', chromeId: number}) => void} Say
 *
 * What an agent was allowed or denied, or a tab that it was given.
 * @typedef {Omit<Given, 'state'> & {state: Given['state'] | 'claimed'}} Row
 */

/** What agents ask for, each with Allow and Deny. */
export class Asks {
  /** @param {Say} say */
  constructor(say) {
    this.say = say;
  }

  /** @param {Ask[]} asks The oldest first. */
  show(asks) {
    element('asked').hidden = asks.length === 0;
    setText(element('waiting'), requests(asks.length));
    const list = element('asks');
    const before = [...list.children];
    keyed(list, asks, keyOf, (ask) => this.#row(ask), showRow);
    [...list.children].forEach((row, at) => row !== before[at] && protect(row));
  }

  /** @param {Ask} ask */
  #row(ask) {
    const { key } = ask;
    const item = document.createElement('li');
    const line = withText('p', '');
    const answers = document.createElement('div');
    answers.className = 'answers';
    const allow = button(ALLOW, () => allow.ariaDisabled === 'true' || letIt(ask, this.say));
    answers.append(allow, button(DENY, () => this.say({ type: 'deny', key })));
    item.append(line, answers);
    line.append(mark(), withText('bdi', ''), withText('span', ''), withText('bdi', ''));
    describe(item, line, key);
    return item;
  }
}

/** The person allows it; of some things the browser asks them, too, and only while their hand is on the button. @param {Pick<Given, 'key' | 'kind'>} given @param {Say} say */
function letIt({ key, kind }, say) {
  say({ type: 'allow', key });
  if (!isOptional(kind)) return;
  const granted = chrome.permissions.request({ permissions: [kind] });
  granted.catch(() => false).then((isGranted) => isGranted || say({ type: 'deny', key }));
}

/** An agent chooses when it asks: what comes under a mouse that is about to press, or presses twice, is not pressed. @param {Element} row */
function protect(row) {
  const [allow] = row.getElementsByTagName('button');
  allow.ariaDisabled = 'true';
  const moment = {};
  protectedSince.set(row, moment);
  setTimeout(() => {
    if (protectedSince.get(row) === moment) allow.ariaDisabled = 'false';
  }, PROTECTED_MS);
}

/**
 * A row of what an agent was allowed, denied or given, with the button that changes that.
 *
 * @param {Row} row
 * @param {Say} say
 */
export function newGiven({ key, kind }, say) {
  const item = document.createElement('li');
  const line = withText('span', '');
  line.className = 'label';
  line.append(withText('span', ''), withText('bdi', ''));
  const change = button('', () => {
    const { state, chromeId } = item.dataset;
    if (state === 'claimed') say({ type: 'take', chromeId: Number(chromeId) });
    else if (state === 'allowed') say({ type: 'deny', key });
    else letIt({ key, kind }, say);
  });
  item.append(line, change);
  describe(item, line, key);
  return item;
}

/** @param {HTMLElement} item @param {Row} row */
export function showGiven(item, { kind, state, tab }) {
  const [line, change] = /** @type {HTMLElement[]} */ ([...item.children]);
  const [may, subject] = /** @type {HTMLElement[]} */ ([...line.children]);
  Object.assign(item.dataset, { state, chromeId: tab?.chromeId });
  setText(may, `${GIVEN[state].may} ${CONSENTS[kind]}`);
  setText(subject, tab ? shown(tab) : '');
  setText(change, GIVEN[state].change);
}

/** A tab that the person gave an agent, as a row. @param {TabAsked} tab @returns {Row} */
export function claim(tab) {
  return { key: `claimed ${tab.chromeId}`, kind: 'tab', state: 'claimed', tab };
}

/** @param {HTMLElement} item @param {Ask} ask */
function showRow(item, { kind, label, colour, tab }) {
  const [colourOf, name, wish, subject] = /** @type {HTMLElement[]} */ ([...(item.firstElementChild?.children ?? [])]);
  paint(colourOf, colour);
  setText(name, label);
  setText(wish, asksTo(kind));
  const words = tab ? shown(tab) : '';
  if (subject.textContent === words) return;
  setText(subject, words);
  // The tab has gone to another page: what the person read a moment ago is not what they would allow.
  protect(item);
}

/** A tab by its page's words, which may be of any length and none. @param {TabAsked} tab */
function shown({ title, url }) {
  const words = title.slice(0, LONGEST);
  return `${words} (${url.length > LONGEST ? `${url.slice(0, LONGEST)}...` : url})`;
}

/** @param {{key: string}} one */
function keyOf({ key }) {
  return key;
}

/** How much of a title, and of an address, is shown. */
const LONGEST = 80;
/** @type {WeakMap<Element, object>} The last time that each row came to its place. */
const protectedSince = new WeakMap();
/** As long as browsers protect their own questions. */
const PROTECTED_MS = 500;
