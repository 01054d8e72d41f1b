//! What goes in and what comes out: values, keys, sizes.

use super::sql::{Words, column, commits, fails, finds, finds_all, stock};
use super::{Case, Datum};
use crate::store::{FaultClass, Value};

const LARGEST: i64 = (1 << 53) - 1;

const TEXTS: [&str; 9] = [
    "",
    " ",
    "it's \"quoted\" `back` \\ and \\' too",
    "100% _ ? $1 {x} :name @name ; -- /* */",
    "line\nfeed\r\n\ttab",
    "\u{1}\u{8}\u{b}\u{1b}\u{1f}\u{7f}\u{85}",
    "Zażółć gęślą jaźń, 東京, שלום",
    "🛒👩\u{200d}👩\u{200d}👧 e\u{301} \u{feff}\u{fffd}\u{10ffff}",
    "null",
];

pub(super) fn all(sql: &Words) -> Vec<Case> {
    vec![
        nothing(sql),
        empty(),
        texts(sql),
        long_text(sql),
        integers(sql),
        nulls(sql),
        bytes(sql),
        order_of_bytes(sql),
        ninety(sql),
        many(sql),
    ]
}

fn nothing(sql: &Words) -> Case {
    Case {
        name: "what is not there has no rows, and a maximum of nothing is null",
        steps: vec![finds_all(
            1,
            vec![
                (sql.meta("nothing"), vec![]),
                (sql.log_version("nothing"), column([Value::Null])),
            ],
        )],
    }
}

fn empty() -> Case {
    Case {
        name: "an empty load gives nothing and an empty commit is committed",
        steps: vec![finds_all(1, vec![]), commits(1, vec![])],
    }
}

fn texts(sql: &Words) -> Case {
    let names: Vec<String> = (0..TEXTS.len()).map(|n| format!("text {n}")).collect();
    let inserts = names.iter().zip(TEXTS);
    let inserts = inserts.map(|(name, text)| sql.insert_meta(name, text));
    let loads = names.iter().zip(TEXTS);
    let loads = loads.map(|(name, text)| (sql.meta(name), column([text])));
    Case {
        name: "texts come back as they went in",
        steps: vec![commits(1, inserts.collect()), finds_all(1, loads.collect())],
    }
}

fn long_text(sql: &Words) -> Case {
    let long = Datum::Long {
        repeat: "0123456789 äöü ",
        times: 15_000,
    };
    let insert = sql.insert_meta("long", long.clone());
    Case {
        name: "a text of more than 256 KiB comes back whole",
        steps: vec![
            commits(1, vec![insert]),
            finds(1, sql.meta("long"), vec![vec![long]]),
        ],
    }
}

fn integers(sql: &Words) -> Case {
    let numbers = [0, -1, 1, LARGEST, -LARGEST, i64::from(i32::MAX) + 1];
    let name = |n: usize| format!("integer {n}");
    let inserts = numbers
        .iter()
        .enumerate()
        .map(|(n, number)| sql.insert_event(&name(n), None, Some(*number)));
    let template = "SELECT alert_at FROM {webhook_events} WHERE body_hash = ?";
    let loads = numbers.iter().enumerate().map(|(n, number)| {
        let load = sql.order(template, [name(n).into()]);
        (load, column([*number]))
    });
    Case {
        name: "integers come back exactly, up to 2^53 - 1 either way",
        steps: vec![commits(1, inserts.collect()), finds_all(1, loads.collect())],
    }
}

fn nulls(sql: &Words) -> Case {
    let template = "SELECT payment_id, alert_at FROM {webhook_events} WHERE body_hash = ?";
    let load = |name: &str| sql.order(template, [name.into()]);
    let null: Datum = Value::Null.into();
    Case {
        name: "null is null and not an empty text or zero",
        steps: vec![
            commits(
                1,
                vec![
                    sql.insert_event("both null", None, None),
                    sql.insert_event("neither null", Some(""), Some(0)),
                ],
            ),
            finds_all(
                1,
                vec![
                    (load("both null"), vec![vec![null.clone(), null]]),
                    (load("neither null"), vec![vec!["".into(), 0_i64.into()]]),
                ],
            ),
        ],
    }
}

fn bytes(sql: &Words) -> Case {
    let keys = [
        "key",
        "Key",
        "key ",
        " key",
        "kéy",
        "ke\u{301}y",
        "ｋey",
        "ß",
        "ss",
    ];
    let inserts = keys.iter().map(|key| sql.insert_meta(key, *key));
    let loads = keys.iter().map(|key| (sql.meta(key), column([*key])));
    Case {
        name: "keys are compared as bytes: case, spaces and accents count",
        steps: vec![
            commits(1, inserts.collect()),
            finds_all(1, loads.collect()),
            finds(1, sql.meta("KEY"), vec![]),
            fails(
                1,
                vec![sql.insert_meta("key ", "again")],
                FaultClass::Conflict,
            ),
        ],
    }
}

fn order_of_bytes(sql: &Words) -> Case {
    let skus = ["o\u{10ffff}", "oa", "oZ", "o_", "oé", "oz", "o", "o~", "o9"];
    let mut sorted = skus;
    sorted.sort_unstable();
    let inserts = skus.iter().map(|sku| sql.insert_stock(sku, 0, 0));
    let template = "SELECT sku FROM {stock} WHERE sku >= ? AND sku < ? ORDER BY sku LIMIT ?";
    let load = |limit: i64| sql.order(template, ["o".into(), "p".into(), limit.into()]);
    let three = sorted.iter().take(3).copied();
    Case {
        name: "texts are ordered by their bytes, and a limit cuts after that",
        steps: vec![
            commits(1, inserts.collect()),
            finds(1, load(100), column(sorted)),
            finds(1, load(3), column(three)),
        ],
    }
}

fn ninety(sql: &Words) -> Case {
    let values = vec!["(?, ?, ?)"; 30].join(", ");
    let insert = format!("INSERT INTO {{stock}} (sku, on_hand, reserved) VALUES {values}");
    let skus: Vec<String> = (10..40).map(|n| format!("ninety {n}")).collect();
    let params = skus.iter().zip(100_i64..);
    let params = params.flat_map(|(sku, n)| [sku.as_str().into(), n.into(), 7_i64.into()]);
    let list = vec!["?"; 90].join(", ");
    let load = format!("SELECT COUNT(*) FROM {{stock}} WHERE sku IN ({list})");
    let wanted = (0..90).map(|n| format!("ninety {n}").into());
    Case {
        name: "a statement may have ninety parameters",
        steps: vec![
            commits(1, vec![sql.order(&insert, params)]),
            finds_all(
                1,
                vec![
                    (sql.order(&load, wanted), column([30_i64])),
                    (sql.stock("ninety 39"), stock("ninety 39", 129, 7)),
                ],
            ),
        ],
    }
}

fn many(sql: &Words) -> Case {
    let inserts = (1..=100).map(|version| sql.insert_log("many", version));
    let template = "SELECT version FROM {order_log} WHERE order_id = ? ORDER BY version";
    let load = sql.order(template, ["many".into()]);
    Case {
        name: "a commit may have a hundred statements, and a load a hundred rows",
        steps: vec![
            commits(1, inserts.collect()),
            finds(1, load, column(1..=100_i64)),
        ],
    }
}
