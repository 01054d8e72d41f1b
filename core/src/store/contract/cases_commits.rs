//! What becomes of a commit: all of it or nothing, in its order, with the class that fits.

use super::sql::{Words, column, commits, fails, finds, finds_all, stock};
use super::{Case, Gives, Order, Step, Table};
use crate::store::{FaultClass, Query, Value};

use FaultClass::{Conflict, Fatal};

pub(super) fn all(sql: &Words) -> Vec<Case> {
    vec![
        all_or_nothing(sql),
        first_error(sql),
        primary_key(sql),
        unique(sql),
        check(sql),
        missing_value(sql),
        broken_statement(sql),
        relative_change(sql),
        order_of_writes(sql),
        no_row(sql),
        every_statement(sql),
        migrations(sql),
    ]
}

fn all_or_nothing(sql: &Words) -> Case {
    Case {
        name: "nothing is left of a commit whose third statement fails",
        steps: vec![
            commits(
                1,
                vec![
                    sql.insert_log("atomic", 1),
                    sql.insert_stock("atomic", 5, 0),
                ],
            ),
            fails(
                1,
                vec![
                    sql.insert_meta("atomic", "x"),
                    sql.reserve("atomic", 2),
                    sql.insert_log("atomic", 1),
                ],
                Conflict,
            ),
            finds_all(
                1,
                vec![
                    (sql.meta("atomic"), vec![]),
                    (sql.stock("atomic"), stock("atomic", 5, 0)),
                    (sql.log_version("atomic"), column([1_i64])),
                ],
            ),
        ],
    }
}

fn first_error(sql: &Words) -> Case {
    let conflict = || sql.insert_log("first error", 1);
    Case {
        name: "a commit stops at its first error, which gives the class",
        steps: vec![
            commits(1, vec![conflict()]),
            fails(1, vec![conflict(), broken(sql)], Conflict),
            fails(1, vec![broken(sql), conflict()], Fatal),
        ],
    }
}

fn primary_key(sql: &Words) -> Case {
    let insert = |version| sql.insert_log("primary key", version);
    Case {
        name: "a primary key that is taken is a conflict",
        steps: vec![
            commits(1, vec![insert(1), insert(2)]),
            fails(1, vec![insert(2)], Conflict),
            fails(1, vec![insert(3), insert(3)], Conflict),
            finds(1, sql.log_version("primary key"), column([2_i64])),
        ],
    }
}

fn unique(sql: &Words) -> Case {
    let insert =
        |attempt, key: &str, payment_id| sql.insert_payment("unique", attempt, key, payment_id);
    Case {
        name: "a unique value that is taken is a conflict, and nulls are not taken",
        steps: vec![
            commits(
                1,
                vec![
                    insert(1, "unique 1", Some("unique pay")),
                    insert(2, "unique 2", None),
                    insert(3, "unique 3", None),
                ],
            ),
            fails(1, vec![insert(4, "unique 2", None)], Conflict),
            fails(1, vec![insert(4, "unique 4", Some("unique pay"))], Conflict),
            commits(1, vec![insert(4, "unique 4", Some("unique Pay"))]),
        ],
    }
}

fn check(sql: &Words) -> Case {
    Case {
        name: "a check that does not hold is a conflict",
        steps: vec![
            fails(1, vec![sql.insert_reservation("check", "a", 0)], Conflict),
            fails(1, vec![sql.insert_stock("check", 1, 2)], Conflict),
            fails(1, vec![sql.insert_stock("check", 1, -1)], Conflict),
            finds(1, sql.stock("check"), vec![]),
        ],
    }
}

fn missing_value(sql: &Words) -> Case {
    Case {
        name: "a missing value is a defect and no conflict",
        steps: vec![
            fails(1, vec![sql.insert_meta("missing", Value::Null)], Fatal),
            finds(1, sql.meta("missing"), vec![]),
        ],
    }
}

fn broken_statement(sql: &Words) -> Case {
    Case {
        name: "a statement that the database does not understand is fatal, and the next one runs",
        steps: vec![
            Step::Load {
                on: 1,
                statements: vec![
                    sql.meta("broken"),
                    sql.order("SELECT a FROM {no_table}", []),
                ],
                gives: Gives::Fault(Fatal),
            },
            finds(1, sql.meta("broken"), vec![]),
            fails(1, vec![sql.insert_meta("broken", "x"), broken(sql)], Fatal),
            finds(1, sql.meta("broken"), vec![]),
            commits(1, vec![sql.insert_meta("broken", "x")]),
            finds(1, sql.meta("broken"), column(["x"])),
        ],
    }
}

