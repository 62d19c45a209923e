import { button, element, keyed, mark, paint, setText, withText } from './dom.js';

/**
 * @import {Ask, Given} from '../lib/badge.js'
 * @import {Kind} from '../lib/consents.js'
 *
 * The person's word, on its way to the worker.
 * @typedef {(message: {type: 'allow' | 'deny', key: string}) => void} Say
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
    setText(element('waiting'), asks.length === 1 ? '1 request waits.' : `${asks.length} requests wait.`);
    const list = element('asks');
    const before = [...list.children];
    keyed(list, asks, keyOf, (ask) => this.#row(ask), showRow);
    [...list.children].forEach((row, at) => row !== before[at] && protect(row));
  }

  /** @param {Ask} ask */
  #row({ key }) {
    const item = document.createElement('li');
    const line = withText('p', '');
    const answers = document.createElement('div');
    answers.className = 'answers';
    const allow = button('Allow', () => allow.ariaDisabled === 'true' || this.say({ type: 'allow', key }));
    answers.append(allow, button('Deny', () => this.say({ type: 'deny', key })));
    item.append(line, answers);
    line.append(mark(), withText('bdi', ''), withText('span', ''));
    describe(item, line, key);
    return item;
  }
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

/** How a list of what an agent was allowed or denied makes its rows, and shows them. @param {Say} say @returns {[(given: Given) => HTMLElement, (item: HTMLElement, given: Given) => void]} */
export function givenRow(say) {
  /** @param {Given} given */
  const make = ({ key }) => {
    const item = document.createElement('li');
    const text = withText('span', '');
    text.className = 'label';
    const change = button('', () => say({ type: item.dataset.state === 'allowed' ? 'deny' : 'allow', key }));
    item.append(text, change);
    describe(item, text, key);
    return item;
  };
  /** @param {HTMLElement} item @param {Given} given */
  const show = (item, { kind, state }) => {
    const [text, change] = /** @type {HTMLElement[]} */ ([...item.children]);
    const isAllowed = state === 'allowed';
    item.dataset.state = state;
    setText(text, `${isAllowed ? 'May' : 'May not'} ${WORDS[kind]}`);
    setText(change, isAllowed ? 'Revoke' : 'Allow');
  };
  return [make, show];
}

/** @param {HTMLElement} item @param {Ask} ask */
function showRow(item, { kind, label, colour }) {
  const [colourOf, name, wish] = /** @type {HTMLElement[]} */ ([...(item.firstElementChild?.children ?? [])]);
  paint(colourOf, colour);
  setText(name, label);
  setText(wish, ` asks to ${WORDS[kind]}.`);
}

/** A button alone does not say what it allows: its row does, for who hears it. @param {HTMLElement} item @param {HTMLElement} text @param {string} key */
function describe(item, text, key) {
  text.id = `text ${key}`.replaceAll(' ', '-');
  for (const each of item.querySelectorAll('button')) each.setAttribute('aria-describedby', text.id);
}

/** @param {{key: string}} one */
function keyOf({ key }) {
  return key;
}

/** @type {Record<Kind, string>} What each consent is about, to the person. */
const WORDS = {
  tabs: 'see your open tabs: their titles and addresses',
};
/** @type {WeakMap<Element, object>} The last time that each row came to its place. */
const protectedSince = new WeakMap();
/** As long as browsers protect their own questions. */
const PROTECTED_MS = 500;
