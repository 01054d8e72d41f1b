//! What two executors on one store do to each other: who sees what, and who wins.

use super::sql::{Words, column, commits, fails, finds, finds_all, stock};
use super::{Case, Step};
use crate::store::FaultClass;

const ROUNDS: i64 = 25;

pub(super) fn all(sql: &Words) -> Vec<Case> {
    vec![
        seen_at_once(sql),
        nothing_left_open(sql),
        one_winner(sql),
        all_count(sql),
        last_piece(sql),
        one_moment(sql),
    ]
}

fn seen_at_once(sql: &Words) -> Case {
    let mut steps = Vec::new();
    for round in 1..=10 {
        let on = if round % 2 == 0 { 2 } else { 1 };
        steps.push(commits(on, vec![sql.insert_log("seen", round)]));
        for reader in [1, 2] {
            steps.push(finds(reader, sql.log_version("seen"), column([round])));
        }
    }
    Case {
        name: "what is committed is in the next load, whichever executor does which",
        steps,
    }
}

fn nothing_left_open(sql: &Words) -> Case {
    let insert = |version| sql.insert_log("left open", version);
    let mut steps = vec![commits(1, vec![insert(1)])];
    for (round, on) in [(2, 1), (3, 2)] {
        let other = 3 - on;
        steps.push(fails(
            on,
            vec![insert(round), insert(1)],
            FaultClass::Conflict,
        ));
        steps.push(finds(
            other,
            sql.log_version("left open"),
            column([round - 1]),
        ));
        steps.push(commits(other, vec![insert(round)]));
        steps.push(finds(on, sql.log_version("left open"), column([round])));
    }
    Case {
        name: "a commit that failed holds up nobody",
        steps,
    }
}

fn one_winner(sql: &Words) -> Case {
    let commit = |who: &str, version| {
        let name = format!("winner {who} {version}");
        vec![
            sql.insert_meta(&name, who),
            sql.insert_log("winner", version),
        ]
    };
    let race = |version| Step::Race {
        commits: [commit("a", version), commit("b", version)],
        winners: 1,
    };
    let template = "SELECT COUNT(*) FROM {meta} WHERE name LIKE 'winner %'";
    let mut steps: Vec<Step> = (1..=ROUNDS).map(race).collect();
    steps.push(finds_all(
        1,
        vec![
            (sql.log_version("winner"), column([ROUNDS])),
            // As many as there were races: the losers' rows are gone.
            (sql.order(template, []), column([ROUNDS])),
        ],
    ));
    Case {
        name: "of two that insert the same version at the same time one wins",
        steps,
    }
}

fn all_count(sql: &Words) -> Case {
    let race = |_| Step::Race {
        commits: [
            vec![sql.reserve("counts", 1)],
            vec![sql.reserve("counts", 2)],
        ],
        winners: 2,
    };
    let mut steps = vec![commits(1, vec![sql.insert_stock("counts", 1_000, 0)])];
    steps.extend((1..=ROUNDS).map(race));
    let sum = stock("counts", 1_000, 3 * ROUNDS);
    steps.push(finds(2, sql.stock("counts"), sum));
    Case {
        name: "relative changes at the same time all count",
        steps,
    }
}

fn last_piece(sql: &Words) -> Case {
    let mut steps = vec![commits(1, vec![sql.insert_stock("last", 0, 0)])];
    let one_more = "UPDATE {stock} SET on_hand = on_hand + 1 WHERE sku = ?";
    for _ in 0..ROUNDS {
        steps.push(commits(1, vec![sql.order(one_more, ["last".into()])]));
        steps.push(Step::Race {
            commits: [vec![sql.reserve("last", 1)], vec![sql.reserve("last", 1)]],
            winners: 1,
        });
    }
    steps.push(finds(1, sql.stock("last"), stock("last", ROUNDS, ROUNDS)));
    Case {
        name: "of two that reserve the last piece at the same time one wins",
        steps,
    }
}

fn one_moment(sql: &Words) -> Case {
    let swap = |one, other| vec![sql.reserve("moment a", one), sql.reserve("moment b", other)];
    let moment = |a, b| vec![stock("moment a", 5, a), stock("moment b", 5, b)];
    Case {
        name: "the statements of one load see one moment",
        steps: vec![
            commits(
                1,
                vec![
                    sql.insert_stock("moment a", 5, 5),
                    sql.insert_stock("moment b", 5, 0),
                ],
            ),
            Step::Churn {
                commits: vec![swap(-5, 5), swap(5, -5)],
                times: 100,
                load: vec![sql.stock("moment a"), sql.stock("moment b")],
                one_of: vec![moment(5, 0), moment(0, 5)],
            },
        ],
    }
}
