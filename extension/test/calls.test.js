import assert from 'node:assert/strict';
import test from 'node:test';
import { Calls, stopped } from '../lib/calls.js';
import { ProtocolError } from '../lib/errors.js';
import { Groups } from '../lib/groups.js';
import { Journal } from '../lib/journal.js';
import { Sessions } from '../lib/sessions.js';
import { Store } from '../lib/store.js';
import { Tabs } from '../lib/tabs.js';
import { fakeChrome } from './chrome.js';

let minted = 0;

test('calls on one tab run in order, and those on different tabs at the same time', async () => {
  const { calls } = await fresh();
  const order = [];
  const run = (client, name, ms) => calls.handle(call({ client, args: { ms, done: () => order.push(name) } }));
  await Promise.all([run('a', 'a1', 30), run('a', 'a2', 0), run('b', 'b1', 0)]);
  assert.deepEqual(order, ['b1', 'a1', 'a2']);
});

test('two first calls of a client share the tab that is opened', async () => {
  const { calls, store } = await fresh();
  await Promise.all([calls.handle(call({})), calls.handle(call({}))]);
  assert.deepEqual([...store.tabs.keys()], ['t1']);
});

test("a call on another client's tab is refused even when a hub forwards it", async () => {
  const { calls } = await fresh();
  await calls.handle(call({ client: 'a' }));
  assert.equal(code(await calls.handle(call({ client: 'b', tab: 't1' }))), 'not_yours');
});

test('each call ends by its deadline, says what it waited for, and frees the tab', async () => {
  const { calls } = await fresh();
  const stuck = calls.handle(call({ tool: 'stuck', deadlineMs: 40 }));
  const next = calls.handle(call({}));
  assert.equal(code(await stuck), 'timeout');
  assert.match((await stuck).error.message, /while waiting for the moon/);
  assert.ok('result' in (await next));
});

test('a call in the line can run into its deadline, too, and holds nobody up', async () => {
  const { calls } = await fresh();
  const first = calls.handle(call({ tool: 'stuck', deadlineMs: 200 }));
  const second = calls.handle(call({ deadlineMs: 30 }));
  const third = calls.handle(call({}));
  assert.match((await second).error.message, /waiting for earlier calls on tab t1/);
  assert.equal(code(await first), 'timeout');
  assert.ok('result' in (await third));
});

test('a cancelled call is answered at once and stops its handler', async () => {
  const { calls } = await fresh();
  const params = call({ tool: 'stuck' });
  const answer = calls.handle(params);
  await settle();
  calls.cancel(params.callId);
  assert.equal(code(await answer), 'cancelled');
  assert.equal(params.args.signal.aborted, true);
  calls.cancel(params.callId);
});

test('a call that is sent twice is done once, while it runs and afterwards', async () => {
  const { calls } = await fresh();
  let runs = 0;
  const params = call({ args: { ms: 20, done: () => (runs += 1) } });
  const [first, second] = await Promise.all([calls.handle(params), calls.handle({ ...params, resend: true })]);
  const third = await calls.handle({ ...params, resend: true });
  assert.deepEqual([first, third], [second, second]);
  assert.equal(runs, 1);
});

test('the mark of an acting call is written before it acts', async () => {
  const { calls, chrome } = await fresh();
  let marked = false;
  const params = call({});
  params.args.done = () => {
    marked = chrome.storage.session.items.has(`call:${params.callId}`);
  };
  await calls.handle(params);
  assert.equal(marked, true);
});

