import { ToolFailure } from './errors.js';

/**
 * A key as the debugging protocol wants it told.
 * @typedef {{key: string, code: string, keyCode: number, text: string, location: number}} Key
 *
 * A chord: the key, and the modifiers held down meanwhile.
 * @typedef {{key: Key, modifiers: string[]}} Chord
 */

/** The bits by which the protocol names the modifiers. @type {Record<string, number>} */
const BITS = { Alt: 1, Control: 2, Meta: 4, Shift: 8 };

/** Whether the machine's shortcuts go by the Command key. */
export const isMac = /mac/i.test(globalThis.navigator?.platform ?? '');

/** The modifier with which links open in a tab behind. */
export const openBehind = isMac ? 'Meta' : 'Control';

/** The sum of the modifiers' bits. @param {string[]} modifiers */
export function bitsOf(modifiers) {
  return modifiers.reduce((bits, name) => bits | BITS[modifierName(name)], 0);
}

/** A modifier by its own name: `ControlOrMeta` is the one that the machine's shortcuts use. @param {string} name */
export function modifierName(name) {
  return name === 'ControlOrMeta' ? openBehind : name;
}

/**
 * Reads a key or a chord such as `Enter`, `a`, `Control+Shift+A`, `ControlOrMeta+c`, `Control++`.
 *
 * @param {string} written
 * @returns {Chord}
 */
export function parseChord(written) {
  const parts = written.length > 1 ? written.split(/\+(?!$)/) : [written];
  const last = /** @type {string} */ (parts.pop());
  const modifiers = parts.map((part) => {
    const name = modifierName(ALIASES[part.toLowerCase()] ?? NAMES[part.toLowerCase()] ?? part);
    if (!(name in BITS))
      throw unknown(part, 'is not a modifier', 'Modifiers are Alt, Control, ControlOrMeta, Meta and Shift.');
    return name;
  });
  const shifted = modifiers.includes('Shift');
  const key = keyOf(
    last,
    shifted,
    modifiers.some((name) => name !== 'Shift'),
  );
  return { key, modifiers: [...new Set(modifiers)] };
}

/** The key that types a character; `null` for a character that no key of the layout types. @param {string} character */
export function keyFor(character) {
  if (character === '\n' || character === '\r') return named('Enter');
  if (character === '\t') return named('Tab');
  return printable(character);
}

/**
 * The events of pressing and releasing a key with modifiers, in order, as parameters of `Input.dispatchKeyEvent`.
 *
 * @param {Chord} chord
 * @returns {object[]}
 */
export function eventsOf({ key, modifiers }) {
  const events = [];
  let bits = 0;
  for (const name of modifiers) {
    bits |= BITS[name];
    events.push(eventOf('rawKeyDown', named(name), bits, ''));
  }
  const types = key.text !== '' && (bits & ~BITS.Shift) === 0;
  const down = eventOf(types ? 'keyDown' : 'rawKeyDown', key, bits, types ? key.text : '');
  const command = isMac && bits === BITS.Meta ? MAC_COMMANDS[key.key.toLowerCase()] : undefined;
  events.push(command ? { ...down, commands: [command] } : down);
  events.push(eventOf('keyUp', key, bits, ''));
  for (const name of [...modifiers].reverse()) {
    bits &= ~BITS[name];
    events.push(eventOf('keyUp', named(name), bits, ''));
  }
  return events;
}

/** @param {string} type @param {Key} key @param {number} modifiers @param {string} text */
function eventOf(type, { key, code, keyCode, location }, modifiers, text) {
  const event = { type, modifiers, key, code, windowsVirtualKeyCode: keyCode, nativeVirtualKeyCode: keyCode, location };
  return text ? { ...event, text, unmodifiedText: text } : event;
}

/** @param {string} written @param {boolean} shifted @param {boolean} inShortcut @returns {Key} */
function keyOf(written, shifted, inShortcut) {
  const name = modifierName(ALIASES[written.toLowerCase()] ?? NAMES[written.toLowerCase()] ?? written);
  if (name in NAMED || name in BITS) return named(name);
  if ([...written].length !== 1) {
    throw unknown(
      written,
      'is not a key',
      'Use a character or a DOM key name such as Enter, Tab, Escape, ArrowDown, PageUp or F5.',
    );
  }
  // A shortcut's letter is the unshifted one unless Shift is held, as a keyboard would send it.
  const character = shifted ? shift(written) : inShortcut ? written.toLowerCase() : written;
  return printable(character) ?? { key: character, code: '', keyCode: 0, text: character, location: 0 };
}

