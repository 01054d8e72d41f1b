//! Everything that looks random: ids, addresses, transaction ids. Drawn from a seed and a
//! counter, so that a run with the same seed and the same calls repeats exactly.

use sha2::{Digest, Sha256, Sha512};
use uuid::Builder;

use super::chain::Family;

const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BASE58_RIPPLE: &[u8] = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";
const BECH32: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

#[derive(Clone, Debug)]
pub(crate) struct Seeds {
    seed: u64,
    drawn: u64,
}

impl Seeds {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    pub(crate) const fn seed(&self) -> u64 {
        self.seed
    }

    /// A UUID in the form of version 4.
    pub(crate) fn uuid(&mut self) -> String {
        let bytes = self.bytes();
        let mut first = [0; 16];
        first.copy_from_slice(&bytes[..16]);
        Builder::from_random_bytes(first).into_uuid().to_string()
    }

    /// An address with the prefix, length and alphabet of its chain. Checksums are not real, so
    /// that nobody can send money to one by mistake.
    pub(crate) fn address(&mut self, family: Family) -> String {
        match family {
            Family::Bitcoin => format!("bc1q{}", self.letters(BECH32, 38)),
            Family::BitcoinCash => format!("q{}", self.letters(BECH32, 41)),
            Family::Dogecoin => format!("D{}", self.letters(BASE58, 33)),
            Family::Evm => format!("0x{}", hex::encode(&self.bytes()[..20])),
            Family::Solana => self.letters(BASE58, 44),
            Family::Ripple => format!("r{}", self.letters(BASE58_RIPPLE, 33)),
            Family::Cardano => format!("addr1q{}", self.letters(BECH32, 97)),
        }
    }

    pub(crate) fn transaction(&mut self, family: Family) -> String {
        match family {
            Family::Solana => self.letters(BASE58, 88),
            Family::Evm => format!("0x{}", self.hex()),
            Family::Ripple => self.hex().to_uppercase(),
            Family::Bitcoin | Family::BitcoinCash | Family::Dogecoin | Family::Cardano => {
                self.hex()
            }
        }
    }

    /// 64 hexadecimal digits.
    pub(crate) fn hex(&mut self) -> String {
        hex::encode(&self.bytes()[..32])
    }

    fn letters(&mut self, alphabet: &[u8], length: usize) -> String {
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let bytes = self.bytes();
            let letters = bytes
                .iter()
                .map(|&byte| alphabet[usize::from(byte) % alphabet.len()]);
            text.extend(letters.take(length - text.len()).map(char::from));
        }
        text
    }

    fn bytes(&mut self) -> [u8; 64] {
        self.drawn += 1;
        let mut hash = Sha512::new();
        hash.update(b"coinpay sandbox");
        hash.update(self.seed.to_be_bytes());
        hash.update(self.drawn.to_be_bytes());
        hash.finalize().into()
    }
}

/// A UUID that a name always gives.
pub(crate) fn uuid_of(name: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(name.as_bytes()).into();
    let mut first = [0; 16];
    first.copy_from_slice(&hash[..16]);
    Builder::from_random_bytes(first).into_uuid().to_string()
}
