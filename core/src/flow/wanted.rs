//! What a shop asks for at checkout, checked before anything is stored.

use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use crate::document;
use crate::money::{Chain, Currency, Decimal, Units};
use crate::order::Ship;
use crate::sorted::SortedMap;
use crate::store::{Contents, Item, OrderRecord};
use crate::{Error, ErrorCode, Result};

const MOST_ITEMS: usize = 200;
const MOST_KEY_BYTES: usize = 150;

#[derive(Clone, Debug)]
pub struct ItemInput {
    pub sku: String,
    pub quantity: u32,
    /// For one piece, in the order's currency.
    pub price: Option<Decimal>,
    /// Delivered by the host itself: a download, a key, a voucher.
    pub digital: bool,
}

/// A rate that the host knows: how many units of the order's currency one US dollar costs.
#[derive(Clone, Debug)]
pub struct HostRate {
    pub rate: Decimal,
    pub source: String,
    /// When it was read, in milliseconds since 1970, UTC.
    pub at_ms: i64,
}

/// The input of `create_checkout`.
#[derive(Clone, Debug, Default)]
pub struct CreateCheckout {
    /// Says which checkout this is, however often it is sent; the cart's id by default.
    pub checkout_key: Option<String>,
    pub cart_id: Option<String>,
    pub customer_id: Option<String>,
    /// What the mailer needs: name, address of mail. Kept apart, so that it can be erased.
    pub customer: Option<Json>,
    pub currency: String,
    /// What the customer owes, in `currency`; the sum of the items by default.
    pub total: Option<Decimal>,
    pub items: Vec<ItemInput>,
    /// The gateway's code, such as `BTC` or `USDC_POL`.
    pub blockchain: String,
    pub description: Option<String>,
    /// What the host wants to find again at the gateway, besides our own three fields.
    pub metadata: Map<String, Json>,
    /// The default: `effect` where every item is digital, else `manual`.
    pub ship: Option<Ship>,
    /// The host's own reservation, where the host counts the stock.
    pub reservation_id: Option<String>,
    pub rate: Option<HostRate>,
    /// Buy the same again although the last order with this key was fulfilled.
    pub again: bool,
    /// The cart has changed: cancel the unpaid order with this key and open a new one.
    pub replace: bool,
}

/// The same, with every field read and in its place.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) checkout_key: String,
    pub(crate) key_lock: String,
    pub(crate) cart_id: Option<String>,
    pub(crate) customer_id: Option<String>,
    pub(crate) customer: Option<String>,
    pub(crate) currency: Currency,
    pub(crate) due: Units,
    pub(crate) chain: Chain,
    pub(crate) ship: Ship,
    pub(crate) contents: Contents,
    pub(crate) rate: Option<HostRate>,
    pub(crate) again: bool,
    pub(crate) replace: bool,
}

impl Wanted {
    pub(crate) fn check(input: CreateCheckout) -> Result<Self> {
        let currency = Currency::parse(&input.currency)?;
        let chain = Chain::parse(&input.blockchain)?;
        let checkout_key = input
            .checkout_key
            .or_else(|| input.cart_id.clone())
            .ok_or_else(|| Error::invalid("checkout_key", "give one, or a cart_id"))?;
        short_text("checkout_key", &checkout_key)?;
        for (field, value) in [
            ("cart_id", &input.cart_id),
            ("customer_id", &input.customer_id),
            ("reservation_id", &input.reservation_id),
        ] {
            value
                .as_deref()
                .map_or(Ok(()), |text| short_text(field, text))?;
        }
        let description = input
            .description
            .as_deref()
            .map(clean_description)
            .transpose()?;
        for field in ["order_id", "attempt", "shop_id", "idempotency_key"] {
            if input.metadata.contains_key(field) {
                return Err(Error::invalid(
                    "metadata",
                    &format!("{field} is ours to set"),
                ));
            }
        }
        if document::text(&Json::Object(input.metadata.clone())).len() > 8_192 {
            return Err(Error::invalid("metadata", "at most 8 KiB"));
        }
        let customer = input.customer.map(|customer| document::text(&customer));
        if customer.as_ref().is_some_and(|text| text.len() > 16_384) {
            return Err(Error::invalid("customer", "at most 16 KiB"));
        }
        let digital = !input.items.is_empty() && input.items.iter().all(|item| item.digital);
        let ship = input
            .ship
            .unwrap_or(if digital { Ship::Effect } else { Ship::Manual });
        let items = read_items(&input.items, currency)?;
        let due = total(&input.items, &items, input.total.as_ref(), currency)?;
        Ok(Self {
            key_lock: key_lock(&checkout_key),
            checkout_key,
            cart_id: input.cart_id,
            customer_id: input.customer_id,
            customer,
            currency,
            due,
            chain,
            ship,
            contents: Contents {
                items,
                description,
                metadata: input.metadata,
                reservation_id: input.reservation_id,
            },
            rate: input.rate,
            again: input.again,
            replace: input.replace,
        })
    }

