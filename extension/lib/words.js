/**
 * What the toolbar's button and the popup say, in English; a page of ours has no words of its own.
 *
 * @import {ActiveBrowser, Control} from '../protocol.d.ts'
 * @import {Kind} from './consents.js'
 * @import {Problem} from './native.js'
 * @typedef {{connected: boolean, stopped: boolean, reserve: ActiveBrowser | null, problem: Problem | null}} State
 */

/** @type {Record<string, string>} The words of the popup that never change, by the `data-words` of their elements. */
export const FIXED = {
  title: 'Tabmux',
  code: 'Pair with a code',
  how: 'Run "tabmux pair" in a terminal and paste the code that it prints.',
  pair: 'Pair',
  asking: 'Asked of you',
  agents: 'Agents',
  none: 'No agent is connected.',
  give: 'Give this tab to',
  giveIt: 'Give',
  used: ' works in this tab.',
  take: 'Take it back',
  stop: 'Stop all agents',
  resume: 'Resume',
  connect: 'Connect',
  use: 'Use this browser',
};

export const ALLOW = 'Allow';
export const DENY = 'Deny';

/** @type {Record<Kind, string>} What each consent is about; a tab's own words follow. */
export const CONSENTS = {
  tabs: 'see your open tabs: their titles and addresses',
  tab: 'work in your tab ',
  history: 'search your browsing history',
  bookmarks: 'search your bookmarks',
};

/** What an agent was told, and the button that changes it. */
export const GIVEN = {
  asked: { may: 'Asks to', change: ALLOW },
  allowed: { may: 'May', change: 'Revoke' },
  denied: { may: 'May not', change: ALLOW },
  claimed: { may: 'May', change: 'Take back' },
};

/** @param {Kind} kind */
export function asksTo(kind) {
  return ` asks to ${CONSENTS[kind]}`;
}

/** @param {State} state */
export function state({ connected, stopped, reserve, problem }) {
  if (!connected) return problem ? `Not connected. ${problem.message}` : 'Connecting to the hub.';
  const waits = reserve ? ` This browser waits in reserve. Agents use ${named(reserve)}.` : '';
  return `Connected.${waits}${stopped ? ' All agents are stopped.' : ''}`;
}

/** @param {boolean} busy @param {Problem | null} problem */
export function pairing(busy, problem) {
  if (busy) return 'Pairing.';
  return problem ? `Not paired. ${problem.message} ${problem.fix}` : '';
}

/** @param {number} count */
export function requests(count) {
  if (count === 0) return '';
  return count === 1 ? '1 request waits.' : `${count} requests wait.`;
}

/** @param {number} count */
export function tabs(count) {
  return count === 1 ? '1 tab' : `${count} tabs`;
}

/** What stands behind an agent's label. @param {boolean} connected @param {Control} control */
export function condition(connected, control) {
  const parts = [...(connected ? [] : ['away']), ...(control === 'running' ? [] : [control])];
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}

/** The button that changes whether an agent may work. @param {Control} control */
export function control(control) {
  return control === 'running' ? 'Pause' : 'Resume';
}

/** The browser that is in use, as the person may know it. @param {ActiveBrowser} browser */
export function named({ name, pid }) {
  return `${name ?? 'another browser'}${pid ? ` (process ${pid})` : ''}`;
}

/** What the toolbar's button says under the mouse, and to who hears it. */
export const TOOLBAR = {
  /** @param {Problem | null} problem */
  disconnected: (problem) => `Tabmux: not connected. ${problem?.message ?? ''}`.trim(),
  stopped: 'Tabmux: all agents are stopped',
  /** @param {ActiveBrowser} active */
  reserve: (active) => `Tabmux: in reserve, agents use ${named(active)}`,
  /** @param {string} label */
  asked: (label) => `Tabmux: ${label} asks you for something`,
  /** @param {number} agents @param {number} held */
  connected: (agents, held) => {
    const count = `${agents} ${agents === 1 ? 'agent' : 'agents'}`;
    return `Tabmux: connected, ${count}${held > 0 ? `, ${held} paused or stopped` : ''}`;
  },
};
