//! What becomes of a payment: deposits arrive, are seen, confirmed, forwarded, or are not. Each
//! action leaves the state and sends the events that the service would.

use super::chain::Chain;
use super::events::{self, Sender};
use super::money::{self, USD_DECIMALS};
use super::payment::{Deposit, Payment, RESCAN_MS, Status, WINDOW_MS};
use super::world::World;

/// How much comes to the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    Full,
    Rest,
    /// Hundred-millionths of a dollar, at the payment's own price.
    Usd(u128),
    /// A part of the quote.
    Part(u128, u128),
    /// Decimal coin.
    Coin(String),
}

impl Amount {
    /// `full`, `rest`, `0.01 usd`, `50%`, `1/2`, or coin as in `0.0003` and `0.0003 btc`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().to_lowercase();
        let wrong = || {
            format!("amount: {text:?} is none of full, rest, \"0.01 usd\", \"50%\", \"1/2\", coin")
        };
        if text == "full" {
            return Ok(Self::Full);
        }
        if text == "rest" {
            return Ok(Self::Rest);
        }
        if let Some(usd) = text.strip_suffix("usd") {
            return money::parse(usd, USD_DECIMALS)
                .map(Self::Usd)
                .ok_or_else(wrong);
        }
        if let Some(percent) = text.strip_suffix('%') {
            let part = money::parse(percent, 4).filter(|part| *part <= 100_000_000);
            return part
                .map(|part| Self::Part(part, 1_000_000))
                .ok_or_else(wrong);
        }
        if let Some((part, whole)) = text.split_once('/') {
            let read = |number: &str| number.trim().parse::<u32>().ok().map(u128::from);
            return match (read(part), read(whole)) {
                (Some(part), Some(whole)) if whole > 0 => Ok(Self::Part(part, whole)),
                _ => Err(wrong()),
            };
        }
        let coin = text.split_whitespace().next().unwrap_or_default();
        money::parse(coin, 18)
            .map(|_| Self::Coin(coin.to_owned()))
            .ok_or_else(wrong)
    }

    /// In base units of the payment's chain.
    fn units(&self, payment: &Payment) -> Result<u128, String> {
        let units = match self {
            Self::Full => Some(payment.quote),
            Self::Rest => Some(payment.missing()),
            Self::Usd(usd) => payment.units_for_usd(*usd),
            Self::Part(part, whole) => payment.quote.checked_mul(*part).map(|sum| sum / whole),
            Self::Coin(text) => money::parse(text, payment.chain.decimals),
        };
        // A total above this could not be multiplied any more.
        units
            .filter(|units| *units < 10_u128.pow(30))
            .ok_or_else(|| "amount: too large".to_owned())
    }
}

/// One visit of a customer.
#[derive(Clone, Debug)]
pub(crate) struct Pay {
    pub amount: Amount,
    /// Whether the service notices now that the money is there.
    pub confirm: bool,
    pub sender: Sender,
    /// Whether the service fills in the transaction before it confirms.
    pub seen_first: bool,
}

pub(crate) fn pay(world: &mut World, index: usize, pay: &Pay) -> Result<(), String> {
    let units = pay.amount.units(&world.payments[index])?;
    if units == 0 {
        return Err("amount: nothing is left to pay, or it is less than one base unit".to_owned());
    }
    deposit(world, index, units, pay);
    Ok(())
}

/// The whole quote comes, and is confirmed.
pub(crate) fn pay_in_full(world: &mut World, index: usize, sender: Sender) {
    let how = Pay {
        amount: Amount::Full,
        confirm: true,
        sender,
        seen_first: false,
    };
    let units = world.payments[index].quote;
    deposit(world, index, units, &how);
}

/// A percentage or sum less, or more, than the quote.
pub(crate) fn pay_beside(
    world: &mut World,
    index: usize,
    by: &Amount,
    more: bool,
    how: &Pay,
) -> Result<(), String> {
    let payment = &world.payments[index];
    let by = by.units(payment)?;
    let units = if more {
        payment.quote.saturating_add(by)
    } else {
        payment.quote.saturating_sub(by)
    };
    if units == 0 {
        return Err("by: leaves nothing to pay".to_owned());
    }
    deposit(world, index, units, how);
    Ok(())
}

fn deposit(world: &mut World, index: usize, units: u128, how: &Pay) {
    if world.faults.is_due("foreign_payment") {
        foreign(world, index);
    }
    let pending = world.payments[index].status == Status::Pending;
    if pending && world.faults.is_due("late_deposit") {
        world.expire(index);
    }
    let (now_ms, family) = (world.clock.now_ms(), world.payments[index].chain.family);
    let tx_hash = world.seeds.transaction(family);
    let payment = &mut world.payments[index];
    payment.deposits.push(Deposit {
        units,
        tx_hash,
        at_ms: now_ms,
    });
    if how.seen_first {
        see(world, index);
    }
    if how.confirm {
        check(world, index, how.sender);
    }
}

