/**
 * @import {Consent, TabAsked} from './consents.js'
 *
 * What an agent asked for and the person's word on it, as the popup shows it.
 * @typedef {Pick<Consent, 'kind' | 'state' | 'tab'> & {key: string}} Given
 *
 * @typedef {Given & {label: string, colour: string}} Ask
 *
 * What the toolbar's button and the popup show.
 * @typedef {object} View
 * @property {boolean} connected
 * @property {boolean} stopped Whether the person stopped all agents.
 * @property {import('../protocol.d.ts').ActiveBrowser | null} reserve The browser that agents use, while this one waits.
 * @property {{message: string, fix: string} | null} problem Why there is no connection.
 * @property {{offered: boolean, busy: boolean, problem: {message: string, fix: string} | null}} pairing Whether a
 *   pairing code can be tried, is being tried, and why the last one was of no use.
 * @property {Ask[]} asks What waits for the person's word, the oldest first.
 * @property {ClientView[]} clients
 *
 * @typedef {object} ClientView
 * @property {string} clientId
 * @property {string} label
 * @property {string} colour
 * @property {boolean} connected
 * @property {number[]} tabs Their ids in Chromium.
 * @property {Given[]} given What the person allowed or denied it.
 * @property {TabAsked[]} claimed The tabs that the person gave it.
 */

/** Shows the truth on the toolbar: green with the number of agents, or red. @param {View} view */
export async function showBadge(view) {
  const agents = view.clients.filter((client) => client.connected).length;
  const [text, color, title] = look(view, agents);
  await Promise.all([
    chrome.action.setBadgeText({ text }),
    chrome.action.setBadgeBackgroundColor({ color }),
    chrome.action.setBadgeTextColor({ color: '#ffffff' }),
    chrome.action.setTitle({ title }),
  ]);
}

/** @param {View} view @param {number} agents @returns {[string, string, string]} */
function look(view, agents) {
  if (!view.connected) return ['!', RED, `Tabmux: not connected. ${view.problem?.message ?? ''}`.trim()];
  if (view.stopped) return ['II', AMBER, 'Tabmux: all agents are stopped'];
  if (view.reserve) return ['R', AMBER, `Tabmux: in reserve, agents use ${named(view.reserve)}`];
  const [ask] = view.asks;
  if (ask) return ['?', AMBER, `Tabmux: ${ask.label} asks you for something`];
  return [String(agents), GREEN, `Tabmux: connected, ${agents} ${agents === 1 ? 'agent' : 'agents'}`];
}

/** The browser that is in use, as the person may know it. @param {import('../protocol.d.ts').ActiveBrowser} browser */
export function named({ name, pid }) {
  return `${name ?? 'another browser'}${pid ? ` (process ${pid})` : ''}`;
}

/** White text on each of these has a contrast of at least 4.5. */
const GREEN = '#1a7f37';
const RED = '#c62828';
const AMBER = '#9a5b00';
