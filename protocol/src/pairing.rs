//! The pairing code: how an extension that no native host serves comes by its key, over a socket that anybody may
//! listen at.
//!
//! The person carries the code from the command line to the extension's popup. Both sides derive two things from it: an
//! id, by which the hub knows which code is meant, and a key, under which the hub seals the extension's own key. Who
//! listens or answers without the code learns the id, which opens nothing.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use hkdf::Hkdf;
use sha2::Sha256;

use crate::DEFAULT_PORT;
use crate::proof::Key;

/// A pairing code: 128 random bits, shown to the person in base32 (RFC 4648) and good for one pairing.
#[derive(Clone, PartialEq, Eq)]
pub struct PairingCode([u8; 16]);

/// What a sealed key is bound to: it opens in no other exchange.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// The authority that the extension dialled, as in its `Host` header: `127.0.0.1:9008`.
    pub authority: &'a str,
    /// The hub's nonce, as sent in its challenge.
    pub hub_nonce: &'a str,
    /// The extension's nonce, as sent with the code's id.
    pub nonce: &'a str,
}

/// Says that a text is not a pairing code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a pairing code is 26 letters and digits, such as `tabmux pair` prints them")]
pub struct BadCode;

/// Says that what was sealed does not open: it was sealed under another code, or for another exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer was not sealed under this code")]
pub struct BadSeal;

impl PairingCode {
    /// Makes a code from 16 random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads a code as [`PairingCode::shown`] writes it, with the port that it leads to.
    pub fn parse(text: &str) -> Result<(Self, u16), BadCode> {
        let text = text.trim();
        let (port, letters) = match text.split_once('-').map(|(head, rest)| (head.parse(), rest)) {
            // A group of the code that consists of digits only is no port: without it too few letters are left.
            Some((Ok(port), rest)) if letters(rest).len() == LETTERS => (port, letters(rest)),
            _ => (DEFAULT_PORT, letters(text)),
        };
        let bytes = BASE32_NOPAD.decode(letters.as_bytes()).map_err(|_| BadCode)?;
        Ok((Self(bytes.try_into().map_err(|_| BadCode)?), port))
    }

    /// The code for the person, grouped for reading, with the hub's port before it where that is not the usual one:
    /// `ABCDEFG-HIJKLMN-OPQRSTU-VWXYZ`, `9010-ABCDEFG-…`.
    pub fn shown(&self, port: u16) -> String {
        let letters = BASE32_NOPAD.encode(&self.0);
        let mut shown = if port == DEFAULT_PORT { String::new() } else { port.to_string() };
        for (at, letter) in letters.chars().enumerate() {
            if at % GROUP == 0 && !shown.is_empty() {
                shown.push('-');
            }
            shown.push(letter);
        }
        shown
    }

    /// The id by which the hub finds the code: 16 bytes in hex.
    pub fn id(&self) -> String {
        HEXLOWER.encode(&self.derive::<16>("tabmux pairing id"))
    }

    /// Seals the extension's key (AES-256-GCM). `iv` is drawn at random; the answer is it and what was sealed, in hex.
    pub fn seal(&self, key: &Key, exchange: &Exchange<'_>, iv: [u8; 12]) -> String {
        let (plain, aad) = (key.to_hex(), exchange.bytes());
        let payload = Payload { msg: plain.as_bytes(), aad: &aad };
        match self.cipher().encrypt(&Nonce::from(iv), payload) {
            Ok(sealed) => HEXLOWER.encode(&[&iv[..], &sealed].concat()),
            Err(_) => unreachable!("AES-GCM takes texts of this length"),
        }
    }

    /// Opens what [`PairingCode::seal`] sealed.
    pub fn open(&self, sealed: &str, exchange: &Exchange<'_>) -> Result<Key, BadSeal> {
        let bytes = HEXLOWER.decode(sealed.as_bytes()).map_err(|_| BadSeal)?;
        let (iv, sealed) = bytes.split_first_chunk::<12>().ok_or(BadSeal)?;
        let payload = Payload { msg: sealed, aad: &exchange.bytes() };
        let plain = self.cipher().decrypt(&Nonce::from(*iv), payload).map_err(|_| BadSeal)?;
        let plain = String::from_utf8(plain).map_err(|_| BadSeal)?;
        Key::parse(&plain).map_err(|_| BadSeal)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.derive::<32>("tabmux pairing seal").into())
    }

    fn derive<const N: usize>(&self, info: &str) -> [u8; N] {
        let mut derived = [0; N];
        match Hkdf::<Sha256>::new(None, &self.0).expand(info.as_bytes(), &mut derived) {
            Ok(()) => derived,
            Err(_) => unreachable!("32 bytes are within what HKDF-SHA256 can give"),
        }
    }
}

