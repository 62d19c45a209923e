// What the document has loaded, as the browser's own record has it.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

  /** The last `most` of them: when each began, in milliseconds since the epoch, its type, status, size and time. */
  t.loads = (/** @type {{most: number}} */ { most }) => {
    const [own, resources] = ['navigation', 'resource'].map((kind) => performance.getEntriesByType(kind));
    return [...own, ...resources].slice(-most).map((entry) => {
      const { name, initiatorType, responseStatus, startTime, duration, transferSize } = /** @type {any} */ (entry);
      const at = performance.timeOrigin + startTime;
      return { at, url: name.slice(0, 2000), type: initiatorType, status: responseStatus, ms: duration, bytes: transferSize };
    });
  };
})();
