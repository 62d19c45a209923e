// Compares what the page scripts say of a page with Chromium's own accessibility tree, node by node.
import { Page } from '../../lib/page.js';

/**
 * What the two trees of a tab's frames do not agree on: one line each, `part: ours | theirs`, with the part that
 * differs (`role`, `name`, `states`, `value`, `description`, `only ours`, `only theirs`).
 *
 * @param {import('./browser.js').Tab} tab
 */
export async function differences(tab) {
  const call = tab.call();
  try {
    const page = new Page(call);
    const found = [];
    let compared = 0;
    for (const frame of await page.frames()) {
      const ours = await ourNodes(tab, page, frame);
      const theirs = await theirNodes(tab, frame);
      found.push(...differ(ours, theirs));
      compared += ours.size;
    }
    return { found, compared };
  } finally {
    call.finish();
  }
}

/** @param {Map<number, any>} ours @param {Map<number, any>} theirs */
function differ(ours, theirs) {
  const found = [];
  for (const [id, our] of ours) {
    const their = theirs.get(id);
    const told = `${our.role} ${JSON.stringify(our.name)}`;
    if (!their) {
      if (our.role !== 'generic') found.push(`only ours: ${told}`);
      continue;
    }
    if (our.role === 'generic' && !COMPARED.has(their.role)) continue;
    if (our.role !== their.role) found.push(`role: ${told} | ${their.role} ${JSON.stringify(their.name)}`);
    if (our.shown && our.name !== their.name) found.push(`name: ${told} | ${JSON.stringify(their.name)}`);
    for (const part of ['states', 'value', 'description'])
      if (our[part] !== their[part]) found.push(`${part}: ${told} ${our[part]} | ${their[part]}`);
  }
  for (const [id, { role, name }] of theirs)
    if (!ours.has(id) && COMPARED.has(role)) found.push(`only theirs: ${role} ${JSON.stringify(name)}`);
  return found;
}

/** @returns {Promise<Map<number, any>>} by the node's number in the browser */
async function ourNodes(tab, page, frame) {
  await page.run(frame, 'snapshot', { budget: 10_000 });
  const { contextId, sessionId } = frame;
  const options = { contextId, expression: COLLECT };
  const { result } = await page.call.send('Runtime.evaluate', options, sessionId);
  const { result: properties } = await page.call.send(
    'Runtime.getProperties',
    { objectId: result.objectId, ownProperties: true },
    sessionId,
  );
  const told = properties.find(({ name }) => name === 'told');
  const nodes = JSON.parse(told.value.value);
  const list = properties.find(({ name }) => name === 'elements');
  const { result: elements } = await page.call.send(
    'Runtime.getProperties',
    { objectId: list.value.objectId, ownProperties: true },
    sessionId,
  );
  const ids = await Promise.all(
    nodes.map(async (_, i) => {
      const { objectId } = elements.find(({ name }) => name === String(i)).value;
      return (await page.call.send('DOM.describeNode', { objectId }, sessionId)).node.backendNodeId;
    }),
  );
  return new Map(nodes.map((node, i) => [ids[i], node]));
}

/** @returns {Promise<Map<number, any>>} by the node's number in the browser */
async function theirNodes(tab, frame) {
  const { frameId, sessionId } = frame;
  const { nodes } = await tab.session.send('Accessibility.getFullAXTree', { frameId }, sessionId);
  const found = new Map();
  for (const node of nodes) {
    if (node.ignored || node.backendDOMNodeId === undefined) continue;
    const role = ROLES[node.role.value] ?? node.role.value;
    const properties = Object.fromEntries((node.properties ?? []).map(({ name, value }) => [name, value.value]));
    found.set(node.backendDOMNodeId, {
      role,
      name: plain(node.name?.value ?? ''),
      states: statesOf(role, properties),
      value: VALUED.has(role) ? plain(String(node.value?.value ?? '')) : '',
      description: plain(node.description?.value ?? ''),
    });
  }
  return found;
}

/** Chromium's properties in the words of a snapshot. @param {string} role @param {Record<string, any>} properties */
function statesOf(role, properties) {
  const states = [];
  const { checked, pressed, expanded, invalid, level } = properties;
  if (checked === 'true' || checked === true) states.push('checked');
  if (checked === 'mixed') states.push('checked=mixed');
  if (properties.disabled) states.push('disabled');
  if (expanded !== undefined) states.push(expanded ? 'expanded' : 'expanded=false');
  if (level && LEVELLED.has(role)) states.push(`level=${level}`);
  if (pressed === 'true') states.push('pressed');
  if (pressed === 'mixed') states.push('pressed=mixed');
  if (properties.selected) states.push('selected');
  if (properties.required) states.push('required');
  if (invalid && invalid !== 'false') states.push('invalid');
  if (properties.readonly) states.push('readonly');
  if (properties.focused) states.push('focused');
  return states.join(' ');
}

/** @param {string} text */
function plain(text) {
  return text.replace(/\s+/g, ' ').trim();
}

const VALUED = new Set(['textbox', 'searchbox', 'combobox', 'slider', 'spinbutton', 'progressbar', 'meter', 'scrollbar']);

/** Runs in the page scripts' world. */
const COLLECT = `(() => {
  const t = __tabmux;
  t.active = t.focused();
  const nodes = [...t.nodesOf(t.walk(t.root()))].filter((node) => node.element && node.role && node.role !== 'text');
  const told = nodes.map((node) => {
    const { role, name, later } = t.describeLine(node.element, node.bare === true);
    const states = [...t.statesOf(node.element, role).matchAll(/\\[(\\S+)\\]/g)].map((match) => match[1]);
    return {
      role,
      name,
      shown: !(node.bare && later),
      states: states.filter((state) => state !== 'current' && state !== 'active').join(' '),
      value: new Set(${JSON.stringify([...VALUED])}).has(role) ? t.lineOf(node).text : '',
      description: t.descriptionOf(node.element, role, name) ?? '',
    };
  });
  return { told: JSON.stringify(told), elements: nodes.map((node) => node.element) };
})()`;

/** What Chromium calls otherwise than the specifications. */
const ROLES = {
  Audio: 'audio',
  Canvas: 'canvas',
  ColorWell: 'textbox',
  Date: 'textbox',
  DateTime: 'textbox',
  DisclosureTriangle: 'button',
  DisclosureTriangleGrouped: 'button',
  Iframe: 'iframe',
  InputTime: 'textbox',
  Video: 'video',
  image: 'img',
};
const LEVELLED = new Set(['heading', 'treeitem', 'row']);
/** Roles that a snapshot must have if Chromium has them. */
const COMPARED = new Set(
  (
    'button checkbox combobox gridcell link listbox menuitem menuitemcheckbox menuitemradio option radio scrollbar ' +
    'searchbox slider spinbutton switch tab textbox treeitem heading banner complementary contentinfo form main ' +
    'navigation region search table grid treegrid row cell columnheader rowheader img video audio iframe dialog ' +
    'alertdialog alert status log list listitem tree tablist tabpanel menu menubar toolbar radiogroup tooltip ' +
    'article feed figure progressbar meter separator group application'
  ).split(' '),
);
