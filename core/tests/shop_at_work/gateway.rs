//! A gateway that outlives the processes: its payments lie in a file of their own.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use coinpay_core::api::{HttpFault, HttpRequest, HttpResponse, Method};
use coinpay_core::time::format_rfc3339;
use coinpay_core::{Clock, Transport};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value as Json, json};

use super::shop::{BUSINESS, Dice, RoundClock};

const TABLE: &str = "CREATE TABLE payments (number INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL,
    request TEXT NOT NULL, paid INTEGER NOT NULL, shown INTEGER NOT NULL,
    created INTEGER NOT NULL)";
const QUOTE_MS: i64 = 900_000;

/// How the world outside the shop behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Everything takes its time, and a call in fifty goes wrong: for kills at any moment.
    Natural,
    /// At once, and always well.
    Instant,
}

pub(crate) struct Gateway {
    file: Mutex<Connection>,
    dice: Mutex<Dice>,
    clock: RoundClock,
    pace: Pace,
}

pub(crate) fn connect(folder: &Path) -> Connection {
    let file = Connection::open(folder.join("gateway.db")).unwrap();
    file.busy_timeout(Duration::from_secs(20)).unwrap();
    // A killed process loses nothing that it gave to the system; only a power cut would.
    file.execute_batch("PRAGMA synchronous = OFF").unwrap();
    file
}

pub(crate) fn payment_id(number: i64) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// The payment monitor's thin event.
pub(crate) fn event(number: i64, chain: &str, kind: &str, now_ms: i64) -> String {
    let id = payment_id(number);
    let event = json!({
        "id": format!("evt_{id}_{}", now_ms / 1_000),
        "type": format!("payment.{kind}"),
        "created_at": format_rfc3339(now_ms),
        "business_id": BUSINESS,
        "data": {
            "payment_id": id,
            "status": kind,
            "blockchain": chain,
            "amount_crypto": crypto(number),
            "payment_address": address(number),
        },
    });
    event.to_string()
}

fn crypto(number: i64) -> String {
    format!("0.0{number}25")
}

fn address(number: i64) -> String {
    format!("0x{number:040x}")
}

impl Gateway {
    pub(crate) fn create(folder: &Path) {
        let file = connect(folder);
        file.execute_batch("PRAGMA journal_mode = WAL").unwrap();
        file.execute_batch(TABLE).unwrap();
    }

    pub(crate) fn open(folder: &Path, seed: u64, clock: RoundClock, pace: Pace) -> Self {
        Self {
            file: Mutex::new(connect(folder)),
            dice: Mutex::new(Dice::new(seed)),
            clock,
            pace,
        }
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        if request.method == Method::Post {
            return self.make(request);
        }
        let id = request.url.rsplit('-').next().unwrap_or_default();
        let file = self.file.lock().unwrap();
        match self.row(&file, id.parse().unwrap_or(0)) {
            Some(row) => respond(200, &row),
            None => respond(404, &json!({"success": false, "error": "no"})),
        }
    }

    fn make(&self, request: &HttpRequest) -> HttpResponse {
        let file = self.file.lock().unwrap();
        let mut headers = request.headers.iter();
        let key = headers.find(|(name, _)| name == "Idempotency-Key").unwrap();
        let made = file.execute(
            "INSERT OR IGNORE INTO payments (key, request, paid, shown, created)
             VALUES (?, ?, 0, 0, ?)",
            params![key.1, request.body, self.clock.now_ms()],
        );
        let new = made.unwrap() == 1;
        let number = file
            .query_row(
                "SELECT number FROM payments WHERE key = ?",
                [&key.1],
                |row| row.get(0),
            )
            .unwrap();
        let mut answer = self.row(&file, number).unwrap();
        answer["idempotent_replay"] = json!(!new);
        respond(if new { 201 } else { 200 }, &answer)
    }

    fn row(&self, file: &Connection, number: i64) -> Option<Json> {
        let read = "SELECT request, paid, created FROM payments WHERE number = ?";
        let (request, paid, created_ms): (String, bool, i64) = file
            .query_row(read, [number], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()
            .unwrap()?;
        let request: Json = serde_json::from_str(&request).unwrap();
        let over = self.clock.now_ms() > created_ms + QUOTE_MS;
        let status = match (paid, over) {
            (true, _) => "confirmed",
            (false, true) => "expired",
            (false, false) => "pending",
        };
        Some(json!({"success": true, "payment": {
            "id": payment_id(number),
            "business_id": BUSINESS,
            "amount": request["amount"],
            "blockchain": request["blockchain"],
            "crypto_amount": crypto(number),
            "payment_address": address(number),
            "status": status,
            "expires_at": format_rfc3339(created_ms + QUOTE_MS),
        }}))
    }
}

fn respond(status: u16, body: &Json) -> HttpResponse {
    HttpResponse {
        status,
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
    }
}

impl Transport for Gateway {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFault> {
        if self.pace == Pace::Instant {
            return Ok(self.answer(request));
        }
        let luck = self.dice.lock().unwrap().below(100);
        if luck == 0 {
            return Err(HttpFault::NotSent);
        }
        // A network takes its time, so that kills fall on both sides of the call too.
        std::thread::sleep(Duration::from_millis(luck % 4));
        let answer = self.answer(request);
        std::thread::sleep(Duration::from_millis(luck % 3));
        if luck == 1 {
            return Err(HttpFault::Interrupted);
        }
        Ok(answer)
    }
}