/// The service fills in the transaction of a payment that it has not confirmed.
pub(crate) fn see(world: &mut World, index: usize) {
    let payment = &mut world.payments[index];
    if payment.tx_hash.is_none() {
        payment.tx_hash = payment
            .deposits
            .first()
            .map(|deposit| deposit.tx_hash.clone());
    }
    payment.confirmations = payment.confirmations.max(1);
}

/// The service looks at the address. It confirms what is covered, again if it was confirmed
/// before; a deposit that is short it leaves alone, unless told otherwise.
pub(crate) fn check(world: &mut World, index: usize, sender: Sender) {
    let payment = &world.payments[index];
    let rescanned = world.clock.now_ms() <= payment.expires_at_ms.saturating_add(RESCAN_MS);
    if payment.received() == 0 || !rescanned {
        return;
    }
    let covered = payment.is_covered();
    if covered {
        confirm(world, index, sender);
    } else if world.faults.is_due("short_then_forwarded") {
        confirm(world, index, sender);
        forward(world, index, Sender::Forwarding);
    } else if world.faults.is_due("confirm_short") {
        confirm(world, index, sender);
    }
}

/// Sends `payment.confirmed`, whatever was sent before.
pub(crate) fn confirm(world: &mut World, index: usize, sender: Sender) {
    let now_ms = world.clock.now_ms();
    let payment = &mut world.payments[index];
    payment.confirmed_at_ms.get_or_insert(now_ms);
    payment.confirmations = payment.confirmations.max(3);
    if payment.tx_hash.is_none() {
        payment.tx_hash = payment
            .deposits
            .first()
            .map(|deposit| deposit.tx_hash.clone());
    }
    if !payment.status.is_paid() {
        payment.status = Status::Confirmed;
    }
    events::emit(world, index, "payment.confirmed", sender);
}

/// Pays what came out to the merchant. Happens to short payments too.
pub(crate) fn forward(world: &mut World, index: usize, sender: Sender) {
    let family = world.payments[index].chain.family;
    let payout = world.seeds.transaction(family);
    let payment = &mut world.payments[index];
    payment.status = Status::Forwarded;
    payment.forward_tx_hash = Some(payout);
    events::emit(world, index, "payment.forwarded", sender);
}

/// Says that a payment failed. Only a card attempt is stored as failed.
pub(crate) fn fail(world: &mut World, index: usize, sender: Sender) {
    let payment = &mut world.payments[index];
    if payment.card_session.is_some() {
        payment.status = Status::Failed;
    }
    events::emit(world, index, "payment.failed", sender);
}

/// A payment of a stranger's, on the same chain and for the same sum, that carries our metadata
/// and is paid at once. Its event comes to our URL.
pub(crate) fn foreign(world: &mut World, index: usize) -> usize {
    let ours = world.payments[index].clone();
    let now_ms = world.clock.now_ms();
    let stranger = Payment {
        id: world.seeds.uuid(),
        business_id: world.account.stranger_id.clone(),
        address: world.seeds.address(ours.chain.family),
        idempotency_key: None,
        deposits: vec![Deposit {
            units: ours.quote,
            tx_hash: world.seeds.transaction(ours.chain.family),
            at_ms: now_ms,
        }],
        ..blank(ours, now_ms)
    };
    world.payments.push(stranger);
    let index = world.payments.len() - 1;
    confirm(world, index, Sender::BalanceCheck);
    index
}

/// The same payment, as if it had just been made.
fn blank(payment: Payment, now_ms: i64) -> Payment {
    Payment {
        status: Status::Pending,
        created_at_ms: now_ms,
        expires_at_ms: now_ms.saturating_add(WINDOW_MS),
        deposits: Vec::new(),
        confirmations: 0,
        tx_hash: None,
        forward_tx_hash: None,
        confirmed_at_ms: None,
        first_event_seconds: None,
        events: 0,
        ..payment
    }
}

/// A payment of nobody's wish: what a create answer for the wrong request shows.
pub(crate) fn variant(world: &mut World, index: usize, chain: &'static Chain, usd: u128) -> usize {
    let ours = world.payments[index].clone();
    let price = world.rates.usd(chain.coin);
    let now_ms = world.clock.now_ms();
    let variant = Payment {
        id: world.seeds.uuid(),
        address: world.seeds.address(chain.family),
        usd,
        quote: money::quote(usd, ours.fee_usd, price, chain.decimals),
        chain,
        ..blank(ours, now_ms)
    };
    world.payments.push(variant);
    world.payments.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_every_way_people_write_them() {
        assert_eq!(Amount::parse("full"), Ok(Amount::Full));
        assert_eq!(Amount::parse("REST"), Ok(Amount::Rest));
        assert_eq!(Amount::parse("0.01 usd"), Ok(Amount::Usd(1_000_000)));
        assert_eq!(Amount::parse("50%"), Ok(Amount::Part(500_000, 1_000_000)));
        assert_eq!(Amount::parse("1/3"), Ok(Amount::Part(1, 3)));
        assert_eq!(
            Amount::parse("0.0003 btc"),
            Ok(Amount::Coin("0.0003".to_owned()))
        );
        for bad in ["", "much", "-1", "1/0", "9999999%", "usd"] {
            assert!(Amount::parse(bad).is_err(), "{bad}");
        }
    }
}
