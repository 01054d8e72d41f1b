//! What the shop sells and for how much. Prices are the shop's: a cart names articles and
//! quantities, never sums.

use coinpay_core::flow::{CreateCheckout, ItemInput};
use coinpay_core::money::Decimal;
use coinpay_core::{Error, Result};
use serde::Deserialize;
use serde_json::json;

pub(crate) struct Product {
    pub(crate) sku: &'static str,
    pub(crate) name: &'static str,
    pub(crate) digital: bool,
    prices: [(&'static str, &'static str); 3],
}

pub(crate) const PRODUCTS: [Product; 5] = [
    Product {
        sku: "e-book",
        name: "E-book: The Night Market",
        digital: true,
        prices: [("USD", "12.00"), ("EUR", "11.00"), ("JPY", "1800")],
    },
    Product {
        sku: "voucher",
        name: "Gift voucher",
        digital: true,
        prices: [("USD", "25.00"), ("EUR", "23.00"), ("JPY", "3800")],
    },
    Product {
        sku: "mug",
        name: "Stoneware mug",
        digital: false,
        prices: [("USD", "18.00"), ("EUR", "16.50"), ("JPY", "2700")],
    },
    Product {
        sku: "t-shirt",
        name: "T-shirt",
        digital: false,
        prices: [("USD", "29.00"), ("EUR", "26.90"), ("JPY", "4400")],
    },
    Product {
        sku: "headphones",
        name: "Headphones",
        digital: false,
        prices: [("USD", "150.00"), ("EUR", "139.00"), ("JPY", "22500")],
    },
];

pub(crate) const CURRENCIES: [&str; 3] = ["USD", "EUR", "JPY"];

impl Product {
    pub(crate) fn price(&self, currency: &str) -> Option<&'static str> {
        let found = self.prices.iter().find(|(code, _)| *code == currency);
        found.map(|(_, price)| *price)
    }
}

/// The product of a stock-keeping unit. What follows a slash is a batch of it, with its own
/// shelf: `mug` and `mug/7` are the same mug.
pub(crate) fn product(sku: &str) -> Option<&'static Product> {
    let base = sku.split('/').next().unwrap_or(sku);
    PRODUCTS.iter().find(|product| product.sku == base)
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CartLine {
    pub(crate) sku: String,
    pub(crate) quantity: u32,
}

/// What the shopper's browser sends at checkout.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Cart {
    pub(crate) cart_id: String,
    pub(crate) blockchain: String,
    #[serde(default = "usd")]
    pub(crate) currency: String,
    pub(crate) items: Vec<CartLine>,
    #[serde(default)]
    pub(crate) customer_id: Option<String>,
    #[serde(default)]
    pub(crate) replace: bool,
}

fn usd() -> String {
    "USD".to_owned()
}

impl Cart {
    /// The checkout with the shop's prices in it.
    pub(crate) fn into_checkout(self) -> Result<CreateCheckout> {
        let items = self.items.iter().map(|line| self.item(line));
        let items = items.collect::<Result<Vec<_>>>()?;
        let customer = self.customer_id.as_deref();
        let customer = customer.map(|name| json!({ "email": format!("{name}@example.com") }));
        Ok(CreateCheckout {
            cart_id: Some(self.cart_id),
            customer_id: self.customer_id,
            customer,
            currency: self.currency,
            items,
            blockchain: self.blockchain,
            description: Some("Demo shop order".to_owned()),
            replace: self.replace,
            ..CreateCheckout::default()
        })
    }

    fn item(&self, line: &CartLine) -> Result<ItemInput> {
        let product = product(&line.sku)
            .ok_or_else(|| Error::invalid("items.sku", "the shop does not sell it"))?;
        let price = product
            .price(&self.currency)
            .ok_or_else(|| Error::invalid("currency", "the shop sells in USD, EUR and JPY"))?;
        Ok(ItemInput {
            sku: line.sku.clone(),
            quantity: line.quantity,
            price: Some(Decimal::parse(price)?),
            digital: product.digital,
        })
    }
}
