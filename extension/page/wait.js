// Waiting for text, by what changes on the page.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

  /** Styles can change what is visible without a mutation: a look at least so often, in milliseconds. */
  const LOOK_MS = 250;
  /** A look takes at most one part in this many of the page's time. */
  const SHARE = 5;

  let stop = () => {};

  /** Whether the text is visible in this frame. */
  t.hasText = ({ text }) => t.visibleText(t.root()).includes(t.clean(text));

  /** Waits for at most `ms` until the text is visible, or is not (`gone`): whether it came to that. */
  t.waitText = ({ text, gone, ms }) => {
    stop();
    return new Promise((resolve) => {
      const end = (/** @type {boolean} */ came) => {
        observer.disconnect();
        clearTimeout(timer);
        clearTimeout(limit);
        resolve(came);
      };
      let timer = 0;
      let restUntil = 0;
      const look = () => {
        clearTimeout(timer);
        const began = performance.now();
        if (t.hasText({ text }) !== gone) return end(true);
        const ended = performance.now();
        restUntil = ended + (ended - began) * SHARE;
        timer = setTimeout(look, LOOK_MS + (ended - began) * SHARE);
      };
      const observer = new MutationObserver(() => {
        const rest = restUntil - performance.now();
        clearTimeout(timer);
        if (rest <= 0) look();
        else timer = setTimeout(look, rest);
      });
      const limit = setTimeout(end, ms, false);
      stop = () => end(false);
      observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
      look();
    });
  };

  /** Ends the wait that is running. */
  t.stopWaiting = () => {
    stop();
    stop = () => {};
  };
})();