test('an open dialog is reported by every other tool of the tab, at once', async () => {
  const { calls, sessions, store } = await fresh();
  await calls.handle(call({}));
  const session = sessions.of(store.tabs.get('t1'));
  const stuck = calls.handle(call({ tool: 'stuck' }));
  await settle();
  session.handleEvent('Page.javascriptDialogOpening', { type: 'confirm', message: 'Sure?' });
  assert.equal(code(await stuck), 'dialog_open');
  const answer = await calls.handle(call({}));
  assert.equal(code(answer), 'dialog_open');
  assert.match(answer.error.message, /A confirm dialog is open in tab t1 with the text "Sure\?"/);
  assert.match(answer.error.data.fix, /browser_handle_dialog/);
  assert.ok('result' in (await calls.handle(call({ tool: 'dialog' }))));
  assert.ok('result' in (await calls.handle(call({ client: 'b' }))), 'other tabs go on');
  session.handleEvent('Page.javascriptDialogClosed', {});
  assert.ok('result' in (await calls.handle(call({}))));
});

test('the tools that only read do not open a tab, and unknown ones are named', async () => {
  const { calls, store } = await fresh();
  assert.equal(code(await calls.handle(call({ tool: 'read', readOnly: true }))), 'no_tab');
  assert.equal(code(await calls.handle(call({ tool: 'toString' }))), 'extension_too_old');
  assert.equal(store.tabs.size, 0);
});

test('a tool that looks at no tab with its arguments neither opens one nor waits for one', async () => {
  const { calls, store } = await fresh();
  assert.ok('result' in (await calls.handle(call({ tool: 'sometimes', args: { tabless: true } }))));
  assert.equal(store.tabs.size, 0);
});

test('while the person has stopped all agents every call says so', async () => {
  const { calls, store } = await fresh();
  store.stopped = true;
  assert.equal(code(await calls.handle(call({}))), 'stopped');
});

