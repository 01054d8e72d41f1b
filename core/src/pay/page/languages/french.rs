//! The page in French.

use crate::pay::page::texts::{State, Texts};

pub(in crate::pay::page) const TEXTS: Texts = Texts {
    decimal_mark: ",",

    send_payment: State {
        headline: "Veuillez envoyer votre paiement",
        advice: "Envoyez-le une seule fois, depuis un seul portefeuille. \
                 Cette page remarque son arrivée.",
    },
    seen: State {
        headline: "Votre paiement est en route",
        advice: "Le réseau l’a vu. Vous n’avez plus rien à faire ; ne payez pas une seconde fois.",
    },
    confirming: State {
        headline: "Votre paiement est en cours de confirmation",
        advice: "Le réseau le confirme, ce qui peut prendre un moment. \
                 Vous pouvez fermer cette page ; ne payez pas une seconde fois.",
    },
    send_the_rest: State {
        headline: "Il manque une partie du paiement",
        advice: "Il est arrivé moins que le prix de la commande. Ce que vous avez envoyé vous est \
                 crédité ; envoyez seulement ce qui manque.",
    },
    quote_expired: State {
        headline: "Il faut un nouveau prix",
        advice: "Il n’y a pas de prix valable en cryptomonnaie en ce moment. Si vous avez déjà \
                 envoyé votre paiement, ne l’envoyez pas de nouveau : il sera encore reconnu. \
                 Sinon, demandez un nouveau prix.",
    },
    paid: State {
        headline: "Payé. Merci !",
        advice: "Votre paiement est arrivé. Vous n’avez plus rien à faire.",
    },
    being_checked: State {
        headline: "Votre paiement est en cours de vérification",
        advice: "La boutique doit y regarder de plus près. Rien n’est perdu ; \
                 ne payez pas une seconde fois.",
    },
    late: State {
        headline: "Votre paiement est arrivé en retard",
        advice: "Il est arrivé après la fin du délai. Rien n’est perdu : la boutique l’examine, \
                 puis envoie votre commande ou rend l’argent. Ne payez pas une seconde fois.",
    },
    expired: State {
        headline: "Le délai de paiement est passé",
        advice: "N’envoyez plus rien à l’adresse de cette commande. Si vous avez déjà envoyé \
                 quelque chose, contactez la boutique.",
    },
    cancelled: State {
        headline: "Cette commande a été annulée",
        advice: "N’envoyez plus rien à l’adresse de cette commande. Si vous avez déjà envoyé \
                 quelque chose, contactez la boutique.",
    },
    refunded: State {
        headline: "Cette commande a été remboursée",
        advice: "N’envoyez plus rien à l’adresse de cette commande.",
    },

    steps: ["Envoyer", "Confirmer", "Payé"],
    progress: "Avancement",
    order: "Commande",
    total: "Total",
    received: "Reçu",
    missing: "Manque encore",
    refund_due: "À vous rendre ; veuillez contacter la boutique",

    how_to_pay: "Comment payer",
    amount: "Montant",
    exactly: "C’est exactement ce montant qui doit arriver. Les frais de votre portefeuille ou de \
              votre plateforme s’y ajoutent.",
    address: "Adresse",
    destination_tag: "Tag de destination",
    tag_needed: "Sans le tag, le paiement ne peut pas être reconnu.",
    asset_on_network: |asset, network| format!("{asset} sur {network}"),
    send_only: |asset, network| {
        format!(
            "Envoyez seulement {asset} sur {network}. \
             Autre chose, ou la même chose sur un autre réseau, peut être perdu."
        )
    },
    open_wallet: "Ouvrir dans le portefeuille",
    picture: "Code QR de ce paiement, pour un portefeuille sur un autre appareil",
    time_left: "Temps restant",
    copy_amount: "Copier le montant",
    copy_address: "Copier l’adresse",
    copy_tag: "Copier le tag",
    copied: "Copié.",

    new_quote: "Demander un nouveau prix",
    pay_otherwise: "Payer avec une autre monnaie ou un autre réseau",
    pay_with: "Payer avec",
    get_quote: "Afficher le montant et l’adresse",
    cancel: "Annuler cette commande",
    before_cancel: "N’annulez pas si vous avez déjà envoyé un paiement.",
    cancel_now: "Oui, annuler",

    contact: |shop, order_id| {
        let shop = shop.unwrap_or("la boutique");
        format!("Des questions ? Contactez {shop} en donnant le numéro de commande {order_id}.")
    },
    back: |shop| match shop {
        Some(shop) => format!("Retour à {shop}"),
        None => "Retour à la boutique".to_owned(),
    },
    state_changed: "Il y a du nouveau. Chargement …",
    no_answer: "La boutique ne répond pas en ce moment. Nouvel essai …",
};
