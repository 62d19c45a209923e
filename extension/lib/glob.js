/**
 * What tells whether an address fits a pattern: part of it, or with `*` the whole of it, where `*` stands for anything and
 * `{a,b}` for either. Without a scheme the beginning is free; without a `?` in the pattern a query does not count.
 *
 * @param {string} pattern
 * @returns {(url: string) => boolean}
 */
export function urlFits(pattern) {
  if (!pattern.includes('*')) return (url) => url.includes(pattern);
  const globs = alternatives(pattern).map((one) => (SCHEME.test(one) || one.startsWith('*') ? one : `*${one}`));
  return (url) => {
    const [bare] = pattern.includes('?') ? [url] : url.split(/[?#]/, 1);
    return globs.some((glob) => fits(url, glob) || fits(bare, glob));
  };
}

/** What `{a,b}` in a pattern stands for, a bounded number of times. @param {string} pattern @returns {string[]} */
function alternatives(pattern) {
  let found = [pattern];
  for (let round = 0; round < MOST_BRACES; round++) {
    const next = found.flatMap((one) => {
      const [whole, inner] = /\{([^{}]*)\}/.exec(one) ?? [];
      if (whole === undefined) return [one];
      return inner.split(',', MOST_ALTERNATIVES).map((word) => one.replace(whole, () => word));
    });
    found = next.slice(0, MOST_ALTERNATIVES);
  }
  return found;
}

/** Goes back to the last `*` only, so that no pattern takes long. @param {string} text @param {string} glob */
function fits(text, glob) {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < text.length; ) {
    if (glob[at] === '*') {
      star = at++;
      resume = i;
    } else if (at < glob.length && glob[at] === text[i]) {
      at += 1;
      i += 1;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  while (glob[at] === '*') at += 1;
  return at === glob.length;
}

const SCHEME = /^[a-z*{][a-z*+.-]*:\/\//i;
/** How many braces of a pattern count, and how many patterns it may stand for. */
const MOST_BRACES = 3;
const MOST_ALTERNATIVES = 100;
