/** Lets the calls on one tab through one at a time, in the order of their arrival; different tabs do not wait for each other. */
export class Queue {
  /** @type {Map<string, Promise<void>>} The end of the last call in each line. */
  #tails = new Map();

  /**
   * Stands in the line of `key`.
   *
   * @param {string} key
   * @returns {{turn: Promise<void>, leave: () => void}} `turn` resolves when it is the caller's; `leave` lets the next
   *   one through, and may be called before the turn came.
   */
  enter(key) {
    const before = this.#tails.get(key) ?? Promise.resolve();
    /** @type {() => void} */
    let leave = () => {};
    const left = new Promise((resolve) => {
      leave = () => resolve(undefined);
    });
    const tail = before.then(() => left).then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    this.#tails.set(key, tail);
    return { turn: before, leave };
  }
}
