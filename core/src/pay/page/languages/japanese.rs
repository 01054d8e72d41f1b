//! The page in Japanese.

use crate::pay::page::texts::{State, Texts};

pub(in crate::pay::page) const TEXTS: Texts = Texts {
    decimal_mark: ".",

    send_payment: State {
        headline: "お支払いを送金してください",
        advice: "一つのウォレットから一度だけ送金してください。着金するとこのページに表示されます。",
    },
    seen: State {
        headline: "お支払いを検知しました",
        advice: "ネットワークで確認されました。これ以上の操作は不要です。二重に支払わないでください。",
    },
    confirming: State {
        headline: "お支払いを承認中です",
        advice: "ネットワークが承認しています。しばらくかかることがあります。\
                 このページは閉じても構いません。二重に支払わないでください。",
    },
    send_the_rest: State {
        headline: "お支払いの一部が不足しています",
        advice: "ご注文の金額より少ない額が届きました。送金済みの分は反映されています。\
                 不足分だけを送金してください。",
    },
    quote_expired: State {
        headline: "新しい見積もりが必要です",
        advice: "現在、有効なコイン建ての金額がありません。すでに送金された場合は、\
                 再度送金しないでください。引き続き認識されます。\
                 まだの場合は、新しい見積もりを取得してください。",
    },
    paid: State {
        headline: "お支払いが完了しました。ありがとうございます。",
        advice: "お支払いを受け取りました。これ以上の操作は不要です。",
    },
    being_checked: State {
        headline: "お支払いを確認しています",
        advice: "ショップでの確認が必要です。何も失われていません。二重に支払わないでください。",
    },
    late: State {
        headline: "お支払いの到着が遅れました",
        advice: "支払期限の後に届きました。何も失われていません。\
                 ショップが確認し、商品を発送するか返金します。二重に支払わないでください。",
    },
    expired: State {
        headline: "支払期限が過ぎました",
        advice: "このご注文のアドレスにはもう送金しないでください。\
                 すでに送金された場合は、ショップにお問い合わせください。",
    },
    cancelled: State {
        headline: "このご注文はキャンセルされました",
        advice: "このご注文のアドレスにはもう送金しないでください。\
                 すでに送金された場合は、ショップにお問い合わせください。",
    },
    refunded: State {
        headline: "このご注文は返金されました",
        advice: "このご注文のアドレスにはもう送金しないでください。",
    },

    steps: ["送金", "承認", "完了"],
    progress: "進行状況",
    order: "注文番号",
    total: "合計",
    received: "受取済み",
    missing: "不足額",
    refund_due: "返金予定額(ショップにお問い合わせください)",

    how_to_pay: "お支払い方法",
    amount: "金額",
    exactly: "この金額が正確に届く必要があります。ウォレットや取引所の手数料は別途かかります。",
    address: "アドレス",
    destination_tag: "宛先タグ",
    tag_needed: "タグがないとお支払いを認識できません。",
    asset_on_network: |asset, network| format!("{network} の {asset}"),
    send_only: |asset, network| {
        format!(
            "{network} の {asset} だけを送金してください。\
             それ以外のもの、または別のネットワークでの送金は失われることがあります。"
        )
    },
    open_wallet: "ウォレットで開く",
    picture: "このお支払いのQRコード(別の端末のウォレット用)",
    time_left: "残り時間",
    copy_amount: "金額をコピー",
    copy_address: "アドレスをコピー",
    copy_tag: "タグをコピー",
    copied: "コピーしました。",

    new_quote: "新しい見積もりを取得",
    pay_otherwise: "別のコインまたはネットワークで支払う",
    pay_with: "支払いに使うコイン",
    get_quote: "金額とアドレスを表示",
    cancel: "この注文をキャンセルする",
    before_cancel: "すでに送金された場合はキャンセルしないでください。",
    cancel_now: "はい、キャンセルします",

    contact: |shop, order_id| {
        let shop = shop.unwrap_or("ショップ");
        format!("ご質問は、注文番号 {order_id} を添えて {shop} にお問い合わせください。")
    },
    back: |shop| format!("{} に戻る", shop.unwrap_or("ショップ")),
    state_changed: "更新があります。読み込んでいます…",
    no_answer: "現在ショップから応答がありません。再試行しています…",
};
