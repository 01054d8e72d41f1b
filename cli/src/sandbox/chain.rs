//! The chains that the gateway knows: their codes, decimals, kinds of address, and the prices
//! that the sandbox starts with. Knows nothing of payments.

/// What an address and a transaction id look like on a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Bitcoin,
    BitcoinCash,
    Dogecoin,
    Evm,
    Solana,
    Ripple,
    Cardano,
}

/// One blockchain code of the gateway.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    pub code: &'static str,
    /// The coin whose price counts: `USDT_POL` is priced as `USDT`.
    pub coin: &'static str,
    pub name: &'static str,
    /// The network that carries it: `POL` for `USDT_POL`.
    pub network: &'static str,
    pub decimals: u32,
    pub family: Family,
    /// The network fee that the gateway adds to a quote, in millionths of a dollar.
    pub fee_micro_usd: u128,
}

const fn chain(
    code: &'static str,
    coin: &'static str,
    name: &'static str,
    network: &'static str,
    decimals: u32,
    family: Family,
    fee_micro_usd: u128,
) -> Chain {
    Chain {
        code,
        coin,
        name,
        network,
        decimals,
        family,
        fee_micro_usd,
    }
}

pub(crate) const CHAINS: [Chain; 18] = [
    chain("BTC", "BTC", "Bitcoin", "BTC", 8, Family::Bitcoin, 500_000),
    chain(
        "BCH",
        "BCH",
        "Bitcoin Cash",
        "BCH",
        8,
        Family::BitcoinCash,
        10_000,
    ),
    chain("ETH", "ETH", "Ethereum", "ETH", 18, Family::Evm, 300_000),
    chain("POL", "POL", "Polygon", "POL", 18, Family::Evm, 10_000),
    chain("SOL", "SOL", "Solana", "SOL", 9, Family::Solana, 1_000),
    chain(
        "DOGE",
        "DOGE",
        "Dogecoin",
        "DOGE",
        8,
        Family::Dogecoin,
        50_000,
    ),
    chain("XRP", "XRP", "XRP Ledger", "XRP", 6, Family::Ripple, 1_000),
    chain("ADA", "ADA", "Cardano", "ADA", 6, Family::Cardano, 100_000),
    chain("BNB", "BNB", "BNB Chain", "BNB", 18, Family::Evm, 20_000),
    chain(
        "USDT",
        "USDT",
        "Tether on Ethereum",
        "ETH",
        6,
        Family::Evm,
        300_000,
    ),
    chain(
        "USDT_ETH",
        "USDT",
        "Tether on Ethereum",
        "ETH",
        6,
        Family::Evm,
        300_000,
    ),
    chain(
        "USDT_POL",
        "USDT",
        "Tether on Polygon",
        "POL",
        6,
        Family::Evm,
        10_000,
    ),
    chain(
        "USDT_SOL",
        "USDT",
        "Tether on Solana",
        "SOL",
        6,
        Family::Solana,
        1_000,
    ),
    chain(
        "USDC",
        "USDC",
        "USD Coin on Ethereum",
        "ETH",
        6,
        Family::Evm,
        300_000,
    ),
    chain(
        "USDC_ETH",
        "USDC",
        "USD Coin on Ethereum",
        "ETH",
        6,
        Family::Evm,
        300_000,
    ),
    chain(
        "USDC_POL",
        "USDC",
        "USD Coin on Polygon",
        "POL",
        6,
        Family::Evm,
        10_000,
    ),
    chain(
        "USDC_SOL",
        "USDC",
        "USD Coin on Solana",
        "SOL",
        6,
        Family::Solana,
        1_000,
    ),
    chain(
        "USDC_BASE",
        "USDC",
        "USD Coin on Base",
        "BASE",
        6,
        Family::Evm,
        10_000,
    ),
];

/// The chain of exactly that code. The gateway wants codes in upper case.
pub(crate) fn find(code: &str) -> Option<&'static Chain> {
    CHAINS.iter().find(|chain| chain.code == code)
}

/// Some chain that is not this one and has another kind of address.
pub(crate) fn other_than(chain: &Chain) -> &'static Chain {
    let other = CHAINS.iter().find(|other| other.family != chain.family);
    other.unwrap_or(&CHAINS[0])
}