impl Exchange<'_> {
    fn bytes(&self) -> Vec<u8> {
        [self.authority, self.hub_nonce, self.nonce].join("|").into_bytes()
    }
}

/// How many letters 16 bytes take in base32.
const LETTERS: usize = 26;
/// How many letters of a code are read together.
const GROUP: usize = 7;

/// The letters of a code, without what groups them.
fn letters(text: &str) -> String {
    let letters = text.chars().filter(|letter| *letter != '-' && !letter.is_whitespace());
    letters.map(|letter| letter.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::PeerKind;
    use crate::proof::Secret;

    fn code() -> PairingCode {
        PairingCode::from_bytes(*b"0123456789abcdef")
    }

    fn exchange() -> Exchange<'static> {
        Exchange { authority: "127.0.0.1:9008", hub_nonce: "aa", nonce: "bb" }
    }

    #[test]
    fn a_code_is_read_as_it_is_shown_with_the_port_where_it_is_another() {
        let shown = code().shown(9008);
        assert_eq!(shown, "GAYTEMZ-UGU3DOO-BZMFRGG-ZDFMY");
        for (text, port) in [
            (shown.clone(), 9008),
            (code().shown(9010), 9010),
            (format!("  {}\n", shown.to_lowercase().replace('-', " ")), 9008),
            (format!("9010-{}", shown.replace('-', "")), 9010),
        ] {
            let (read, leads_to) = PairingCode::parse(&text).unwrap_or_else(|_| panic!("{text}"));
            assert!(read == code() && leads_to == port, "{text}");
        }
        // All its groups are digits, and still none of them is a port.
        let digits = PairingCode::from_bytes([0xff; 16]);
        let (read, leads_to) = PairingCode::parse(&digits.shown(9008)).unwrap();
        assert!(read == digits && leads_to == 9008, "{}", digits.shown(9008));
        for text in [
            "",
            "9010-",
            &shown[1..],
            &format!("{shown}A"),
            &shown.replace('G', "1"),
            &format!("99999-{shown}"),
        ] {
            assert!(PairingCode::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_sealed_key_opens_with_its_code_in_its_exchange_only() {
        let key = Secret::from_bytes([7; 32]).key(PeerKind::Extension);
        let sealed = code().seal(&key, &exchange(), [9; 12]);
        assert_eq!(code().open(&sealed, &exchange()).unwrap().to_hex(), key.to_hex());
        assert!(!sealed.contains(&key.to_hex()));
        let other_code = PairingCode::from_bytes([1; 16]);
        assert!(other_code.open(&sealed, &exchange()).is_err());
        for other in [
            Exchange { authority: "127.0.0.1:9010", ..exchange() },
            Exchange { hub_nonce: "ab", ..exchange() },
            Exchange { nonce: "bc", ..exchange() },
        ] {
            assert!(code().open(&sealed, &other).is_err(), "{other:?}");
        }
        for cut in ["", "zz", &sealed[2..], &sealed[..sealed.len() - 2]] {
            assert!(code().open(cut, &exchange()).is_err(), "{cut}");
        }
    }

    #[test]
    fn the_extension_derives_the_same() {
        // The same values stand in extension/test/pairing.test.js.
        assert_eq!(code().id(), "dfb50e74da4baacf2e61ad7a1cbb471f");
        let key = Secret::from_bytes([7; 32]).key(PeerKind::Extension);
        assert_eq!(
            code().seal(&key, &exchange(), [9; 12]),
            "090909090909090909090909b9c2abcc78b6faa0b9ba00a18c4d5a47b27f8cd24ee42179122be23c01ba0fda3a064d39df3efab73c6eb28005e7840f2f8cf4d73d1fbf4f9513a276addb60eb37092ddcfa4ce9fae2c71631b9dfcaa8"
        );
    }
}