    /// The first field in which an order that has the key is for something else.
    pub(crate) fn difference(&self, order: &OrderRecord) -> Option<&'static str> {
        let terms = &order.terms;
        let pieces = |contents: &Contents| -> Vec<(String, u32, Units)> {
            let items = contents.items.iter();
            items
                .map(|item| (item.sku.clone(), item.quantity, item.price))
                .collect()
        };
        // Whose order it is comes first: nothing more is said about somebody else's.
        if order.user_id != self.customer_id {
            Some("customer_id")
        } else if terms.currency != self.currency {
            Some("currency")
        } else if terms.due != self.due {
            Some("total")
        } else if pieces(&order.contents) != pieces(&self.contents) {
            Some("items")
        } else if terms.ship != self.ship {
            Some("ship")
        } else {
            None
        }
    }

    /// How many pieces of each article, by name.
    pub(crate) fn pieces(&self) -> Vec<(String, i64)> {
        let mut pieces = SortedMap::<String, i64>::new();
        for item in &self.contents.items {
            let sum = pieces.slot(item.sku.clone());
            *sum = sum.saturating_add(i64::from(item.quantity));
        }
        pieces.into_iter().collect()
    }
}

/// The name of the lock of a checkout key.
fn key_lock(checkout_key: &str) -> String {
    format!("key:{}", hex::encode(Sha256::digest(checkout_key)))
}

fn short_text(field: &str, text: &str) -> Result<()> {
    if text.is_empty() || text.len() > MOST_KEY_BYTES || text.chars().any(char::is_control) {
        return Err(Error::invalid(
            field,
            "1 to 150 bytes, without control characters",
        ));
    }
    Ok(())
}

fn clean_description(text: &str) -> Result<String> {
    if text.chars().count() > 500 || text.chars().any(|ch| ch == '\0') {
        return Err(Error::invalid("description", "at most 500 characters"));
    }
    Ok(text.to_owned())
}

fn read_items(items: &[ItemInput], currency: Currency) -> Result<Vec<Item>> {
    if items.len() > MOST_ITEMS {
        return Err(Error::invalid("items", "at most 200"));
    }
    let read = |item: &ItemInput| {
        short_text("items.sku", &item.sku)?;
        if item.quantity == 0 || item.quantity > 1_000_000 {
            return Err(Error::invalid("items.quantity", "1 to 1000000"));
        }
        let price = item.price.as_ref();
        let price = price.map_or(Ok(Units::ZERO), |price| {
            price.to_units_exact(currency.exponent())
        })?;
        Ok(Item {
            sku: item.sku.clone(),
            quantity: item.quantity,
            price,
            digital: item.digital,
        })
    };
    items.iter().map(read).collect()
}

fn total(
    given: &[ItemInput],
    items: &[Item],
    total: Option<&Decimal>,
    currency: Currency,
) -> Result<Units> {
    let due = match total {
        Some(total) => total.to_units_exact(currency.exponent())?,
        None => {
            if given.is_empty() || given.iter().any(|item| item.price.is_none()) {
                return Err(Error::invalid(
                    "total",
                    "give one, or a price for every item",
                ));
            }
            let line = |item: &Item| {
                item.price
                    .0
                    .checked_mul(u128::from(item.quantity))
                    .map(Units)
            };
            let lines: Option<Vec<Units>> = items.iter().map(line).collect();
            lines
                .ok_or_else(|| Error::from(ErrorCode::AmountTooLarge))?
                .into_iter()
                .sum()
        }
    };
    if due.is_zero() {
        return Err(ErrorCode::NothingToPay.into());
    }
    Ok(due)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Wanted> {
        Wanted::check(crate::flow::inputs::input(json).expect("a document"))
    }

    #[test]
    fn the_total_is_the_sum_of_the_items_unless_given() {
        let items = r#""items":[{"sku":"a","quantity":3,"price":"1.10","digital":true}]"#;
        let cart = |rest: &str| {
            format!(r#"{{"cart_id":"c","currency":"EUR","blockchain":"btc",{items}{rest}}}"#)
        };
        let wanted = read(&cart("")).expect("reads");
        assert_eq!((wanted.due, wanted.ship), (Units(330), Ship::Effect));
        assert_eq!(read(&cart(r#","total":5"#)).expect("reads").due, Units(500));
    }

    #[test]
    fn bad_input_is_named() {
        for (json, code) in [
            (
                r#"{"currency":"EUR","blockchain":"BTC","total":"1"}"#,
                ErrorCode::InvalidInput,
            ),
            (
                r#"{"cart_id":"c","currency":"EURO","blockchain":"BTC","total":"1"}"#,
                ErrorCode::UnknownCurrency,
            ),
            (
                r#"{"cart_id":"c","currency":"EUR","blockchain":"LTC","total":"1"}"#,
                ErrorCode::UnknownBlockchain,
            ),
            (
                r#"{"cart_id":"c","currency":"JPY","blockchain":"BTC","total":"1.5"}"#,
                ErrorCode::InvalidAmount,
            ),
            (
                r#"{"cart_id":"c","currency":"EUR","blockchain":"BTC","total":"0"}"#,
                ErrorCode::NothingToPay,
            ),
            (
                r#"{"cart_id":"c","currency":"EUR","blockchain":"BTC"}"#,
                ErrorCode::InvalidInput,
            ),
            (
                r#"{"cart_id":"c","currency":"EUR","blockchain":"BTC","total":1,
                    "metadata":{"order_id":1}}"#,
                ErrorCode::InvalidInput,
            ),
            (
                r#"{"cart_id":"","currency":"EUR","blockchain":"BTC","total":1}"#,
                ErrorCode::InvalidInput,
            ),
        ] {
            assert_eq!(read(json).expect_err(json).code, code, "{json}");
        }
    }
}