/** @param {string} character */
function shift(character) {
  const at = PLAIN.indexOf(character);
  return at >= 0 ? SHIFTED[at] : character.toUpperCase();
}

/** @param {string} character @returns {Key | null} */
function printable(character) {
  const make = (/** @type {string} */ code, /** @type {number} */ keyCode) => ({
    key: character,
    code,
    keyCode,
    text: character,
    location: 0,
  });
  if (/^[a-z]$/i.test(character)) return make(`Key${character.toUpperCase()}`, character.toUpperCase().charCodeAt(0));
  if (character === ' ') return make('Space', 32);
  const at = PLAIN.includes(character) ? PLAIN.indexOf(character) : SHIFTED.indexOf(character);
  if (at < 0 || character === '') return null;
  const [code, keyCode] = PUNCTUATION[PLAIN[at]] ?? [`Digit${PLAIN[at]}`, PLAIN.charCodeAt(at)];
  return make(code, keyCode);
}

/** @param {string} name @returns {Key} */
function named(name) {
  const [keyCode, text = '', code = name, location = 0] = NAMED[name];
  return { key: name === 'Space' ? ' ' : name, code, keyCode, text, location };
}

/** @param {string} written @param {string} problem @param {string} fix */
function unknown(written, problem, fix) {
  return new ToolFailure('bad_input', `${JSON.stringify(written.slice(0, 40))} ${problem}.`, fix);
}

/** The characters of a US keyboard without Shift, and with it, in the same order. */
const PLAIN = "1234567890`-=[]\\;',./";
const SHIFTED = '!@#$%^&*()~_+{}|:"<>?';
/** @type {Record<string, [string, number]>} */
const PUNCTUATION = {
  '`': ['Backquote', 192],
  '-': ['Minus', 189],
  '=': ['Equal', 187],
  '[': ['BracketLeft', 219],
  ']': ['BracketRight', 221],
  '\\': ['Backslash', 220],
  ';': ['Semicolon', 186],
  "'": ['Quote', 222],
  ',': ['Comma', 188],
  '.': ['Period', 190],
  '/': ['Slash', 191],
};
/** Key code, text, code where it differs from the name, and location. @type {Record<string, [number, string?, string?, number?]>} */
const NAMED = {
  Alt: [18, '', 'AltLeft', 1],
  ArrowDown: [40],
  ArrowLeft: [37],
  ArrowRight: [39],
  ArrowUp: [38],
  Backspace: [8],
  CapsLock: [20],
  ContextMenu: [93],
  Control: [17, '', 'ControlLeft', 1],
  Delete: [46],
  End: [35],
  Enter: [13, '\r'],
  Escape: [27],
  Home: [36],
  Insert: [45],
  Meta: [91, '', 'MetaLeft', 1],
  PageDown: [34],
  PageUp: [33],
  Pause: [19],
  Shift: [16, '', 'ShiftLeft', 1],
  Space: [32, ' '],
  Tab: [9],
  ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`F${i + 1}`, [112 + i]])),
};
/** Names in other spellings than the DOM's. @type {Record<string, string>} */
const ALIASES = {
  ctrl: 'Control',
  cmd: 'Meta',
  command: 'Meta',
  win: 'Meta',
  option: 'Alt',
  esc: 'Escape',
  return: 'Enter',
  del: 'Delete',
  up: 'ArrowUp',
  down: 'ArrowDown',
  left: 'ArrowLeft',
  right: 'ArrowRight',
  pgup: 'PageUp',
  pgdn: 'PageDown',
  spacebar: 'Space',
  controlormeta: 'ControlOrMeta',
};
/** The names in lower case. @type {Record<string, string>} */
const NAMES = Object.fromEntries(Object.keys(NAMED).map((name) => [name.toLowerCase(), name]));
/** What the keyboard shortcuts of macOS edit with: the system, not the page, knows them. @type {Record<string, string>} */
const MAC_COMMANDS = { a: 'selectAll', c: 'copy', v: 'paste', x: 'cut', z: 'undo' };
