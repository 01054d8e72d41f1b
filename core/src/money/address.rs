//! Addresses as text: which are plausible on a network, and which two are one. Looks at
//! alphabet, prefix and length, which is enough to keep anything else out of a URI; refuses to
//! check checksums, which wallets do.

use std::ops::RangeInclusive;

use super::{Chain, Network};
use crate::{Error, Result};

const BITCOIN_CASH_PREFIX: &str = "bitcoincash:";
const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &[u8] = b"023456789acdefghjklmnpqrstuvwxyz";

/// Whether two spellings are one address. Hexadecimal, bech32 and cashaddr have no case; base58
/// does, so there another case is another address.
#[must_use]
pub fn same_address(chain: Chain, a: &str, b: &str) -> bool {
    match chain.network() {
        Network::Ethereum | Network::Polygon | Network::Base | Network::BnbSmartChain => {
            a.eq_ignore_ascii_case(b)
        }
        Network::Bitcoin => same_unless_base58(a, b, "bc1"),
        Network::Cardano => same_unless_base58(a, b, "addr1"),
        Network::BitcoinCash => {
            let (a, b) = (without_cash_prefix(a), without_cash_prefix(b));
            if is_legacy_bitcoin(a) {
                a == b
            } else {
                a.eq_ignore_ascii_case(b)
            }
        }
        Network::XrpLedger => {
            a == b || split_tag(a).is_some_and(|parts| split_tag(b) == Some(parts))
        }
        Network::Dogecoin | Network::Solana => a == b,
    }
}

/// Where a payment goes, spelt for a URI.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The address without prefix or tag; in lower case where case says nothing.
    pub(crate) account: String,
    /// The destination tag of an XRP payment.
    pub(crate) tag: Option<u32>,
}

impl Destination {
    /// Reads an address of the chain's main network.
    ///
    /// # Errors
    /// [`crate::ErrorCode::InvalidInput`] when it does not look like one.
    pub(crate) fn parse(chain: Chain, address: &str) -> Result<Self> {
        let network = chain.network();
        let found = match network {
            Network::XrpLedger => xrp_destination(address),
            Network::Ethereum | Network::Polygon | Network::Base | Network::BnbSmartChain => {
                untagged(evm_account(address))
            }
            Network::Bitcoin => untagged(bitcoin_account(address)),
            Network::BitcoinCash => untagged(bitcoin_cash_account(address)),
            Network::Dogecoin => untagged(exactly_if(address, |text| {
                text.starts_with(['D', 'A', '9']) && is_base58(text, 33..=34)
            })),
            Network::Solana => untagged(exactly_if(address, |text| is_base58(text, 32..=44))),
            Network::Cardano => untagged(cardano_account(address)),
        };
        let why = format!("it does not look like an address on {}", network.name());
        found.ok_or_else(|| Error::invalid("address", &why))
    }
}

fn untagged(account: Option<String>) -> Option<Destination> {
    account.map(|account| Destination { account, tag: None })
}

/// Kept as written: the case of its letters is a checksum.
fn evm_account(address: &str) -> Option<String> {
    let hexadecimal = address.strip_prefix("0x")?;
    let plausible = hexadecimal.len() == 40 && hexadecimal.bytes().all(|b| b.is_ascii_hexdigit());
    plausible.then(|| address.to_owned())
}

fn bitcoin_account(address: &str) -> Option<String> {
    exactly_if(address, is_legacy_bitcoin).or_else(|| bech32_account(address, "bc1", 42..=74))
}

fn bitcoin_cash_account(address: &str) -> Option<String> {
    let bare = without_cash_prefix(address);
    exactly_if(bare, is_legacy_bitcoin).or_else(|| {
        // Keys and scripts, then the same for wallets that take tokens; 20 or 32 bytes.
        let prefixes = ["q", "p", "z", "r"];
        let mut found = prefixes
            .iter()
            .filter_map(|kind| bech32_account(bare, kind, 42..=61));
        found.find(|account| matches!(account.len(), 42 | 61))
    })
}

fn cardano_account(address: &str) -> Option<String> {
    bech32_account(address, "addr1", 58..=108).or_else(|| {
        exactly_if(address, |text| {
            (text.starts_with("Ae2") || text.starts_with("Ddz")) && is_base58(text, 59..=108)
        })
    })
}

/// An account, alone or with its tag; or an X-address, which holds its tag inside.
fn xrp_destination(address: &str) -> Option<Destination> {
    if address.starts_with('X') {
        return untagged(exactly_if(address, |text| is_base58(text, 46..=48)));
    }
    let (account, tag) = split_tag(address)?;
    let plausible = account.starts_with('r') && is_base58(account, 25..=35);
    plausible.then(|| Destination {
        account: account.to_owned(),
        tag,
    })
}

/// The account and the tag of `r…`, `r…:123` or `r…?dt=123`. `None` when what follows the
/// account is not a tag.
fn split_tag(address: &str) -> Option<(&str, Option<u32>)> {
    let Some((account, tag)) = address
        .split_once("?dt=")
        .or_else(|| address.split_once(':'))
    else {
        return Some((address, None));
    };
    let is_number = !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_digit());
    let tag = if is_number { tag.parse().ok() } else { None };
    Some((account, Some(tag?)))
}

fn same_unless_base58(a: &str, b: &str, bech32_prefix: &str) -> bool {
    let start = a.get(..bech32_prefix.len());
    let is_bech32 = start.is_some_and(|start| start.eq_ignore_ascii_case(bech32_prefix));
    a == b || (is_bech32 && a.eq_ignore_ascii_case(b))
}

fn without_cash_prefix(address: &str) -> &str {
    match address.split_at_checked(BITCOIN_CASH_PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(BITCOIN_CASH_PREFIX) => rest,
        Some(_) | None => address,
    }
}

fn is_legacy_bitcoin(address: &str) -> bool {
    address.starts_with(['1', '3']) && is_base58(address, 26..=35)
}

fn is_base58(text: &str, lengths: RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| BASE58.contains(&byte))
}

/// The address in lower case, if it is bech32 with this prefix. Mixed case is not bech32.
fn bech32_account(text: &str, prefix: &str, lengths: RangeInclusive<usize>) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let one_case = text == lower || text == text.to_ascii_uppercase();
    let data = lower.strip_prefix(prefix)?;
    let plausible = one_case
        && lengths.contains(&lower.len())
        && data.bytes().all(|byte| BECH32.contains(&byte));
    plausible.then_some(lower)
}

fn exactly_if(text: &str, plausible: impl Fn(&str) -> bool) -> Option<String> {
    plausible(text).then(|| text.to_owned())
}
