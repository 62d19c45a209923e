import { changes } from './diff.js';

/**
 * @import {Call} from './call.js'
 * @import {Session} from './session.js'
 * @import {Choice} from './view.js'
 *
 * A snapshot that later ones can be compared with.
 * @typedef {{asked: string, lines: string[]}} Base
 */

/** What tells snapshots apart that show different parts. @param {string} ref @param {Choice} choice */
export function askedFor(ref, { level, viewport, depth }) {
  return JSON.stringify([ref, level, viewport, depth]);
}

/** Names a snapshot, and keeps it to be compared with. @param {Call} call @param {Base} made */
export async function keep(call, made) {
  const bases = basesOf(call.session);
  const name = await call.race(call.numbers.name('s'));
  bases.set(name, made);
  for (const oldest of bases.keys()) {
    if (bases.size <= BASES_KEPT) break;
    bases.delete(oldest);
  }
  return name;
}

/** What became of the page since a snapshot, with what is said of it; without lines if that is not known. @param {Call} call @param {string} name @param {Base} made @returns {{note: string, lines?: string[]}} */
export function since(call, name, made) {
  const base = basesOf(call.session).get(name);
  const shown = JSON.stringify(name.slice(0, 20));
  if (!base) return { note: `Base: no snapshot ${shown} of this tab is kept any more; the whole page follows` };
  if (base.asked !== made.asked) return { note: `Base: ${shown} was asked for otherwise; the whole page follows` };
  if (base.lines.length * made.lines.length > MOST_COMPARED) return { note: `Base: ${shown} is too large to compare` };
  const lines = changes(base.lines, made.lines);
  if (lines.length === 0) return { note: `Base: ${name}`, lines: ['(Nothing changed.)'] };
  return { note: `Base: ${name}; its lines are + added, - removed, ~ changed, below those that they stand in`, lines };
}

/** @type {WeakMap<Session, Map<string, Base>>} */
const kept = new WeakMap();

/** @param {Session} session */
function basesOf(session) {
  const bases = kept.get(session) ?? new Map();
  kept.set(session, bases);
  return bases;
}

/** How many snapshots of a tab can be compared with. */
const BASES_KEPT = 10;
/** Two snapshots are compared line by line, each with each, up to this many pairs. */
const MOST_COMPARED = 4_000_000;
