// What a page is made to see: of the device, of its person, of the place and of the network.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { beforeEach, describe, it } from 'node:test';

import { deviceNamed } from '../../lib/devices.js';
import { handlers } from '../../tools/viewport.js';
import { onPages, waitUntil } from './browser.js';

onPages('a page that is made to see another', ({ browser, tab }) => {
  beforeEach(async () => {
    await tab.go(browser.page('<meta name=viewport content="width=device-width"><p>Here</p>'));
    await emulate({ reset: true });
  });

  it('device has its screen, touch and words, in its frames too', async () => {
    const frame = browser.page('<p>In</p>', '/in-device.html', 'localhost');
    await tab.evaluate(`document.body.innerHTML = '<iframe src="${frame}"></iframe>'; 1`);
    await waitUntil('the frame is there', () => tab.session.children.size === 1);
    const told = await emulate({ device: 'Pixel 8' });
    assert.match(told, /\n- Viewport: 412 x 915, 2\.625 device pixels for one of CSS, mobile\n- Touch: yes\n- User agent: Mozilla\/5\.0 \(Linux; Android 10; K\)/);
    const look = '[innerWidth, innerHeight, devicePixelRatio, navigator.maxTouchPoints, matchMedia("(pointer: coarse)").matches, /Android.*Mobile/.test(navigator.userAgent), navigator.userAgentData?.mobile]';
    assert.deepEqual(await tab.evaluate(look), [412, 915, 2.625, 5, true, true, true]);
    const [child] = tab.session.children.keys();
    const inFrame = await tab.session.send('Runtime.evaluate', { expression: 'navigator.userAgent' }, child);
    assert.match(inFrame.result.value, /Android 10; K/);
    // A frame that comes later, and the request for it.
    await tab.go(browser.page('<p>Again</p>'));
    await tab.evaluate(`document.body.innerHTML = '<iframe src="${frame}"></iframe>'; 1`);
    await waitUntil('the frame is there', () => tab.session.children.size === 1);
    assert.match(browser.asked['/in-device.html']['user-agent'], /Android 10; K/);
    const [later] = tab.session.children.keys();
    await waitUntil('the later frame sees it, too', async () => {
      const { result } = await tab.session.send('Runtime.evaluate', { expression: 'navigator.userAgent' }, later);
      return /Android 10; K/.test(result.value);
    });
  });

  it('every device of the table can be emulated', async () => {
    const schema = JSON.parse(await readFile(new URL('../../../docs/schema/tools.json', import.meta.url), 'utf8'));
    const { device } = schema.$defs.browser_emulate.properties;
    assert.ok(device.enum.length > 8);
    for (const name of device.enum) assert.ok(deviceNamed(name).userAgent.startsWith('Mozilla/5.0'), name);
  });

  it('language and time zone says so everywhere', async () => {
    await emulate({ locale: 'de-DE', timezone: 'Asia/Tokyo' });
    const look = '[navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone, new Date(0).getTimezoneOffset(), (1.5).toLocaleString()]';
    assert.deepEqual(await tab.evaluate(look), ['de-DE', 'Asia/Tokyo', -540, '1,5']);
    await tab.go(browser.page('<p>Next</p>', '/next-language.html'));
    assert.match(browser.asked['/next-language.html']['accept-language'], /^de-DE/);
    assert.deepEqual(await tab.evaluate(look), ['de-DE', 'Asia/Tokyo', -540, '1,5']);
    await emulate({ reset: true });
    await tab.go(browser.page('<p>After</p>'));
    assert.notEqual((await tab.evaluate(look))[1], 'Asia/Tokyo');
  });

  it('taste and medium matches its style sheets', async () => {
    const matches = (query) => tab.evaluate(`matchMedia(${JSON.stringify(query)}).matches`);
    const told = await emulate({ colorScheme: 'dark', reducedMotion: 'reduce', forcedColors: 'active', media: 'print' });
    assert.match(told, /- Media: print; prefers-color-scheme: dark; prefers-reduced-motion: reduce; forced-colors: active\n/);
    for (const query of ['(prefers-color-scheme: dark)', '(prefers-reduced-motion: reduce)', '(forced-colors: active)', 'print'])
      assert.equal(await matches(query), true, query);
    await emulate({ colorScheme: 'light', media: 'screen' });
    assert.deepEqual([await matches('(prefers-color-scheme: dark)'), await matches('print'), await matches('(forced-colors: active)')], [false, false, true]);
  });

  it('place is told it once it may know', async () => {
    await browser.send('Browser.grantPermissions', { permissions: ['geolocation'] });
    assert.match(await emulate({ latitude: 27.7, longitude: 85.3 }), /- Place: 27\.7, 85\.3, within 10 m\n- A page is told its place only if the person/);
    const look = 'new Promise((done, fail) => navigator.geolocation.getCurrentPosition(({ coords }) => done([coords.latitude, coords.longitude, coords.accuracy]), ({ message }) => done(message)))';
    assert.deepEqual(await tab.evaluate(look), [27.7, 85.3, 10]);
  });

  it('network goes offline, is slow, and is back', async () => {
    await emulate({ network: 'offline' });
    const fetches = `fetch('/asked?' + Math.random()).then(({ status }) => status, () => 'failed')`;
    assert.deepEqual([await tab.evaluate('navigator.onLine'), await tab.evaluate(fetches)], [false, 'failed']);
    await emulate({ network: 'slow-3g' });
    const took = `(async () => { const began = performance.now(); await ${fetches}; return performance.now() - began; })()`;
    assert.ok((await tab.evaluate(took)) >= 1_900);
    assert.match(await emulate({ network: 'none' }), /Nothing is emulated in this tab\./);
    assert.deepEqual([await tab.evaluate('navigator.onLine'), await tab.evaluate(fetches)], [true, 404]);
  });

  // How much longer a loop takes depends on what else the machine does, so that the browser's consent is looked at.
  it('processor has its scripts slowed down by the browser', async () => {
    const sent = [];
    const { sendCommand } = chrome.debugger;
    chrome.debugger.sendCommand = async (target, method, params) => {
      const answer = await sendCommand(target, method, params);
      if (method === 'Emulation.setCPUThrottlingRate') sent.push(params.rate);
      return answer;
    };
    assert.match(await emulate({ cpu: 4 }), /- Processor: 4 times slower\n/);
    await emulate({ cpu: 1 });
    chrome.debugger.sendCommand = sendCommand;
    assert.deepEqual(sent, [4, 1]);
  });

  it('all of it lasts through another session, and is listed when nothing is asked for', async () => {
    await emulate({ width: 500, height: 400, locale: 'fr-FR', timezone: 'Asia/Tokyo', colorScheme: 'dark', touch: true, network: 'offline', cpu: 2 });
    const listed = await emulate({});
    await tab.cut();
    const look = '[innerWidth, innerHeight, Intl.DateTimeFormat().resolvedOptions().timeZone, navigator.language, matchMedia("(prefers-color-scheme: dark)").matches, navigator.maxTouchPoints, navigator.onLine]';
    assert.deepEqual(await tab.evaluate(look), [500, 400, 'Asia/Tokyo', 'fr-FR', true, 5, false]);
    assert.equal(await emulate({}), listed);
    assert.match(listed, /- Viewport: 500 x 400\n- Touch: yes\n- Locale: fr-FR\n- Time zone: Asia\/Tokyo\n- Media: prefers-color-scheme: dark\n- Network: offline\n- Processor: 2 times slower$/);
    await tab.run(handlers.browser_resize, { width: 600, height: 700 });
    assert.match(await emulate({}), /- Viewport: 600 x 700\n- Touch: yes/);
    assert.match(await emulate({ reset: true }), /^Nothing is emulated in this tab\./);
    assert.deepEqual((await tab.evaluate(look)).slice(2), [Intl.DateTimeFormat().resolvedOptions().timeZone, 'en-US', false, 0, true]);
  });

  describe('and cannot be', () => {
    for (const [args, said] of [
      [{ width: 300 }, /`width` and `height` go together/],
      [{ latitude: 3 }, /`latitude` and `longitude` go together/],
      [{ locale: 'german!' }, /"german!" is no language tag/],
      [{ timezone: 'Europe/Nowhere' }, /"Europe\/Nowhere" is no time zone/],
      [{ userAgent: 'a\r\nb' }, /one line of ASCII/],
    ])
      it(`is refused: ${JSON.stringify(args)}`, async () => {
        await emulate({ width: 300, height: 400 });
        await assert.rejects(emulate({ ...args, reset: true }), (error) => error.code === 'bad_input' && said.test(error.message));
        assert.match(await emulate({}), /- Viewport: 300 x 400/);
      });
  });

  async function emulate(args) {
    return (await tab.run(handlers.browser_emulate, args))[0].text;
  }
});
