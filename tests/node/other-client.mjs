// An MCP client that is not ours (the npm SDK) on a real `tabmux mcp`: rounds of navigate, snapshot, type, click and
// evaluate, each checked to be of its own page. Called by tests/tests/other_clients.rs with the executable, the site's
// address, the client's word and the number of rounds.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const [executable, site, word, rounds] = process.argv.slice(2);
const client = new Client({ name: `npm ${word}`, version: '1.0.0' });
await client.connect(new StdioClientTransport({ command: executable, args: ['mcp', '--label', word], env: process.env, stderr: 'ignore' }));

const { tools } = await client.listTools();
if (!tools.some((tool) => tool.name === 'browser_snapshot')) throw new Error('browser_snapshot is not listed');

/** Calls a tool and returns its text; an error result throws. */
async function call(name, args = {}) {
  const result = await client.callTool({ name, arguments: args });
  const text = result.content.map((block) => block.text ?? '').join('\n');
  if (result.isError) throw new Error(`${name}: ${text}`);
  return text;
}

/** The ref in the first line that holds the part. */
function refOf(page, part) {
  const line = page.split('\n').find((candidate) => candidate.includes(part) && candidate.includes('[ref='));
  if (!line) throw new Error(`no ${part} in:\n${page}`);
  return line.match(/\[ref=([^\]]+)\]/)[1];
}

for (let round = 0; round < Number(rounds); round += 1) {
  await call('browser_navigate', { url: `${site}/page/order` });
  const page = await call('browser_snapshot');
  await call('browser_type', { element: 'Name', ref: refOf(page, 'textbox "Name"'), text: `${word} ${round}` });
  await call('browser_click', { element: 'As a gift', ref: refOf(page, 'checkbox "As a gift"') });
  const value = await call('browser_evaluate', { function: '() => [document.forms[0].name.value, document.forms[0].gift.checked]' });
  const expected = `### Result\n["${word} ${round}",true]`;
  if (value !== expected) throw new Error(`expected ${expected}, got ${value}`);
}
await client.close();
console.log(`${rounds} rounds`);
