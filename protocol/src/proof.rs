//! Mutual proof of the shared secret: HMAC-SHA256 over both sides' nonces, under a key of the peer's kind.
//!
//! The secret never crosses a socket. Keys are derived per kind (HKDF, RFC 5869), so that the extension's key opens
//! nothing but the extension's door.

use data_encoding::HEXLOWER;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ids::ClientId;
use crate::message::PeerKind;

/// The secret of an installation: 32 bytes, kept as 64 hexadecimal characters in the runtime folder's `token`.
#[derive(Clone)]
pub struct Secret([u8; 32]);

/// The key of one kind of peer: 32 bytes.
#[derive(Clone)]
pub struct Key([u8; 32]);

/// Which side a proof speaks for, so that a proof cannot be sent back to where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The hub.
    Hub,
    /// Whoever dialled it.
    Peer,
}

/// What both proofs of one connection are made over.
#[derive(Debug, Clone, Copy)]
pub struct Transcript<'a> {
    /// The kind of the peer.
    pub kind: PeerKind,
    /// The authority that the peer dialled, as in its `Host` header: `127.0.0.1:9008`.
    pub authority: &'a str,
    /// The hub's nonce, as sent in its challenge.
    pub hub_nonce: &'a str,
    /// The peer's nonce, as sent in its greeting.
    pub client_nonce: &'a str,
}

/// Says that a text is not a secret or a key: 64 hexadecimal characters, in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret is 64 hexadecimal characters in lower case")]
pub struct BadSecret;

impl Secret {
    /// Makes a secret from 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads the content of a `token` file; white space around it is allowed.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        decode(text.trim()).map(Self)
    }

    /// The secret as it is written to the `token` file.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// Says whether `text` is this secret as it is written to its file, in constant time: both are compared under a key,
    /// so that the time tells nothing of how much of it is right.
    pub fn is(&self, text: &str) -> bool {
        let marked = |secret: &[u8; 32]| mac(secret, b"tabmux/1/same");
        decode(text)
            .is_ok_and(|given| marked(&given).verify_slice(&marked(&self.0).finalize().into_bytes()).is_ok())
    }

    /// The key of one kind of peer.
    pub fn key(&self, kind: PeerKind) -> Key {
        Key(self.derive(&format!("tabmux/1/{}", kind.as_str())))
    }

    /// The token with which a client takes up its id again, at this hub or at the next one of the same installation:
    /// an HMAC over the id, so that no hub needs to remember it.
    pub fn resume_token(&self, client: ClientId) -> String {
        HEXLOWER.encode(
            &mac(&self.derive("tabmux/1/resume"), client.to_string().as_bytes()).finalize().into_bytes(),
        )
    }

    /// The id of the session of that name: an HMAC over the name as a UUIDv8, so that any process of the installation
    /// finds it again, and nobody who does not know the secret can guess it.
    pub fn session_id(&self, name: &str) -> ClientId {
        let bytes = mac(&self.derive("tabmux/1/session"), name.as_bytes()).finalize().into_bytes();
        let mut id = [0; 16];
        id.copy_from_slice(&bytes[..16]);
        ClientId(uuid::Builder::from_custom_bytes(id).into_uuid())
    }

    /// Says whether `token` is the resume token of `client`, in constant time.
    pub fn resumes(&self, client: ClientId, token: &str) -> bool {
        let expected = mac(&self.derive("tabmux/1/resume"), client.to_string().as_bytes());
        HEXLOWER.decode(token.as_bytes()).is_ok_and(|bytes| expected.verify_slice(&bytes).is_ok())
    }

    fn derive(&self, info: &str) -> [u8; 32] {
        let mut key = [0; 32];
        match Hkdf::<Sha256>::new(None, &self.0).expand(info.as_bytes(), &mut key) {
            Ok(()) => key,
            Err(_) => unreachable!("32 bytes are within what HKDF-SHA256 can give"),
        }
    }
}

