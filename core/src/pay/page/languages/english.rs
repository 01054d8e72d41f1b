//! The page in English.

use crate::pay::page::texts::{State, Texts};

pub(in crate::pay::page) const TEXTS: Texts = Texts {
    decimal_mark: ".",

    send_payment: State {
        headline: "Please send your payment",
        advice: "Send it once, from one wallet. This page notices when it arrives.",
    },
    seen: State {
        headline: "Your payment is on its way",
        advice: "The network has seen it. You need not do anything more; do not pay again.",
    },
    confirming: State {
        headline: "Your payment is being confirmed",
        advice: "The network is confirming it, which can take a while. \
                 You may close this page; do not pay again.",
    },
    send_the_rest: State {
        headline: "Part of the payment is missing",
        advice: "Less arrived than the order costs. What you sent is credited to you; \
                 please send only what is missing.",
    },
    quote_expired: State {
        headline: "A new quote is needed",
        advice: "There is no valid price in coins at the moment. If you have already sent your \
                 payment, do not send it again: it is still recognised. Otherwise ask for a new \
                 quote.",
    },
    paid: State {
        headline: "Paid. Thank you!",
        advice: "Your payment has arrived. You need not do anything more.",
    },
    being_checked: State {
        headline: "Your payment is being checked",
        advice: "Something about it needs a look by the shop. Nothing is lost; \
                 please do not pay again.",
    },
    late: State {
        headline: "Your payment came late",
        advice: "It arrived after the time to pay was over. Nothing is lost: the shop looks at it \
                 and either sends your order or returns the money. Please do not pay again.",
    },
    expired: State {
        headline: "The time to pay is over",
        advice: "Please send nothing to this order's address any more. If you have already sent \
                 something, contact the shop.",
    },
    cancelled: State {
        headline: "This order was cancelled",
        advice: "Please send nothing to this order's address any more. If you have already sent \
                 something, contact the shop.",
    },
    refunded: State {
        headline: "This order was refunded",
        advice: "Please send nothing to this order's address any more.",
    },

    steps: ["Send", "Confirm", "Paid"],
    progress: "Progress",
    order: "Order",
    total: "Total",
    received: "Received",
    missing: "Still missing",
    refund_due: "To be returned to you; please contact the shop",

    how_to_pay: "How to pay",
    amount: "Amount",
    exactly: "Exactly this amount has to arrive. The fee of your wallet or exchange comes on top.",
    address: "Address",
    destination_tag: "Destination tag",
    tag_needed: "Without the tag the payment cannot be recognised.",
    asset_on_network: |asset, network| format!("{asset} on {network}"),
    send_only: |asset, network| {
        format!(
            "Send only {asset} on {network}. \
             Anything else, or the same on another network, may be lost."
        )
    },
    open_wallet: "Open in wallet",
    picture: "QR code of this payment, for a wallet on another device",
    time_left: "Time left",
    copy_amount: "Copy amount",
    copy_address: "Copy address",
    copy_tag: "Copy tag",
    copied: "Copied.",

    new_quote: "Get a new quote",
    pay_otherwise: "Pay with another coin or network",
    pay_with: "Pay with",
    get_quote: "Show amount and address",
    cancel: "Cancel this order",
    before_cancel: "Do not cancel if you have already sent a payment.",
    cancel_now: "Yes, cancel",

    contact: |shop, order_id| {
        let shop = shop.unwrap_or("the shop");
        format!("Questions? Contact {shop} and give the order number {order_id}.")
    },
    back: |shop| format!("Back to {}", shop.unwrap_or("the shop")),
    state_changed: "There is news. Loading …",
    no_answer: "No answer from the shop at the moment. Trying again …",
};
