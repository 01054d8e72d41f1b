//! Payment URIs: for each network the standard that its wallets read, with the amount exact and
//! in that standard's unit. Decides the spelling; refuses anything that is not an address.

use crate::money::{Chain, Decimal, Destination, Network, Units};
use crate::{Error, ErrorCode, Result};

/// The URI that asks a wallet for `amount` base units of `chain` to `address`.
///
/// EIP-681 on Ethereum-like networks, Solana Pay on Solana, BIP-21 and its like elsewhere
/// (CIP-13 on Cardano). On the XRP Ledger the address may carry a destination tag, as
/// `r…:123` or `r…?dt=123`.
///
/// # Errors
/// [`ErrorCode::InvalidAmount`] for zero, [`ErrorCode::InvalidInput`] when the address is not
/// plausible on the chain's main network.
pub fn payment_uri(chain: Chain, address: &str, amount: Units) -> Result<String> {
    if amount.is_zero() {
        let why = "a payment request needs an amount above zero";
        return Err(Error::new(ErrorCode::InvalidAmount, why));
    }
    let destination = Destination::parse(chain, address)?;
    Ok(match chain.evm_chain_id() {
        Some(chain_id) => ethereum_uri(chain, chain_id, &destination.account, amount),
        None => coin_uri(chain, &destination, amount),
    })
}

/// EIP-681 counts in base units, also those of a token.
fn ethereum_uri(chain: Chain, chain_id: u64, to: &str, amount: Units) -> String {
    match chain.token_contract() {
        Some(token) => {
            format!("ethereum:{token}@{chain_id}/transfer?address={to}&uint256={amount}")
        }
        None => format!("ethereum:{to}@{chain_id}?value={amount}"),
    }
}

/// The others count in whole coins or tokens, with decimals.
fn coin_uri(chain: Chain, destination: &Destination, amount: Units) -> String {
    let scheme = scheme(chain.network());
    let account = &destination.account;
    let coins = Decimal::from_units(amount, chain.decimals());
    let mut uri = format!("{scheme}:{account}?amount={coins}");
    if let Some(mint) = chain.token_contract() {
        uri.push_str("&spl-token=");
        uri.push_str(mint);
    }
    if let Some(tag) = destination.tag {
        uri.push_str("&dt=");
        uri.push_str(&tag.to_string());
    }
    uri
}

const fn scheme(network: Network) -> &'static str {
    match network {
        Network::Bitcoin => "bitcoin",
        Network::BitcoinCash => "bitcoincash",
        Network::Dogecoin => "dogecoin",
        Network::Solana => "solana",
        Network::XrpLedger => "ripple",
        Network::Cardano => "web+cardano",
        Network::Ethereum | Network::Polygon | Network::Base | Network::BnbSmartChain => "ethereum",
    }
}