test('the agent is told once that its tab was opened again, unless it goes to another page anyway', async () => {
  const { calls, store } = await fresh();
  await calls.handle(call({}));
  const record = store.tabs.get('t1');
  Object.assign(record, { url: 'http://site/', reopened: 'http://site/' });
  const told = await calls.handle(call({}));
  assert.deepEqual([code(told), 'result' in (await calls.handle(call({})))], ['tab_reopened', true]);
  assert.match(told.error.message, /tab t1 .* opened again at http:\/\/site\//);
  record.reopened = 'blob:1';
  const answer = await calls.handle(call({ tool: 'anyPage' }));
  assert.match(answer.result.content[1].text, /opened again at http:\/\/site\/\. It showed blob:1/);
  assert.equal(record.reopened, undefined);
});

test('an outcome that is not known is answered with a look at the page, if it shows itself', async () => {
  const { calls } = await fresh({ look: async () => '- URL: http://site/' });
  const lost = call({ resend: true, bootId: 'another' });
  const answer = await calls.handle(lost);
  assert.equal(code(answer), 'outcome_unknown');
  assert.match(answer.error.data.fix, /as it stands.*:\n- URL: http:\/\/site\/$/);
  const detached = await calls.handle(call({ tool: 'detached' }));
  assert.match(detached.error.data.fix, /- URL: http:\/\/site\/$/);
  const blind = await fresh({ look: () => Promise.reject(new Error('gone')) });
  assert.match((await blind.calls.handle(lost)).error.data.fix, /browser_snapshot/);
});

test('of a large answer of an acting call its outcome is kept, and a look takes its place', async () => {
  const first = await fresh();
  const large = call({ tool: 'large' });
  assert.equal((await first.calls.handle(large)).result.content[0].text.length, 20_000);
  const { calls } = await fresh({ chrome: first.chrome, look: async () => '- URL: http://site/' });
  const again = await calls.handle({ ...large, resend: true });
  assert.match(again.error.message, /was carried out/);
  assert.match(again.error.data.fix, /- URL: http:\/\/site\/$/);
});

for (const [when, kept, expected] of /** @type {[string, (kept: any) => any, string][]} */ ([
  ['before its mark was written', () => null, 'done again'],
  ['after its mark was written', () => ({ at: 1 }), 'outcome_unknown'],
  ['after it acted', () => ({ at: 1 }), 'outcome_unknown'],
  ['after its answer was kept', (mark) => mark, 'done'],
])) {
  test(`a call that is sent again after the worker died ${when}: ${expected}`, async () => {
    const { chrome, calls } = await fresh();
    let runs = 0;
    const params = call({ args: { done: () => (runs += 1) }, bootId: (await Store.load()).bootId });
    await calls.handle(params);
    const key = `call:${params.callId}`;
    const mark = kept(chrome.storage.session.items.get(key));
    chrome.storage.session.items.delete(key);
    if (mark) chrome.storage.session.items.set(key, mark);
    const next = await fresh({ chrome });
    const answer = await next.calls.handle({ ...params, resend: true });
    assert.equal(runs, expected === 'done again' ? 2 : 1);
    assert.equal(code(answer) ?? answer.result.content[0].text, expected === 'done again' ? 'done' : expected);
  });
}

test('a call of before a reload of the extension is unknown, and one that reads is run', async () => {
  const { chrome, calls, store } = await fresh();
  const params = call({ bootId: store.bootId });
  await calls.handle(params);
  chrome.storage.session.items.clear();
  const next = await fresh({ chrome });
  assert.equal(code(await next.calls.handle({ ...params, resend: true })), 'outcome_unknown');
  const reading = call({ tool: 'sometimes', args: { tabless: true }, readOnly: true, bootId: store.bootId, resend: true });
  assert.ok('result' in (await next.calls.handle(reading)));
});

test('a session that a frame takes away with it is there again for the call that waits for the page', async () => {
  const { chrome, calls, sessions, store } = await fresh();
  await calls.handle(call({}));
  const { chromeId } = store.tabs.get('t1');
  const stuck = calls.handle(call({ tool: 'stuck' }));
  await settle();
  let attached = 0;
  chrome.debugger.attach = async () => {
    attached += 1;
  };
  sessions.handleDetach({ tabId: chromeId }, 'target_closed');
  await settle();
  assert.deepEqual([attached, sessions.of({ chromeId }).attached], [1, true]);
  calls.stop(stopped(), () => true);
  await stuck;
  sessions.handleDetach({ tabId: chromeId }, 'target_closed');
  await settle();
  assert.equal(attached, 1, 'a tab without a call waits for the next one');
});

test('a command that meets no session is sent again, unless the person ended the session', async () => {
  const chrome = fakeChrome();
  const tab = await chrome.tabs.create({});
  let failure = null;
  const sessions = new Sessions(() => (failure = stopped()), () => failure);
  const session = sessions.of({ chromeId: tab.id });
  await session.attach();
  const { sendCommand } = chrome.debugger;
  for (const reason of ['target_closed', 'canceled_by_user']) {
    let isLost = true;
    chrome.debugger.sendCommand = async (target, method, params) => {
      if (isLost && method === 'Input.dispatchMouseEvent') throw new Error('Debugger is not attached to the tab.');
      return sendCommand(target, method, params);
    };
    const sent = session.send('Input.dispatchMouseEvent', {});
    await settle();
    isLost = false;
    sessions.handleDetach({ tabId: tab.id }, reason);
    if (reason === 'target_closed') await sent;
    else await assert.rejects(sent, { code: 'stopped' });
  }
  const inputs = chrome.debugger.commands.filter(([method]) => method.startsWith('Input.'));
  assert.equal(inputs.length, 1);
});

test('a call whose command ends before the person is known to have stopped it is told of the person', async () => {
  const { chrome, calls, sessions, store } = await fresh();
  await calls.handle(call({}));
  const { chromeId } = store.tabs.get('t1');
  const { sendCommand } = chrome.debugger;
  const told = [];
  sessions.onCancel = () => calls.stop(stopped(), () => true);
  for (const reason of ['canceled_by_user', 'target_closed']) {
    chrome.debugger.sendCommand = async (target, method, params) => {
      if (method === 'Runtime.evaluate') throw new Error('{"code":-32000,"message":"Detached while handling command."}');
      return sendCommand(target, method, params);
    };
    const answer = calls.handle(call({ tool: 'acts', readOnly: false }));
    await settle();
    chrome.debugger.sendCommand = sendCommand;
    sessions.handleDetach({ tabId: chromeId }, reason);
    told.push(code(await answer));
  }
  assert.deepEqual(told, ['stopped', 'outcome_unknown']);
});

test('an error that is not a failure of ours becomes one with a next step', async () => {
  const { calls } = await fresh();
  const answer = await calls.handle(call({ tool: 'broken' }));
  assert.equal(code(answer), 'page_refused');
  assert.ok(answer.error.data.fix);
});

test('an answer that the full memory cannot keep is given all the same', async () => {
  const { chrome, calls } = await fresh();
  const { set } = chrome.storage.session;
  chrome.storage.session.set = async (values) => {
    if (Object.values(values).some((value) => value?.answer)) throw new Error('quota exceeded');
    await set(values);
  };
  const answer = await calls.handle(call({}));
  assert.equal(answer.result.content[0].text, 'done');
});

test('no tab is attached to once the person has stopped all agents, not even one that was about to be', async () => {
  const chrome = fakeChrome();
  const tab = await chrome.tabs.create({});
  let failure = null;
  const log = [];
  chrome.debugger.attach = async () => {
    log.push('attach');
    failure = stopped();
  };
  chrome.debugger.detach = async () => {
    log.push('detach');
  };
  const session = new Sessions(() => {}, () => failure).of({ chromeId: tab.id });
  await assert.rejects(session.attach(), { code: 'stopped' });
  await assert.rejects(session.attach(), { code: 'stopped' });
  assert.deepEqual(log, ['attach', 'detach']);
});

async function fresh({ chrome = fakeChrome(), look } = {}) {
  const store = await Store.load();
  const sessions = new Sessions(() => {});
  const listener = { onEvent() {}, onLost() {}, onDiscarded() {}, mayOpen: () => true };
  const tabs = new Tabs({ store, sessions, groups: new Groups(), listener });
  const journal = new Journal(chrome.storage.session, store);
  await journal.load();
  const calls = new Calls({ tools: TOOLS, store, journal, tabs, sessions, look, progress() {} });
  return { chrome, store, sessions, tabs, calls };
}

const TOOLS = {
  work: { run: work, tab: 'opens' },
  read: { run: work, tab: 'existing' },
  sometimes: { run: work, tab: 'opens', tabless: ({ tabless }) => Boolean(tabless) },
  dialog: { run: work, tab: 'existing', underDialog: true, atOnce: true },
  broken: {
    run: async () => {
      throw new RangeError('broken');
    },
    tab: 'opens',
  },
  anyPage: { run: work, tab: 'opens', anyPage: true },
  large: { run: async () => [{ type: 'text', text: 'x'.repeat(20_000) }], tab: 'opens' },
  detached: {
    run: async () => {
      throw new ProtocolError('Input.dispatchMouseEvent', 'Detached while handling command.');
    },
    tab: 'opens',
  },
  acts: { run: async (call) => call.send('Runtime.evaluate', {}), tab: 'opens' },
  stuck: {
    run: async (call) => {
      call.args.signal = call.signal;
      call.note('waiting for the moon');
      return call.race(new Promise(() => {}));
    },
    tab: 'opens',
  },
};

async function work(call) {
  await new Promise((resolve) => setTimeout(resolve, call.args.ms ?? 0));
  call.args.done?.();
  return [{ type: 'text', text: 'done' }];
}

function call({ client = 'a', tool = 'work', args = {}, ...more }) {
  minted += 1;
  const time = Date.now().toString(16).padStart(12, '0');
  const callId = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(minted).padStart(12, '0')}`;
  return { callId, clientId: client, label: client, colour: 'blue', tool, args, readOnly: false, deadlineMs: 5_000, ...more };
}

function code(answer) {
  return answer.error?.data?.code;
}

function settle() {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
