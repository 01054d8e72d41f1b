//! What the gateway can be paid in: its codes, and for each the network, the asset and the
//! decimals. One table; refuses to know addresses and amounts.

use std::fmt;

use serde_json::Value as Json;

use crate::document::{FromJson, ToJson};
use crate::{Error, ErrorCode, Result};

const USDT_ON_ETHEREUM: &str = "0xdAC17F958D2ee523a2206206994597C13D831ec7";
const USDT_ON_POLYGON: &str = "0xc2132D05D31c914a87C6611C10748AEb04B58e8F";
const USDT_ON_SOLANA: &str = "Es9vMFrzaCERmJfrF4H2FYDUTR4o4M2xq9knkXJmNQp7";
const USDC_ON_ETHEREUM: &str = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
const USDC_ON_POLYGON: &str = "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359";
const USDC_ON_SOLANA: &str = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";
const USDC_ON_BASE: &str = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913";

/// The ledger that an asset lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Network {
    Bitcoin,
    BitcoinCash,
    Dogecoin,
    Ethereum,
    Polygon,
    Base,
    BnbSmartChain,
    Solana,
    XrpLedger,
    Cardano,
}

impl Network {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bitcoin => "Bitcoin",
            Self::BitcoinCash => "Bitcoin Cash",
            Self::Dogecoin => "Dogecoin",
            Self::Ethereum => "Ethereum",
            Self::Polygon => "Polygon",
            Self::Base => "Base",
            Self::BnbSmartChain => "BNB Smart Chain",
            Self::Solana => "Solana",
            Self::XrpLedger => "XRP Ledger",
            Self::Cardano => "Cardano",
        }
    }

    const fn evm_chain_id(self) -> Option<u64> {
        match self {
            Self::Ethereum => Some(1),
            Self::BnbSmartChain => Some(56),
            Self::Polygon => Some(137),
            Self::Base => Some(8453),
            Self::Bitcoin | Self::BitcoinCash | Self::Dogecoin => None,
            Self::Solana | Self::XrpLedger | Self::Cardano => None,
        }
    }
}

macro_rules! chains {
    ($(
        $name:ident, $code:literal, $asset:literal, $network:ident, $decimals:literal, $token:expr;
    )*) => {
        /// A code of the gateway: an asset on a network.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Chain { $(#[doc = concat!("`", $code, "`")] $name,)* }

        impl Chain {
            /// Every code, in the order of the gateway's own list.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as the gateway writes it, in capitals.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What people call the asset: `BTC`, `USDC`.
            #[must_use]
            pub const fn asset_symbol(self) -> &'static str {
                match self { $(Self::$name => $asset,)* }
            }

            /// How many decimals one unit of the asset has.
            #[must_use]
            pub const fn decimals(self) -> u8 {
                match self { $(Self::$name => $decimals,)* }
            }

            /// The token's contract or, on Solana, its mint. `None` for a network's own coin.
            #[must_use]
            pub const fn token_contract(self) -> Option<&'static str> {
                match self { $(Self::$name => $token,)* }
            }

            pub(crate) const fn network(self) -> Network {
                match self { $(Self::$name => Network::$network,)* }
            }
        }
    };
}

chains! {
    Btc, "BTC", "BTC", Bitcoin, 8, None;
    Bch, "BCH", "BCH", BitcoinCash, 8, None;
    Eth, "ETH", "ETH", Ethereum, 18, None;
    Pol, "POL", "POL", Polygon, 18, None;
    Sol, "SOL", "SOL", Solana, 9, None;
    Doge, "DOGE", "DOGE", Dogecoin, 8, None;
    Xrp, "XRP", "XRP", XrpLedger, 6, None;
    Ada, "ADA", "ADA", Cardano, 6, None;
    Bnb, "BNB", "BNB", BnbSmartChain, 18, None;
    Usdt, "USDT", "USDT", Ethereum, 6, Some(USDT_ON_ETHEREUM);
    UsdtEth, "USDT_ETH", "USDT", Ethereum, 6, Some(USDT_ON_ETHEREUM);
    UsdtPol, "USDT_POL", "USDT", Polygon, 6, Some(USDT_ON_POLYGON);
    UsdtSol, "USDT_SOL", "USDT", Solana, 6, Some(USDT_ON_SOLANA);
    Usdc, "USDC", "USDC", Ethereum, 6, Some(USDC_ON_ETHEREUM);
    UsdcEth, "USDC_ETH", "USDC", Ethereum, 6, Some(USDC_ON_ETHEREUM);
    UsdcPol, "USDC_POL", "USDC", Polygon, 6, Some(USDC_ON_POLYGON);
    UsdcSol, "USDC_SOL", "USDC", Solana, 6, Some(USDC_ON_SOLANA);
    UsdcBase, "USDC_BASE", "USDC", Base, 6, Some(USDC_ON_BASE);
}

impl Chain {
    /// Reads a code of the gateway, in capitals or not.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownBlockchain`] when the gateway has no such code.
    pub fn parse(code: &str) -> Result<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|chain| chain.code().eq_ignore_ascii_case(code))
            .ok_or_else(|| Error::from(ErrorCode::UnknownBlockchain))
    }

    /// The code that says its network: the gateway's plain `USDT` and `USDC` are those on
    /// Ethereum.
    #[must_use]
    pub const fn canonical(self) -> Self {
        match self {
            Self::Usdt => Self::UsdtEth,
            Self::Usdc => Self::UsdcEth,
            other => other,
        }
    }

    /// Whether both codes mean the same asset on the same network.
    #[must_use]
    pub fn same_asset(self, other: Self) -> bool {
        self.canonical() == other.canonical()
    }

    /// The chain id of an Ethereum-like network.
    #[must_use]
    pub const fn evm_chain_id(self) -> Option<u64> {
        self.network().evm_chain_id()
    }

    /// The network's name, for people who choose where to send from.
    #[must_use]
    pub const fn network_name(self) -> &'static str {
        self.network().name()
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl ToJson for Chain {
    fn to_json(&self) -> Json {
        self.code().to_json()
    }
}

impl FromJson for Chain {
    fn from_json(value: &Json) -> Option<Self> {
        Self::parse(value.as_str()?).ok()
    }
}

crate::document::serialize!(Chain);
crate::document::deserialize!(Chain);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_reads_back_from_its_code_in_either_case() {
        for &chain in Chain::ALL {
            let json = serde_json::to_string(&chain).unwrap();
            assert_eq!(serde_json::from_str::<Chain>(&json).unwrap(), chain);
            assert_eq!(Chain::parse(&chain.code().to_lowercase()).unwrap(), chain);
        }
    }

    #[test]
    fn codes_of_one_asset_agree_on_everything_but_the_code() {
        for &chain in Chain::ALL {
            let canonical = chain.canonical();
            assert!(chain.same_asset(canonical));
            assert_eq!(chain.network(), canonical.network());
            assert_eq!(chain.token_contract(), canonical.token_contract());
            assert_eq!(chain.decimals(), canonical.decimals());
            assert_eq!(chain.asset_symbol(), canonical.asset_symbol());
        }
        assert!(!Chain::Usdt.same_asset(Chain::Usdc));
        assert!(!Chain::Usdt.same_asset(Chain::UsdtPol));
    }

    #[test]
    fn a_token_is_exactly_a_code_whose_asset_is_not_the_networks_coin() {
        for &chain in Chain::ALL {
            let is_token = chain.asset_symbol().starts_with("USD");
            assert_eq!(chain.token_contract().is_some(), is_token, "{chain}");
        }
    }
}
