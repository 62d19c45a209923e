// What the page keeps in its local or session storage.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

  /**
   * Does something with one of the two (`area`: local or session): `{entries}` of what is there, or `{problem}`.
   *
   * @param {{area: string, action: string, key?: string, value?: string, entries?: {name: string, value: string}[]}} how
   */
  t.keep = ({ area, action, key = '', value = '', entries = [] }) => {
    try {
      const storage = area === 'session' ? sessionStorage : localStorage;
      if (action === 'clear') storage.clear();
      else if (action === 'delete') storage.removeItem(key);
      else if (action === 'set') storage.setItem(key, value);
      else if (action === 'load') for (const entry of entries) storage.setItem(entry.name, entry.value);
      const names = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? '');
      const wanted = action === 'get' ? names.filter((name) => name === key) : names;
      return { origin: location.origin, entries: wanted.map((name) => ({ name, value: storage.getItem(name) ?? '' })) };
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  };
})();
