import { ProtocolError, ToolFailure } from './errors.js';

/**
 * @import {Call} from './call.js'
 *
 * A cookie as the protocol and Playwright have it; `expires` in seconds since the epoch, -1 for the browser's session.
 * @typedef {object} Cookie
 * @property {string} name
 * @property {string} value
 * @property {string} domain
 * @property {string} path
 * @property {number} expires
 * @property {boolean} httpOnly
 * @property {boolean} secure
 * @property {'Strict' | 'Lax' | 'None'} [sameSite]
 * @property {object} [partitionKey] The protocol's own.
 */

/** The cookies of the site that a tab shows, and of no other: the profile is the person's. */
export class Cookies {
  /** @param {Call} call */
  constructor(call) {
    this.call = call;
    const { url } = call.session.document;
    if (!/^https?:/.test(url)) {
      const fix = 'Open a page of the site with browser_navigate first.';
      throw new ToolFailure('page_refused', 'The tab shows no page of a site, and cookies belong to sites.', fix);
    }
    this.url = new URL(url);
  }

  /** Those that the browser would send to the page's address or to its site's top. @returns {Promise<Cookie[]>} */
  async all() {
    const urls = [this.url.href, `${this.url.origin}/`];
    const { cookies } = await this.call.send('Network.getCookies', { urls });
    return cookies;
  }

  /** Sets one, on the page's own host if no domain is given. @param {Partial<Cookie> & {name: string, value: string}} cookie */
  async set({ domain, expires, ...cookie }) {
    if (domain !== undefined) this.own(domain);
    const ends = expires !== undefined && expires >= 0 ? { expires } : {};
    // Without a domain it is the host's alone.
    const shared = domain !== undefined && domain !== this.url.hostname ? { domain } : {};
    const params = { ...cookie, ...ends, ...shared, url: this.#urlFor(cookie.path) };
    try {
      const { success } = await this.call.send('Network.setCookie', params);
      if (success) return;
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.detached) throw error;
    }
    const fix = 'Check the name, the value and the attributes: a cookie that is secure needs https, for one.';
    throw new ToolFailure('bad_input', `The browser does not take the cookie ${JSON.stringify(cookie.name.slice(0, 100))}.`, fix);
  }

  /** @param {Cookie[]} cookies */
  async delete(cookies) {
    const { call } = this;
    const each = cookies.map(({ name, domain, path, partitionKey }) =>
      call.send('Network.deleteCookies', { name, domain, path, ...(partitionKey ? { partitionKey } : {}) }),
    );
    await Promise.all(each);
  }

  /** Refuses a domain that is not the page's own or above it. @param {string} domain */
  own(domain) {
    if (this.isOwn(domain)) return;
    const message = `${JSON.stringify(domain.slice(0, 100))} is another site than ${this.url.hostname}, which the tab shows: the cookies of other sites are the person's.`;
    throw new ToolFailure('not_permitted', message, 'Open a page of that site first, and ask the person if you are unsure.');
  }

  /** @param {string} domain */
  isOwn(domain) {
    const bare = domain.replace(/^\./, '').toLowerCase();
    const { hostname } = this.url;
    return hostname === bare || (!ADDRESS.test(hostname) && bare.includes('.') && hostname.endsWith(`.${bare}`));
  }

  /** @param {string} [path] */
  #urlFor(path) {
    return path?.startsWith('/') ? new URL(path, this.url.origin).href : this.url.href;
  }
}

/** A host without a name belongs to no domain. */
const ADDRESS = /^[\d.]+$|:/;