impl Key {
    /// Reads a key that was handed over as 64 hexadecimal characters.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        decode(text).map(Self)
    }

    /// The key as it is handed to the extension over native messaging.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// The proof of one side over a connection's transcript, as 64 hexadecimal characters.
    pub fn prove(&self, side: Side, transcript: &Transcript<'_>) -> String {
        HEXLOWER.encode(&self.mac(side, transcript).finalize().into_bytes())
    }

    /// Says whether `proof` is the proof of that side, in constant time.
    pub fn verify(&self, side: Side, transcript: &Transcript<'_>, proof: &str) -> bool {
        HEXLOWER
            .decode(proof.as_bytes())
            .is_ok_and(|bytes| self.mac(side, transcript).verify_slice(&bytes).is_ok())
    }

    fn mac(&self, side: Side, transcript: &Transcript<'_>) -> Hmac<Sha256> {
        let side = match side {
            Side::Hub => "hub",
            Side::Peer => "peer",
        };
        let Transcript { kind, authority, hub_nonce, client_nonce } = transcript;
        let text = [side, kind.as_str(), authority, hub_nonce, client_nonce].join("|");
        mac(&self.0, text.as_bytes())
    }
}

fn mac(key: &[u8; 32], text: &[u8]) -> Hmac<Sha256> {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(text);
            mac
        }
        Err(_) => unreachable!("HMAC takes keys of any length"),
    }
}

fn decode(text: &str) -> Result<[u8; 32], BadSecret> {
    HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(BadSecret)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn transcript(kind: PeerKind) -> Transcript<'static> {
        Transcript { kind, authority: "127.0.0.1:9008", hub_nonce: "aa", client_nonce: "bb" }
    }

    #[test]
    fn a_proof_holds_for_its_side_kind_and_nonces_only() {
        let secret = Secret::parse(SECRET).unwrap();
        let key = secret.key(PeerKind::Client);
        let proof = key.prove(Side::Peer, &transcript(PeerKind::Client));
        assert!(key.verify(Side::Peer, &transcript(PeerKind::Client), &proof));
        assert!(!key.verify(Side::Hub, &transcript(PeerKind::Client), &proof));
        assert!(!secret.key(PeerKind::Extension).verify(Side::Peer, &transcript(PeerKind::Client), &proof));
        assert!(!key.verify(Side::Peer, &transcript(PeerKind::Extension), &proof));
        assert!(!key.verify(
            Side::Peer,
            &Transcript { client_nonce: "bc", ..transcript(PeerKind::Client) },
            &proof
        ));
        assert!(!key.verify(Side::Peer, &transcript(PeerKind::Client), "zz"));
        assert!(!key.verify(Side::Peer, &transcript(PeerKind::Client), ""));
    }

    #[test]
    fn a_resume_token_belongs_to_one_client_and_one_secret() {
        let secret = Secret::parse(SECRET).unwrap();
        let (one, two) = (ClientId(uuid::Uuid::from_u128(1)), ClientId(uuid::Uuid::from_u128(2)));
        let token = secret.resume_token(one);
        assert!(secret.resumes(one, &token));
        assert!(!secret.resumes(two, &token));
        assert!(!Secret::from_bytes([7; 32]).resumes(one, &token));
    }

    #[test]
    fn a_session_has_one_id_in_an_installation_whoever_asks_for_it() {
        let secret = Secret::parse(SECRET).unwrap();
        let id = secret.session_id("research");
        assert_eq!(id, Secret::parse(SECRET).unwrap().session_id("research"));
        assert_eq!((id.0.get_version_num(), id.0.get_variant()), (8, uuid::Variant::RFC4122));
        // The id is stored with the tabs in the browser: it must not change with a release.
        assert_eq!(id.to_string(), "3458437c-c933-8468-9935-9eb1ba9fcc41");
        assert_ne!(id, secret.session_id("Research"));
        assert_ne!(id, Secret::from_bytes([7; 32]).session_id("research"));
    }

    #[test]
    fn what_is_not_a_secret_is_refused() {
        for text in ["", "00", &SECRET.to_uppercase(), &format!("{SECRET}00")] {
            assert!(Secret::parse(text).is_err(), "{text}");
        }
        assert_eq!(Secret::parse(&format!("{SECRET}\n")).unwrap().to_hex(), SECRET);
    }
}
