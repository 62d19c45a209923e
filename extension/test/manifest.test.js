import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import test from 'node:test';

const FOLDER = new URL('../', import.meta.url);
const manifest = JSON.parse(await readFile(new URL('manifest.json', FOLDER), 'utf8'));

test('the manifest keeps private windows out and asks for a Chromium that has what the extension needs', () => {
  assert.equal(manifest.incognito, 'not_allowed');
  assert.equal(manifest.minimum_chrome_version, '125');
  assert.equal(manifest.host_permissions, undefined, 'no site is read but through the debugger, which the person sees');
});

test('the manifest asks for no permission that nothing uses', async () => {
  const scripts = (await scriptsIn(FOLDER)).join('\n');
  // The native host is reached by a port of the runtime's.
  const users = { nativeMessaging: 'chrome.runtime.connectNative' };
  for (const permission of manifest.permissions) {
    const user = users[permission] ?? `chrome.${permission}`;
    assert.ok(scripts.includes(user), `${permission}: nothing calls ${user}`);
  }
});

test('what looks into the person\'s past is optional, and asked for at the click that allows it', async () => {
  assert.deepEqual(manifest.optional_permissions, ['bookmarks', 'history']);
  assert.equal(manifest.permissions.filter((each) => manifest.optional_permissions.includes(each)).length, 0);
  const popup = await readFile(new URL('popup/consents.js', FOLDER), 'utf8');
  assert.match(popup, /chrome\.permissions\.request/);
  const worker = await scriptsIn(new URL('lib/', FOLDER));
  assert.doesNotMatch(worker.join('\n'), /permissions\.request\(/, 'no agent can make the browser ask');
});

/** @param {URL} folder @returns {Promise<string[]>} */
async function scriptsIn(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const texts = entries.map(async (entry) => {
    if (entry.isDirectory()) return entry.name === 'test' ? [] : scriptsIn(new URL(`${entry.name}/`, folder));
    return entry.name.endsWith('.js') ? [await readFile(new URL(entry.name, folder), 'utf8')] : [];
  });
  return (await Promise.all(texts)).flat();
}
