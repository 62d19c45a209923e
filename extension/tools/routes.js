import { text } from '../lib/answer.js';
import { ToolFailure } from '../lib/errors.js';
import { bytesOf } from '../lib/parts.js';
import { lineOf } from '../lib/routes.js';

/**
 * @import {Call} from '../lib/call.js'
 * @import {Context, Tool} from '../lib/calls.js'
 * @import {Route} from '../lib/routes.js'
 */

/** @type {Record<string, Tool['run']>} Changes what the pages of a client's tabs ask for. */
export const handlers = {
  browser_route: async (call, context) => {
    const route = routeOf(call.args);
    const others = routesOf(call, context).filter(({ pattern }) => pattern !== route.pattern);
    const routes = [...others, route];
    if (bytesOf(JSON.stringify(routes)) > MOST_BYTES) {
      const message = `The routes of an agent hold ${MOST_BYTES / 1_000} kB at most, bodies included.`;
      throw new ToolFailure('bad_input', message, 'Remove some with browser_unroute, or give a smaller body.');
    }
    await set(call, context, routes);
    return told(`Requests of your tabs that fit ${route.pattern} change from here on.`, routes);
  },

  browser_unroute: async (call, context) => {
    const { pattern } = call.args;
    const routes = routesOf(call, context);
    const left = pattern === undefined ? [] : routes.filter((route) => route.pattern !== pattern);
    if (pattern !== undefined && left.length === routes.length) {
      const message = `You have no route for ${JSON.stringify(pattern.slice(0, 200))}.`;
      throw new ToolFailure('bad_input', message, 'List yours with browser_route_list.');
    }
    await set(call, context, left);
    return told(`Removed ${routes.length - left.length} of your routes.`, left);
  },

  browser_route_list: async (call, context) => {
    const routes = routesOf(call, context);
    return told(routes.length > 0 ? 'Your routes, of which the last that fits counts:' : 'You have no routes.', routes);
  },
};

/** @param {Call['args']} args @returns {Route} */
function routeOf({ pattern, action, status, body, contentType, headers = [], removeHeaders = '' }) {
  const mocks = status !== undefined || body !== undefined || contentType !== undefined;
  const given = headers.map(parse);
  const removed = removeHeaders.split(',').map((/** @type {string} */ name) => name.trim().toLowerCase()).filter(Boolean);
  const changes = given.length > 0 || removed.length > 0;
  const meant = action ?? (mocks ? 'mock' : changes ? 'headers' : '');
  if (pattern.trim() === '') throw bad('The pattern is empty.');
  if (meant === '') throw bad('It is not said what becomes of the requests.');
  if (meant !== 'mock' && mocks) throw bad(`\`status\`, \`body\` and \`contentType\` belong to action=mock, and not to ${meant}.`);
  if (meant === 'headers' && !changes) throw bad('No header is given to add or to remove.');
  if (meant === 'block') return { pattern, action: meant, headers: [] };
  if (meant === 'headers') return { pattern, action: meant, headers: given, removed };
  const typed = given.some((/** @type {[string, string]} */ [name]) => name.toLowerCase() === 'content-type');
  const type = contentType ?? (typed ? undefined : usualType(body ?? ''));
  const all = type === undefined ? given : [...given, parse(`Content-Type: ${type}`)];
  return { pattern, action: 'mock', status: status ?? 200, body: body ?? '', headers: all };
}

/** `Name: value` in two. @param {string} header @returns {[string, string]} */
function parse(header) {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*([\t\x20-\x7e\x80-\uffff]*)$/.exec(header) ?? [];
  if (name === undefined) throw bad(`${JSON.stringify(header.slice(0, 100))} is no header.`);
  return [name, value.trim()];
}

/** @param {string} body */
function usualType(body) {
  if (/^\s*[[{]/.test(body)) return 'application/json; charset=utf-8';
  return /^\s*</.test(body) ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8';
}

/** @param {Call} call @param {Context} context */
function routesOf(call, { tabs }) {
  return tabs.store.clients.get(call.clientId)?.routes ?? [];
}

/** Writes the routes down, and holds requests in every tab of the client by them. @param {Call} call @param {Context} context @param {Route[]} routes */
async function set(call, { tabs, sessions }, routes) {
  const client = tabs.store.clients.get(call.clientId);
  if (client) client.routes = routes;
  call.note('waiting for your tabs to take the routes');
  const own = tabs.list(call.clientId).map((record) => sessions.of(record));
  await call.race(Promise.all([tabs.store.save(), ...own.map((session) => session.attached && session.interception.apply())]));
}

/** @param {string} sentence @param {Route[]} routes */
function told(sentence, routes) {
  return [text([sentence, ...routes.map((route) => `- ${lineOf(route).slice(0, LONGEST_LINE)}`)].join('\n').slice(0, LONGEST))];
}

/** @param {string} message */
function bad(message) {
  const fix =
    'Call browser_route with pattern and action=block, with status, body or contentType for an answer, or with headers such as "Name: value".';
  return new ToolFailure('bad_input', message, fix);
}

/** What the routes of a client may hold: they are written down with everything that must last. */
const MOST_BYTES = 500_000;
const LONGEST_LINE = 300;
const LONGEST = 9_000;
