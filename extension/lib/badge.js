import { TOOLBAR } from './words.js';

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
 * @property {import('../protocol.d.ts').Control} control Whether a person lets it work.
 * @property {number[]} tabs Their ids in Chromium.
 * @property {Given[]} given What the person allowed or denied it.
 * @property {TabAsked[]} claimed The tabs that the person gave it.
 */

/** Shows the truth on the toolbar: green with the number of agents, or red. @param {View} view */
export async function showBadge(view) {
  const agents = view.clients.filter((client) => client.connected);
  const [text, color, title] = look(view, agents.length, agents.filter(isHeld).length);
  await Promise.all([
    chrome.action.setBadgeText({ text }),
    chrome.action.setBadgeBackgroundColor({ color }),
    chrome.action.setBadgeTextColor({ color: '#ffffff' }),
    chrome.action.setTitle({ title }),
  ]);
}

/** Whether a person paused or stopped an agent. @param {Pick<ClientView, 'control'>} client */
export function isHeld({ control }) {
  return control !== 'running';
}

/** @param {View} view @param {number} agents @param {number} held How many of them the person holds. @returns {[string, string, string]} */
function look({ connected, stopped, reserve, problem, asks: [ask] }, agents, held) {
  if (!connected) return ['!', RED, TOOLBAR.disconnected(problem)];
  if (stopped) return ['II', AMBER, TOOLBAR.stopped];
  if (reserve) return ['R', AMBER, TOOLBAR.reserve(reserve)];
  if (ask) return ['?', AMBER, TOOLBAR.asked(ask.label)];
  const says = TOOLBAR.connected(agents, held);
  if (held > 0 && held === agents) return ['II', AMBER, says];
  return [String(agents), GREEN, says];
}

/** White text on each of these has a contrast of at least 4.5. */
const GREEN = '#1a7f37';
const RED = '#c62828';
const AMBER = '#9a5b00';
