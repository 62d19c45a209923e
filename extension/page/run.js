// The door through which the worker calls the other page scripts; the last of them.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

  /**
   * Calls a function: `{value, next, ms}` with its result, where the numbering of refs stands, and the time it took.
   * `ranges` are the numbers that it may give; `strangers` says whether elements were met that may hide a shadow root.
   */
  t.run = (name, args, ranges) => {
    const began = performance.now();
    t.grant(ranges);
    const finish = (/** @type {any} */ value) => ({
      value: value ?? null,
      next: t.next(),
      strangers: t.hasStrangers(),
      ms: performance.now() - began,
    });
    const result = t[name](args);
    return result instanceof Promise ? result.then(finish) : finish(result);
  };
})();
