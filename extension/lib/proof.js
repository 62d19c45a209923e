/**
 * What both proofs of one connection are made over; the same text as in protocol/src/proof.rs.
 * @typedef {{kind: 'extension', authority: string, hubNonce: string, clientNonce: string}} Transcript
 */

/** Proves the knowledge of the extension's key, in both directions, without showing it (HMAC-SHA256). */
export class ProofKey {
  /** @param {CryptoKey} key */
  constructor(key) {
    this.key = key;
  }

  /** Reads a key of 64 hexadecimal characters. @param {string} hex @returns {Promise<ProofKey>} */
  static async fromHex(hex) {
    if (!/^[0-9a-f]{64}$/.test(hex)) throw new Error('a key is 64 hexadecimal characters in lower case');
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    return new ProofKey(await crypto.subtle.importKey('raw', fromHex(hex), algorithm, false, ['sign', 'verify']));
  }

  /** The proof of one side, in hex. @param {'hub' | 'peer'} side @param {Transcript} transcript */
  async prove(side, transcript) {
    return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', this.key, text(side, transcript))));
  }

  /** Whether that is the proof of that side, in constant time. @param {'hub' | 'peer'} side @param {Transcript} transcript @param {string} proof */
  async verify(side, transcript, proof) {
    if (!/^[0-9a-f]{64}$/.test(proof)) return false;
    return crypto.subtle.verify('HMAC', this.key, fromHex(proof), text(side, transcript));
  }
}

/** 32 random bytes in hex. */
export function drawNonce() {
  return toHex(crypto.getRandomValues(new Uint8Array(32)));
}

/** @param {'hub' | 'peer'} side @param {Transcript} transcript */
function text(side, { kind, authority, hubNonce, clientNonce }) {
  return new TextEncoder().encode([side, kind, authority, hubNonce, clientNonce].join('|'));
}

/** @param {string} hex @returns {Uint8Array<ArrayBuffer>} */
export function fromHex(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
