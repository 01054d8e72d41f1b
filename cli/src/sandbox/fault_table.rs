//! Every nasty habit that can be switched on, by name, with where it bites. The one list: the
//! control API refuses other names, and a test holds docs/sandbox.md to it.

/// What uses a fault up, and so what `times` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    Requests,
    Creates,
    Rows,
    Rates,
    Payments,
    Events,
    Attempts,
}

impl Counts {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Creates => "creates",
            Self::Rows => "rows",
            Self::Rates => "rates",
            Self::Payments => "payments",
            Self::Events => "events",
            Self::Attempts => "attempts",
        }
    }
}

/// A habit: its name, what `times` counts, what it does.
pub(crate) type Habit = (&'static str, Counts, &'static str);

pub(crate) const HABITS: &[Habit] = &[
    // Any answer of the API.
    (
        "rate_limited",
        Counts::Requests,
        "429 with Retry-After of `ms` (default 30000)",
    ),
    (
        "enforce_rate_limit",
        Counts::Requests,
        "429 beyond 100 requests in a minute of the clock",
    ),
    ("server_error", Counts::Requests, "500 with an HTML page"),
    ("unavailable", Counts::Requests, "503 with an empty body"),
    (
        "unauthorized",
        Counts::Requests,
        "401 although the key is right",
    ),
    (
        "forbidden",
        Counts::Requests,
        "403, as for a key of too narrow a scope",
    ),
    (
        "not_found",
        Counts::Requests,
        "404 although the thing is there",
    ),
    (
        "redirected",
        Counts::Requests,
        "302 to another address of this sandbox",
    ),
    ("not_json", Counts::Requests, "200 with an HTML page"),
    (
        "oversized_answer",
        Counts::Requests,
        "200 with more than 1 MiB of JSON",
    ),
    (
        "error_as_object",
        Counts::Requests,
        "an error answer has error: {code, message}",
    ),
    (
        "drop_connection",
        Counts::Requests,
        "the connection closes before anything is done",
    ),
    (
        "no_answer",
        Counts::Requests,
        "the request is read and never answered; nothing is done",
    ),
    (
        "delay",
        Counts::Requests,
        "the answer comes after `ms` (default 1000)",
    ),
    // Creating a payment.
    (
        "quota_exceeded",
        Counts::Creates,
        "429 with usage: the monthly quota is used up",
    ),
    (
        "amount_too_large",
        Counts::Creates,
        "400 AMOUNT_TOO_LARGE whatever the amount",
    ),
    ("fraud_block", Counts::Creates, "403 with code FRAUD_BLOCK"),
    (
        "timeout_after_create",
        Counts::Creates,
        "the payment is stored, the answer never comes",
    ),
    (
        "drop_after_create",
        Counts::Creates,
        "the payment is stored, then the connection closes",
    ),
    (
        "error_after_create",
        Counts::Creates,
        "the payment is stored, the answer is 500 with HTML",
    ),
    (
        "key_in_flight",
        Counts::Creates,
        "waits `ms` (2000) for a second call with its key: 500",
    ),
    (
        "replay_expired",
        Counts::Creates,
        "200 with a payment of this key that has expired",
    ),
    (
        "answer_for_other_chain",
        Counts::Creates,
        "200 replay: a payment on another chain",
    ),
    (
        "answer_for_other_amount",
        Counts::Creates,
        "200 replay: a payment of twice the amount",
    ),
    (
        "short_window",
        Counts::Creates,
        "the window is `ms` (default 60000), not 15 minutes",
    ),
    (
        "webhook_before_answer",
        Counts::Creates,
        "paid, and the event out, before the answer",
    ),
    (
        "answer_without_address",
        Counts::Creates,
        "201 whose payment has no payment_address",
    ),
    // How a row is written.
    (
        "amounts_as_strings",
        Counts::Rows,
        "amounts are strings, in answers and events",
    ),
    (
        "amounts_as_numbers",
        Counts::Rows,
        "amounts are numbers, in answers and events",
    ),
    (
        "crypto_amount_missing",
        Counts::Rows,
        "a row lacks crypto_amount",
    ),
    (
        "amount_crypto_missing",
        Counts::Rows,
        "a row lacks amount_crypto",
    ),
    (
        "nested_answer",
        Counts::Rows,
        "the payment is under data.payment",
    ),
    (
        "unknown_fields",
        Counts::Rows,
        "a row carries fields nobody has heard of",
    ),
    // Rates.
    (
        "rate_exactly_one",
        Counts::Rates,
        "the rate is exactly 1.0: the conversion failed",
    ),
    (
        "rate_null",
        Counts::Rates,
        "the rate is null; in a batch it is under errors",
    ),
    (
        "rate_wrong_fiat",
        Counts::Rates,
        "answers for USD whatever fiat was asked",
    ),
    // What becomes of a payment.
    (
        "confirm_short",
        Counts::Payments,
        "a deposit that is short is confirmed all the same",
    ),
    (
        "late_deposit",
        Counts::Payments,
        "a payment expires before its deposit is found",
    ),
    (
        "short_then_forwarded",
        Counts::Payments,
        "a short deposit is confirmed and forwarded",
    ),
    (
        "foreign_payment",
        Counts::Payments,
        "a stranger's payment first, with our metadata",
    ),
    // What an event says.
    (
        "thin_events",
        Counts::Events,
        "every sender writes as thinly as the monitor",
    ),
    (
        "shared_event_ids",
        Counts::Events,
        "all events of a payment carry the id of its first",
    ),
    (
        "unique_event_ids",
        Counts::Events,
        "no two events of a payment share an id",
    ),
    (
        "no_confirmed",
        Counts::Events,
        "payment.confirmed is not sent",
    ),
    (
        "in_process_monitor",
        Counts::Events,
        "neither confirmed nor expired is sent",
    ),
    (
        "received_as_double",
        Counts::Events,
        "received_amount has a double's last-digit error",
    ),
    (
        "forwarded_without_usd",
        Counts::Events,
        "payment.forwarded has amount_usd \"0\"",
    ),
    (
        "card_session_id",
        Counts::Events,
        "card events name the Stripe session as payment_id",
    ),
    (
        "unknown_event_type",
        Counts::Events,
        "the type is escrow.released",
    ),
    (
        "wrong_content",
        Counts::Events,
        "another chain and address than the payment's",
    ),
    (
        "unreadable_json",
        Counts::Events,
        "the body breaks off, correctly signed",
    ),
    (
        "oversized_body",
        Counts::Events,
        "the body has more than 256 KiB, correctly signed",
    ),
    // Which events go out, and when.
    (
        "two_schedulers",
        Counts::Events,
        "sent twice, under two ids",
    ),
    (
        "repeat",
        Counts::Events,
        "sent `count` times (default 2), byte for byte",
    ),
    (
        "concurrent",
        Counts::Events,
        "copies go out at the same moment, not in turn",
    ),
    (
        "reorder",
        Counts::Events,
        "held until the next event or a flush; then last first",
    ),
    ("lose_webhooks", Counts::Events, "never sent"),
    (
        "one_try",
        Counts::Events,
        "every sender tries once, as the monitor does",
    ),
    (
        "three_tries",
        Counts::Events,
        "every sender tries 3 times and then queues",
    ),
    // How one attempt is signed.
    (
        "unsigned",
        Counts::Attempts,
        "the signature header is empty",
    ),
    (
        "wrong_secret",
        Counts::Attempts,
        "signed with another secret",
    ),
    ("stale_timestamp", Counts::Attempts, "signed an hour ago"),
    (
        "reserialised_body",
        Counts::Attempts,
        "the signature is over other bytes than are sent",
    ),
    (
        "wrong_content_type",
        Counts::Attempts,
        "Content-Type: text/plain",
    ),
];

/// The habit of that name.
pub(crate) fn find(name: &str) -> Option<&'static Habit> {
    HABITS.iter().find(|habit| habit.0 == name)
}