fn relative_change(sql: &Words) -> Case {
    let two = || vec![sql.insert_meta("relative", "x"), sql.reserve("relative", 3)];
    Case {
        name: "a relative change adds up until a check stops it",
        steps: vec![
            commits(1, vec![sql.insert_stock("relative", 10, 0)]),
            commits(
                1,
                vec![sql.reserve("relative", 4), sql.reserve("relative", 4)],
            ),
            fails(1, two(), Conflict),
            finds(1, sql.stock("relative"), stock("relative", 10, 8)),
            fails(1, vec![sql.reserve("relative", -9)], Conflict),
            commits(1, vec![sql.reserve("relative", -5)]),
            commits(1, two()),
            finds(1, sql.stock("relative"), stock("relative", 10, 6)),
        ],
    }
}

fn order_of_writes(sql: &Words) -> Case {
    let update = |value: &str| {
        let template = "UPDATE {meta} SET value = ? WHERE name = ?";
        sql.order(template, [value.into(), "written".into()])
    };
    let delete = sql.query(Query::DeleteMeta, ["written".into()]);
    Case {
        name: "writes happen in their order, and each sees those before it",
        steps: vec![
            commits(
                1,
                vec![
                    update("too early"),
                    sql.insert_meta("written", "first"),
                    update("second"),
                    delete,
                    sql.insert_meta("written", "third"),
                    update("fourth"),
                ],
            ),
            finds(1, sql.meta("written"), column(["fourth"])),
        ],
    }
}

fn no_row(sql: &Words) -> Case {
    Case {
        name: "a write that finds no row is committed",
        steps: vec![commits(
            1,
            vec![
                sql.query(Query::DeleteMeta, ["no row".into()]),
                sql.reserve("no row", 1),
            ],
        )],
    }
}

fn every_statement(sql: &Words) -> Case {
    let spoil = |with, fault| {
        let (load, rows) = nothing_bought(sql).into_iter().unzip();
        Step::Spoil {
            statements: purchase(sql),
            with,
            fault,
            load,
            rows,
        }
    };
    let taken = sql.insert_log("every taken", 1);
    let stocks = ["every a", "every b"].map(|sku| sql.insert_stock(sku, 9, 0));
    let bought = vec![
        vec!["every a".into(), 2_i64.into()],
        vec!["every b".into(), 3_i64.into()],
    ];
    Case {
        name: "whichever statement of a real commit fails, nothing of it is left",
        steps: vec![
            commits(1, vec![taken.clone()]),
            commits(1, stocks.into()),
            spoil(taken, Conflict),
            spoil(sql.reserve("every a", 10), Conflict),
            spoil(broken(sql), Fatal),
            commits(1, purchase(sql)),
            finds(1, sql.reservations("every"), bought),
            finds(1, sql.stock("every b"), stock("every b", 9, 3)),
        ],
    }
}

/// A commit that opens an order.
fn purchase(sql: &Words) -> Vec<Order> {
    let id = "every";
    vec![
        sql.insert_log(id, 1),
        sql.insert_order(id),
        sql.insert_payment(id, 1, "every key", None),
        sql.reserve("every a", 2),
        sql.insert_reservation(id, "every a", 2),
        sql.reserve("every b", 3),
        sql.insert_reservation(id, "every b", 3),
        sql.insert_event("every event", Some("every pay"), None),
        sql.insert_effect(id, "order_status_changed"),
        sql.insert_meta("every", "x"),
    ]
}

/// Where each row of the purchase would be found, and what is there without it.
fn nothing_bought(sql: &Words) -> Vec<(Order, Table)> {
    let id = "every";
    let by_id = |template| sql.order(template, [id.into()]);
    vec![
        (sql.log_version(id), column([Value::Null])),
        (sql.order_row(id), vec![]),
        (
            by_id("SELECT attempt FROM {payments} WHERE order_id = ?"),
            vec![],
        ),
        (sql.stock("every a"), stock("every a", 9, 0)),
        (sql.stock("every b"), stock("every b", 9, 0)),
        (sql.reservations(id), vec![]),
        (
            sql.query(Query::EventByHash, ["every event".into()]),
            vec![],
        ),
        (
            by_id("SELECT kind FROM {effects} WHERE order_id = ?"),
            vec![],
        ),
        (sql.meta("every"), vec![]),
    ]
}

fn migrations(sql: &Words) -> Case {
    let mut steps = vec![commits(1, vec![sql.insert_log("migrated", 1)])];
    steps.extend(sql.schema().into_iter().map(|one| commits(2, vec![one])));
    steps.push(finds(1, sql.log_version("migrated"), column([1_i64])));
    steps.push(fails(2, vec![sql.insert_log("migrated", 1)], Conflict));
    Case {
        name: "a migration that has run runs again and changes nothing",
        steps,
    }
}

fn broken(sql: &Words) -> Order {
    sql.order("INSERT INTO {no_table} (a) VALUES (?)", ["x".into()])
}
