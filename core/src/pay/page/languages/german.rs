//! The page in German.

use crate::pay::page::texts::{State, Texts};

pub(in crate::pay::page) const TEXTS: Texts = Texts {
    decimal_mark: ",",

    send_payment: State {
        headline: "Bitte senden Sie Ihre Zahlung",
        advice: "Senden Sie sie einmal, aus einer Wallet. Diese Seite bemerkt, wenn sie eintrifft.",
    },
    seen: State {
        headline: "Ihre Zahlung ist unterwegs",
        advice: "Das Netzwerk hat sie gesehen. Sie müssen nichts weiter tun; \
                 bitte zahlen Sie nicht noch einmal.",
    },
    confirming: State {
        headline: "Ihre Zahlung wird bestätigt",
        advice: "Das Netzwerk bestätigt sie, was etwas dauern kann. Sie dürfen diese Seite \
                 schließen; bitte zahlen Sie nicht noch einmal.",
    },
    send_the_rest: State {
        headline: "Ein Teil der Zahlung fehlt",
        advice: "Es ist weniger angekommen, als die Bestellung kostet. Was Sie gesendet haben, \
                 ist Ihnen gutgeschrieben; bitte senden Sie nur, was noch fehlt.",
    },
    quote_expired: State {
        headline: "Ein neues Angebot ist nötig",
        advice: "Im Augenblick gibt es keinen gültigen Preis in Coins. Haben Sie Ihre Zahlung \
                 schon gesendet, senden Sie sie nicht noch einmal: Sie wird noch erkannt. Sonst \
                 fordern Sie ein neues Angebot an.",
    },
    paid: State {
        headline: "Bezahlt. Vielen Dank!",
        advice: "Ihre Zahlung ist eingetroffen. Sie müssen nichts weiter tun.",
    },
    being_checked: State {
        headline: "Ihre Zahlung wird geprüft",
        advice: "Der Shop muss sich etwas daran ansehen. Nichts ist verloren; \
                 bitte zahlen Sie nicht noch einmal.",
    },
    late: State {
        headline: "Ihre Zahlung kam spät",
        advice: "Sie traf ein, als die Zahlungsfrist vorbei war. Nichts ist verloren: Der Shop \
                 sieht sie sich an und schickt Ihre Bestellung oder gibt das Geld zurück. Bitte \
                 zahlen Sie nicht noch einmal.",
    },
    expired: State {
        headline: "Die Zeit zum Zahlen ist vorbei",
        advice: "Bitte senden Sie nichts mehr an die Adresse dieser Bestellung. Haben Sie schon \
                 etwas gesendet, wenden Sie sich an den Shop.",
    },
    cancelled: State {
        headline: "Diese Bestellung wurde storniert",
        advice: "Bitte senden Sie nichts mehr an die Adresse dieser Bestellung. Haben Sie schon \
                 etwas gesendet, wenden Sie sich an den Shop.",
    },
    refunded: State {
        headline: "Diese Bestellung wurde erstattet",
        advice: "Bitte senden Sie nichts mehr an die Adresse dieser Bestellung.",
    },

    steps: ["Senden", "Bestätigen", "Bezahlt"],
    progress: "Fortschritt",
    order: "Bestellung",
    total: "Summe",
    received: "Eingegangen",
    missing: "Fehlt noch",
    refund_due: "Steht Ihnen zurück zu; bitte wenden Sie sich an den Shop",

    how_to_pay: "So zahlen Sie",
    amount: "Betrag",
    exactly: "Genau dieser Betrag muss ankommen. \
              Die Gebühr Ihrer Wallet oder Börse kommt hinzu.",
    address: "Adresse",
    destination_tag: "Destination-Tag",
    tag_needed: "Ohne das Tag kann die Zahlung nicht erkannt werden.",
    asset_on_network: |asset, network| format!("{asset} auf {network}"),
    send_only: |asset, network| {
        format!(
            "Senden Sie nur {asset} auf {network}. \
             Alles andere, auch dasselbe in einem anderen Netzwerk, kann verloren sein."
        )
    },
    open_wallet: "In der Wallet öffnen",
    picture: "QR-Code dieser Zahlung, für eine Wallet auf einem anderen Gerät",
    time_left: "Verbleibende Zeit",
    copy_amount: "Betrag kopieren",
    copy_address: "Adresse kopieren",
    copy_tag: "Tag kopieren",
    copied: "Kopiert.",

    new_quote: "Neues Angebot anfordern",
    pay_otherwise: "Mit anderem Coin oder Netzwerk zahlen",
    pay_with: "Zahlen mit",
    get_quote: "Betrag und Adresse zeigen",
    cancel: "Diese Bestellung stornieren",
    before_cancel: "Stornieren Sie nicht, wenn Sie schon eine Zahlung gesendet haben.",
    cancel_now: "Ja, stornieren",

    contact: |shop, order_id| match shop {
        Some(shop) => {
            format!(
                "Fragen? Wenden Sie sich an {shop} und nennen Sie die Bestellnummer {order_id}."
            )
        }
        None => format!(
            "Fragen? Wenden Sie sich an den Shop und nennen Sie die Bestellnummer {order_id}."
        ),
    },
    back: |shop| match shop {
        Some(shop) => format!("Zurück zu {shop}"),
        None => "Zurück zum Shop".to_owned(),
    },
    state_changed: "Es gibt Neues. Wird geladen …",
    no_answer: "Im Augenblick keine Antwort vom Shop. Neuer Versuch folgt …",
};
