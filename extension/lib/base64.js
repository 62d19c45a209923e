/** A text's bytes of UTF-8 in base64. @param {string} text */
export function base64Of(text) {
  const bytes = new TextEncoder().encode(text);
  const pieces = [];
  for (let at = 0; at < bytes.length; at += PIECE) pieces.push(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  return btoa(pieces.join(''));
}

/** So many arguments a function can take. */
const PIECE = 10_000;
