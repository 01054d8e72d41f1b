//! The page in Arabic, which is written from right to left.

use crate::pay::page::texts::{State, Texts};

pub(in crate::pay::page) const TEXTS: Texts = Texts {
    decimal_mark: ".",

    send_payment: State {
        headline: "يرجى إرسال دفعتك",
        advice: "أرسلها مرة واحدة من محفظة واحدة. تلاحظ هذه الصفحة وصولها.",
    },
    seen: State {
        headline: "دفعتك في الطريق",
        advice: "رصدتها الشبكة. لا يلزمك فعل أي شيء آخر؛ لا تدفع مرة أخرى.",
    },
    confirming: State {
        headline: "يجري تأكيد دفعتك",
        advice: "الشبكة تؤكدها، وقد يستغرق ذلك بعض الوقت. \
                 يمكنك إغلاق هذه الصفحة؛ لا تدفع مرة أخرى.",
    },
    send_the_rest: State {
        headline: "جزء من الدفعة ناقص",
        advice: "وصل أقل من ثمن الطلب. ما أرسلته محسوب لك؛ يرجى إرسال المبلغ الناقص فقط.",
    },
    quote_expired: State {
        headline: "يلزم عرض سعر جديد",
        advice: "لا يوجد الآن سعر صالح بالعملات الرقمية. إن كنت قد أرسلت دفعتك فلا ترسلها مرة \
                 أخرى: سيتم التعرف عليها. وإلا فاطلب عرض سعر جديدا.",
    },
    paid: State {
        headline: "تم الدفع. شكرا لك!",
        advice: "وصلت دفعتك. لا يلزمك فعل أي شيء آخر.",
    },
    being_checked: State {
        headline: "تجري مراجعة دفعتك",
        advice: "يحتاج المتجر إلى مراجعة أمر ما. لم يضع شيء؛ يرجى عدم الدفع مرة أخرى.",
    },
    late: State {
        headline: "وصلت دفعتك متأخرة",
        advice: "وصلت بعد انتهاء مهلة الدفع. لم يضع شيء: سيراجعها المتجر ثم يرسل طلبك أو يعيد \
                 المال. يرجى عدم الدفع مرة أخرى.",
    },
    expired: State {
        headline: "انتهت مهلة الدفع",
        advice: "يرجى عدم إرسال أي شيء بعد الآن إلى عنوان هذا الطلب. إن كنت قد أرسلت شيئا \
                 فتواصل مع المتجر.",
    },
    cancelled: State {
        headline: "أُلغي هذا الطلب",
        advice: "يرجى عدم إرسال أي شيء بعد الآن إلى عنوان هذا الطلب. إن كنت قد أرسلت شيئا \
                 فتواصل مع المتجر.",
    },
    refunded: State {
        headline: "أُعيد مال هذا الطلب",
        advice: "يرجى عدم إرسال أي شيء بعد الآن إلى عنوان هذا الطلب.",
    },

    steps: ["إرسال", "تأكيد", "مدفوع"],
    progress: "التقدم",
    order: "الطلب",
    total: "المجموع",
    received: "المستلم",
    missing: "الناقص",
    refund_due: "مبلغ مستحق لك؛ يرجى التواصل مع المتجر",

    how_to_pay: "طريقة الدفع",
    amount: "المبلغ",
    exactly: "يجب أن يصل هذا المبلغ بالضبط. رسوم محفظتك أو منصتك تضاف إليه.",
    address: "العنوان",
    destination_tag: "وسم الوجهة",
    tag_needed: "بدون الوسم لا يمكن التعرف على الدفعة.",
    asset_on_network: |asset, network| format!("{asset} على {network}"),
    send_only: |asset, network| {
        format!(
            "أرسل {asset} على {network} فقط. أي شيء آخر، أو العملة نفسها على شبكة أخرى، قد يضيع."
        )
    },
    open_wallet: "فتح في المحفظة",
    picture: "رمز QR لهذه الدفعة، لمحفظة على جهاز آخر",
    time_left: "الوقت المتبقي",
    copy_amount: "نسخ المبلغ",
    copy_address: "نسخ العنوان",
    copy_tag: "نسخ الوسم",
    copied: "تم النسخ.",

    new_quote: "طلب عرض سعر جديد",
    pay_otherwise: "الدفع بعملة أو شبكة أخرى",
    pay_with: "الدفع بواسطة",
    get_quote: "عرض المبلغ والعنوان",
    cancel: "إلغاء هذا الطلب",
    before_cancel: "لا تلغ الطلب إن كنت قد أرسلت دفعة.",
    cancel_now: "نعم، إلغاء",

    contact: |shop, order_id| {
        let shop = shop.unwrap_or("المتجر");
        format!("أسئلة؟ تواصل مع {shop} واذكر رقم الطلب {order_id}.")
    },
    back: |shop| format!("العودة إلى {}", shop.unwrap_or("المتجر")),
    state_changed: "هناك جديد. جار التحميل …",
    no_answer: "لا يجيب المتجر الآن. تجري المحاولة مرة أخرى …",
};
