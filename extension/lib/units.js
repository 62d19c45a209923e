/** A size in the unit that suits it: `12 B`, `1.2 kB`, `34 MB`. @param {number} bytes */
export function sizeOf(bytes) {
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  const digits = unit > 0 && size < 9.95 ? 1 : 0;
  return `${size.toFixed(digits)} ${UNITS[unit]}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB'];
