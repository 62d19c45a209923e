/**
 * What became of a text: `+` before lines that came, `-` before lines that went, `~` before lines that are otherwise
 * under the same ref; above each group the line that it stands below.
 *
 * @param {string[]} before
 * @param {string[]} after
 * @returns {string[]} Empty if nothing changed.
 */
export function changes(before, after) {
  const steps = compare(before, after);
  const renewed = new Set(steps.flatMap(({ sign, line }) => (sign === '+' ? (refOf(line) ?? []) : [])));
  /** @type {Set<string>} */
  const gone = new Set(steps.flatMap(({ sign, line }) => (sign === '-' ? (refOf(line) ?? []) : [])));
  /** @type {string[]} */
  const out = [];
  /** The line below which the lines before stand. */
  let told = '';
  for (const { sign, line, at } of steps) {
    if (sign === ' ') continue;
    const ref = refOf(line);
    if (sign === '-' && ref && renewed.has(ref)) continue;
    const lines = sign === '-' ? before : after;
    const above = parentOf(lines, at, depthOf(line));
    // A line that came or went itself is told already.
    if (above >= 0 && lines[above] !== told && !steps.some((step) => step.sign === sign && step.at === above)) {
      told = lines[above];
      out.push(`  ${told}`);
    }
    out.push(`${sign === '+' && ref && gone.has(ref) ? '~' : sign} ${line}`);
  }
  return out;
}

/**
 * The steps from one list of lines to the other, by their longest common subsequence; `at` is the line's place in the
 * list that it is of.
 *
 * @param {string[]} before
 * @param {string[]} after
 */
function compare(before, after) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let [i, j] = [before.length, after.length];
  while (i > start && j > start && before[i - 1] === after[j - 1]) [i, j] = [i - 1, j - 1];
  const [rows, columns] = [i - start, j - start];
  // How long the longest common subsequence of the rests is, from each pair of places on.
  const longest = Array.from({ length: rows + 1 }, () => new Uint16Array(columns + 1));
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      const same = before[start + row] === after[start + column];
      longest[row][column] = same
        ? longest[row + 1][column + 1] + 1
        : Math.max(longest[row + 1][column], longest[row][column + 1]);
    }
  }
  /** @type {{sign: ' ' | '+' | '-', line: string, at: number}[]} */
  const steps = [];
  let [row, column] = [0, 0];
  while (row < rows || column < columns) {
    const at = start + column;
    if (row < rows && column < columns && before[start + row] === after[at]) {
      steps.push({ sign: ' ', line: after[at], at });
      [row, column] = [row + 1, column + 1];
    } else if (row < rows && (column === columns || longest[row + 1][column] >= longest[row][column + 1])) {
      steps.push({ sign: '-', line: before[start + row], at: start + row });
      row += 1;
    } else {
      steps.push({ sign: '+', line: after[at], at });
      column += 1;
    }
  }
  return steps;
}

/** The line of `lines` that a line of that depth at that place is below; -1 if there is none. @param {string[]} lines @param {number} at @param {number} depth */
function parentOf(lines, at, depth) {
  for (let above = Math.min(at, lines.length) - 1; above >= 0; above -= 1) if (depthOf(lines[above]) < depth) return above;
  return -1;
}

/** @param {string} line */
function depthOf(line) {
  return line.length - line.trimStart().length;
}

/** @param {string} line */
function refOf(line) {
  return / \[ref=((?:f\d+)?e\d+)\](?:: |$| \()/.exec(line)?.[1];
}
