//! The page in Spanish.

use crate::pay::page::texts::{State, Texts};

pub(in crate::pay::page) const TEXTS: Texts = Texts {
    decimal_mark: ",",

    send_payment: State {
        headline: "Envíe su pago",
        advice: "Envíelo una sola vez, desde una sola cartera. Esta página avisa cuando llega.",
    },
    seen: State {
        headline: "Su pago está en camino",
        advice: "La red ya lo ha visto. No tiene que hacer nada más; no pague otra vez.",
    },
    confirming: State {
        headline: "Su pago se está confirmando",
        advice: "La red lo está confirmando, lo que puede tardar un poco. \
                 Puede cerrar esta página; no pague otra vez.",
    },
    send_the_rest: State {
        headline: "Falta una parte del pago",
        advice: "Ha llegado menos de lo que cuesta el pedido. Lo que envió queda abonado; \
                 envíe solo lo que falta.",
    },
    quote_expired: State {
        headline: "Hace falta un nuevo precio",
        advice: "En este momento no hay un precio válido en criptomonedas. Si ya ha enviado su \
                 pago, no lo envíe otra vez: todavía se reconoce. Si no, pida un nuevo precio.",
    },
    paid: State {
        headline: "Pagado. ¡Gracias!",
        advice: "Su pago ha llegado. No tiene que hacer nada más.",
    },
    being_checked: State {
        headline: "Su pago se está revisando",
        advice: "La tienda tiene que mirar algo. No se ha perdido nada; no pague otra vez.",
    },
    late: State {
        headline: "Su pago llegó tarde",
        advice: "Llegó cuando el plazo ya había terminado. No se ha perdido nada: la tienda lo \
                 revisa y envía su pedido o devuelve el dinero. No pague otra vez.",
    },
    expired: State {
        headline: "El plazo para pagar ha terminado",
        advice: "No envíe nada más a la dirección de este pedido. Si ya ha enviado algo, \
                 contacte con la tienda.",
    },
    cancelled: State {
        headline: "Este pedido fue cancelado",
        advice: "No envíe nada más a la dirección de este pedido. Si ya ha enviado algo, \
                 contacte con la tienda.",
    },
    refunded: State {
        headline: "Este pedido fue reembolsado",
        advice: "No envíe nada más a la dirección de este pedido.",
    },

    steps: ["Enviar", "Confirmar", "Pagado"],
    progress: "Progreso",
    order: "Pedido",
    total: "Total",
    received: "Recibido",
    missing: "Falta todavía",
    refund_due: "Se le debe devolver; contacte con la tienda",

    how_to_pay: "Cómo pagar",
    amount: "Importe",
    exactly: "Tiene que llegar exactamente este importe. \
              La comisión de su cartera o bolsa va aparte.",
    address: "Dirección",
    destination_tag: "Etiqueta de destino",
    tag_needed: "Sin la etiqueta no se puede reconocer el pago.",
    asset_on_network: |asset, network| format!("{asset} en {network}"),
    send_only: |asset, network| {
        format!(
            "Envíe solo {asset} en {network}. \
             Cualquier otra cosa, o lo mismo en otra red, se puede perder."
        )
    },
    open_wallet: "Abrir en la cartera",
    picture: "Código QR de este pago, para una cartera en otro dispositivo",
    time_left: "Tiempo restante",
    copy_amount: "Copiar importe",
    copy_address: "Copiar dirección",
    copy_tag: "Copiar etiqueta",
    copied: "Copiado.",

    new_quote: "Pedir un nuevo precio",
    pay_otherwise: "Pagar con otra moneda o red",
    pay_with: "Pagar con",
    get_quote: "Mostrar importe y dirección",
    cancel: "Cancelar este pedido",
    before_cancel: "No lo cancele si ya ha enviado un pago.",
    cancel_now: "Sí, cancelar",

    contact: |shop, order_id| {
        let shop = shop.unwrap_or("la tienda");
        format!("¿Preguntas? Contacte con {shop} e indique el número de pedido {order_id}.")
    },
    back: |shop| match shop {
        Some(shop) => format!("Volver a {shop}"),
        None => "Volver a la tienda".to_owned(),
    },
    state_changed: "Hay novedades. Cargando …",
    no_answer: "La tienda no responde en este momento. Se intenta de nuevo …",
};
