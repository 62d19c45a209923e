import assert from 'node:assert/strict';
import test from 'node:test';
import { address } from '../tools/navigate.js';

test('an address without a scheme is meant as https, and as http on this machine', () => {
  const cases = {
    'example.com': 'https://example.com/',
    'example.com:8443/a?b#c': 'https://example.com:8443/a?b#c',
    'localhost:3000': 'http://localhost:3000/',
    'app.localhost/x': 'http://app.localhost/x',
    '127.0.0.1:8080/x': 'http://127.0.0.1:8080/x',
    '[::1]:8080/': 'http://[::1]:8080/',
    '//example.com/x': 'https://example.com/x',
    ' http://example.com/ ': 'http://example.com/',
    'HTTPS://Example.com': 'https://example.com/',
    'about:blank': 'about:blank',
    'localhost.example.com': 'https://localhost.example.com/',
  };
  for (const [given, meant] of Object.entries(cases)) assert.equal(address(given), meant, given);
});

test('addresses that reach beyond the web are refused', () => {
  const refused = ['file:///etc/passwd', 'chrome://settings', 'javascript:alert(1)', 'data:text/html,x', 'ftp://a/b',
    'view-source:https://a', 'JavaScript:alert(1)', 'chrome-extension://addlobmlgdpkpehflhegckmabdnaooep/popup.html',
    'about:settings', 'blob:https://a/b', 'filesystem:https://a/b', 'mailto:a@b'];
  for (const given of refused) assert.throws(() => address(given), { code: 'page_refused' }, given);
});

test('what is no address at all is bad input', () => {
  for (const given of ['', 'not a url', 'http://', 'https:// /']) {
    assert.throws(() => address(given), { code: 'bad_input' }, given);
  }
});
