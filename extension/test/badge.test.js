import assert from 'node:assert/strict';
import test from 'node:test';
import { showBadge } from '../lib/badge.js';
import { fakeChrome } from './chrome.js';

const GREEN = '#1a7f37';
const AMBER = '#9a5b00';
const RED = '#c62828';
const AGENT = { label: 'alice', colour: 'blue', connected: true, control: 'running', tabs: 1 };

test('the toolbar is green with the number of agents, and of nothing else', async () => {
  assert.deepEqual(await shown({}), ['0', GREEN, 'Tabmux: connected, 0 agents']);
  const clients = [AGENT, { ...AGENT, connected: false }];
  assert.deepEqual(await shown({ clients }), ['1', GREEN, 'Tabmux: connected, 1 agent']);
});

test('the toolbar is red without a connection, whatever else holds', async () => {
  const problem = { message: 'No hub runs.', fix: '' };
  const reserve = { name: 'Chromium 1' };
  assert.deepEqual(await shown({ connected: false, stopped: true, reserve, problem }), ['!', RED, 'Tabmux: not connected. No hub runs.']);
});

test('the toolbar is amber while agents are stopped, or use another browser', async () => {
  assert.deepEqual(await shown({ stopped: true }), ['II', AMBER, 'Tabmux: all agents are stopped']);
  const reserve = { name: 'Chromium 1', pid: 7 };
  assert.deepEqual(await shown({ reserve }), ['R', AMBER, 'Tabmux: in reserve, agents use Chromium 1 (process 7)']);
});

test('the toolbar counts the agents that the person holds, and is amber when that is all of them', async () => {
  const [paused, stopped] = [{ ...AGENT, control: 'paused' }, { ...AGENT, control: 'stopped' }];
  const clients = [AGENT, paused, stopped];
  assert.deepEqual(await shown({ clients }), ['3', GREEN, 'Tabmux: connected, 3 agents, 2 paused or stopped']);
  assert.deepEqual(await shown({ clients: [paused] }), ['II', AMBER, 'Tabmux: connected, 1 agent, 1 paused or stopped']);
});

test('the toolbar says that an agent asks for something, unless there is worse', async () => {
  const asks = [{ key: 'tabs a', kind: 'tabs', state: 'asked', label: 'alice', colour: 'blue' }];
  assert.deepEqual(await shown({ asks }), ['?', AMBER, 'Tabmux: alice asks you for something']);
  assert.equal((await shown({ asks, connected: false }))[0], '!');
  assert.equal((await shown({ asks, stopped: true }))[0], 'II');
});

async function shown(view) {
  const chrome = fakeChrome();
  const said = {};
  chrome.action = {
    setBadgeText: async ({ text }) => (said.text = text),
    setBadgeBackgroundColor: async ({ color }) => (said.color = color),
    setBadgeTextColor: async () => {},
    setTitle: async ({ title }) => (said.title = title),
  };
  const pairing = { offered: false, busy: false, problem: null };
  await showBadge({ connected: true, stopped: false, reserve: null, problem: null, asks: [], clients: [], pairing, ...view });
  return [said.text, said.color, said.title];
}
