//! Everybody who does something: shoppers, the gateway and its network, operators, workers and
//! forgers. Each event is one of them, chosen anew.

use coinpay_core::webhook::sign_webhook;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::auditor::{Adjustment, Command, Finding};
use crate::gateway::{CHAINS, is_paid};
use crate::letters::{Letter, Shape, Statement, nonsense, write};
use crate::world::{MAIL, Purpose, SECRET, World, effect_key};

const MINUTE_MS: i64 = 60_000;
const SKUS: [&str; 2] = ["book", "lamp"];

impl World<'_> {
    /// Fills the shelf, then plays events until there are enough.
    pub(crate) fn play(&mut self) -> Finding {
        let events = 20 + self.choices.pick(60);
        for sku in SKUS {
            let pieces = 2 + self.choices.pick(5);
            self.adjust(sku, i64::try_from(pieces).unwrap_or(2));
        }
        self.run_all()?;
        for _ in 0..events {
            if self.choices.are_over() {
                break;
            }
            self.event()?;
        }
        Ok(())
    }

    pub(crate) fn run_all(&mut self) -> Finding {
        while !self.running.is_empty() {
            self.advance(0)?;
        }
        Ok(())
    }

    fn event(&mut self) -> Finding {
        if !self.running.is_empty() && self.choices.pick(100) < 62 {
            return self.some_steps();
        }
        match self
            .choices
            .weighted(&[13, 12, 14, 16, 2, 8, 9, 12, 7, 6, 1, 2, 1])
        {
            0 => self.shopper_checks_out(),
            1 => self.shopper_pays(),
            2 => self.gateway_notices(),
            3 => self.network_delivers(),
            4 => self.forger_writes(),
            5 => self.start("work", &json!({}), Vec::new(), Purpose::Other),
            6 => self.worker_claims(),
            7 => self.worker_reports(),
            8 => self.person_decides(),
            9 => self.time_passes(),
            10 => {
                let worker = self.choices.pick(self.workers());
                self.say(|| format!("worker {worker} is killed"));
                self.crash_worker(worker)?;
            }
            11 => {
                let sku = SKUS[self.choices.pick(2)];
                let delta = [3, 1, -1][self.choices.pick(3)];
                self.adjust(sku, delta);
            }
            _ => self.start("health", &json!({}), Vec::new(), Purpose::Other),
        }
        Ok(())
    }

    fn some_steps(&mut self) -> Finding {
        let index = self.choices.pick(self.running.len());
        let steps = [1, 2, 4, 12][self.choices.pick(4)];
        let worker_flows = self.running.len();
        for _ in 0..steps {
            if self.running.len() < worker_flows {
                break;
            }
            self.advance(index)?;
        }
        Ok(())
    }

    pub(crate) fn adjust(&mut self, sku: &str, delta: i64) {
        let id = format!("delivery-{}", self.counter);
        let input = json!({"adjustment_id": id, "sku": sku, "delta": delta, "actor": "anna"});
        let adjustment = Adjustment {
            sku: sku.to_owned(),
            delta,
            done: false,
        };
        self.auditor.adjustments.insert(id.clone(), adjustment);
        self.start("adjust_stock", &input, Vec::new(), Purpose::Adjust(id));
    }

    fn shopper_checks_out(&mut self) {
        let cart = self.choices.pick(4);
        let chain = CHAINS[self.choices.pick(3)].0;
        let digital = cart != 3;
        let mut input = json!({
            "cart_id": format!("cart-{cart}"),
            "customer_id": format!("customer-{cart}"),
            "customer": {"email": MAIL},
            "currency": if cart == 2 { "EUR" } else { "USD" },
            "items": [{"sku": SKUS[cart % 2], "quantity": 1 + cart / 2, "price": "100.00",
                "digital": digital}],
            "blockchain": chain,
        });
        if self.stock == "host" {
            input["reservation_id"] = json!(format!("reservation-{cart}"));
        }
        if self.choices.chance(40) {
            input["items"][0]["price"] = json!("60.00");
            input["replace"] = json!(self.choices.chance(500));
        }
        let clicks = if self.choices.chance(250) { 2 } else { 1 };
        for _ in 0..clicks {
            self.start("create_checkout", &input, Vec::new(), Purpose::Other);
        }
    }

    fn shopper_pays(&mut self) {
        if self.gateway.payments.is_empty() {
            return;
        }
        let index = self.choices.pick(self.gateway.payments.len());
        let how = self.choices.weighted(&[70, 12, 8, 10]);
        if how == 3 && self.choices.chance(300) {
            // Somebody else pays something else, and its metadata name an order of ours.
            let order = self.gateway.payments[index].order_id.clone();
            self.gateway.add(None, &order, 0, self.now_ms);
            return;
        }
        let payment = &mut self.gateway.payments[index];
        let rest = payment.quote.saturating_sub(payment.deposited);
        payment.deposited += match how {
            0 => rest,
            1 => payment.quote * 7 / 10,
            2 => payment.quote * 3 / 2,
            _ => rest / 2,
        };
        let (id, sum, quote) = (payment.id.clone(), payment.deposited, payment.quote);
        self.say(|| format!("a shopper pays: {sum} of {quote} are at {id}"));
    }

    /// The gateway looks at one payment and says what it thinks of it, or keeps it to itself.
    fn gateway_notices(&mut self) {
        if self.gateway.payments.is_empty() {
            return;
        }
        let index = self.choices.pick(self.gateway.payments.len());
        let now_ms = self.now_ms;
        let payment = self.gateway.payments[index].clone();
        let full = payment.deposited >= payment.quote;
        let over = now_ms > payment.expires_ms();
        let forwarding = ["forwarding", "forwarded", "forwarded", "forwarding_failed"];
        let kind = if is_paid(payment.status) {
            match self.choices.weighted(&[80, 15, 5]) {
                0 => forwarding[self.choices.pick(4)],
                1 => "confirmed",
                _ => "refunded",
            }
        } else if full && !self.choices.chance(100) {
            ["confirmed", "confirmed", "completed", "forwarded"][self.choices.pick(4)]
        } else if over && self.choices.chance(700) {
            "expired"
        } else if payment.deposited > 0 {
            // Older versions take what came; today's only says that something did.
            ["detected", "confirming", "forwarded", "confirmed"][self.choices.pick(4)]
        } else if self.choices.chance(50) {
            "failed"
        } else {
            "pending"
        };
        let stored = &mut self.gateway.payments[index];
        if is_paid(kind) {
            stored.paid_ms.get_or_insert(now_ms);
        }
        stored.status = match kind {
            "refunded" | "failed" | "detected" | "confirming" => stored.status,
            "completed" => "confirmed",
            "expired" | "pending" if is_paid(stored.status) => stored.status,
            "confirmed" if is_paid(stored.status) => stored.status,
            other => other,
        };
        let given_back = (kind == "refunded" && payment.deposited > 0).then(|| {
            let parts = [
                None,
                Some(payment.deposited / 10),
                Some(payment.deposited / 2),
            ];
            parts[self.choices.pick(3)]
        });
        let measured = payment.deposited > 0 && is_paid(kind) && !self.choices.chance(300);
        let statement = Statement {
            payment: index,
            kind,
            received: (measured && kind != "refunded").then_some(payment.deposited),
            given_back: given_back.flatten(),
            confirmed_ms: (kind == "confirmed").then_some(payment.paid_ms.unwrap_or(now_ms)),
            twisted: self.choices.chance(40),
        };
        self.say(|| format!("the gateway holds {} to be {kind}", payment.id));
        let shapes = [Shape::Thin, Shape::Full, Shape::Plain];
        let shape = shapes[self.choices.weighted(&[50, 35, 15])];
        // With metadata it could be adopted for a create call without an answer; then there is
        // nothing stored yet that it contradicts.
        let shape = if statement.twisted {
            Shape::Thin
        } else {
            shape
        };
        // The in-process monitor sends nothing.
        if !self.choices.chance(150) {
            self.post(write(&payment, statement, shape, now_ms));
        }
        if self.choices.chance(30) {
            let which = self.choices.pick(3);
            self.post(nonsense(which, now_ms));
        }
    }

    fn post(&mut self, letter: Letter) {
        self.counter += 1;
        self.letters.push((self.counter, letter));
    }

    fn network_delivers(&mut self) {
        if self.letters.is_empty() {
            return;
        }
        let index = self.choices.pick(self.letters.len());
        match self.choices.weighted(&[75, 15, 10]) {
            0 => self.deliver(index, true),
            // A repeat: what is acknowledged comes once more.
            1 => self.deliver(index, false),
            _ => {
                self.letters.remove(index);
                self.say(|| "a webhook is lost".into());
            }
        }
    }

    pub(crate) fn deliver(&mut self, index: usize, tied: bool) {
        let (id, letter) = self.letters[index].clone();
        let signature = sign_webhook(&letter.body, SECRET, self.now_ms / 1_000);
        let now_ms = self.now_ms;
        let telling = letter.statement.map(|one| self.auditor.told(one, now_ms));
        let purpose = Purpose::Webhook {
            letter: tied.then_some(id),
            hash: hex::encode(Sha256::digest(&letter.body)),
            telling,
            forged: false,
        };
        let text = String::from_utf8_lossy(&letter.body).into_owned();
        self.say(|| format!("a webhook comes: {text}"));
        self.start(
            "handle_webhook",
            &json!({"signature": signature}),
            letter.body,
            purpose,
        );
    }

    fn forger_writes(&mut self) {
        if self.gateway.payments.is_empty() {
            return;
        }
        let index = self.choices.pick(self.gateway.payments.len());
        let payment = self.gateway.payments[index].clone();
        let statement = Statement {
            payment: index,
            kind: "confirmed",
            received: Some(payment.quote),
            given_back: None,
            confirmed_ms: None,
            twisted: false,
        };
        let letter = write(&payment, statement, Shape::Thin, self.now_ms);
        let now_s = self.now_ms / 1_000;
        let mut body = letter.body;
        let signature = match self.choices.pick(5) {
            0 => Some(sign_webhook(&body, "whsec_guessed", now_s)),
            1 => {
                let signature = sign_webhook(&body, SECRET, now_s);
                body.push(b' ');
                Some(signature)
            }
            2 => Some(sign_webhook(&body, SECRET, now_s - 3_600)),
            3 => Some(String::new()),
            _ => None,
        };
        let purpose = Purpose::Webhook {
            letter: None,
            hash: String::new(),
            telling: None,
            forged: true,
        };
        self.start(
            "handle_webhook",
            &json!({"signature": signature}),
            body,
            purpose,
        );
    }

    pub(crate) fn worker_claims(&mut self) {
        let completed = self.auditor.completed.clone();
        let input = json!({"limit": 100});
        self.start(
            "claim_effects",
            &input,
            Vec::new(),
            Purpose::Claim { completed },
        );
    }

    fn worker_reports(&mut self) {
        if self.effects.is_empty() {
            return;
        }
        let index = self.choices.pick(self.effects.len());
        let effect = self.effects[index].clone();
        match self.choices.weighted(&[50, 10, 8, 12, 20]) {
            4 => self.report(),
            0 => {
                self.complete(&effect);
                if !self.choices.chance(150) {
                    self.effects.remove(index);
                }
            }
            1 => self.give_back("fail_effect", &effect),
            2 => {
                let input = named(&effect);
                self.start("renew_effect", &input, Vec::new(), Purpose::Other);
            }
            _ => {
                self.effects.remove(index);
                self.say(|| "a worker forgets its effect".into());
            }
        }
    }

    /// A worker tells several at once, done and failed, and mostly takes the next; some it tells
    /// again later, as after an answer that was lost.
    fn report(&mut self) {
        let count = 1 + self.choices.pick(8);
        let (mut outcomes, mut told) = (Vec::new(), Vec::new());
        for _ in 0..count.min(self.effects.len()) {
            let index = self.choices.pick(self.effects.len());
            let effect = self.effects[index].clone();
            if !self.choices.chance(150) {
                self.effects.remove(index);
            }
            let fails = self.choices.chance(150);
            let key = effect_key(&effect);
            if fails && key.1 == "ship_order" {
                *self.auditor.given_back.entry(key.0.clone()).or_default() += 1;
            }
            outcomes.push(self.outcome(&effect, fails));
            told.push((key, !fails));
            if self.effects.is_empty() {
                break;
            }
        }
        self.start_report(outcomes, told, true);
    }

    /// All of it done.
    pub(crate) fn report_all(&mut self, effects: &[Json]) {
        let outcomes = effects.iter().map(|effect| self.outcome(effect, false));
        let outcomes = outcomes.collect();
        let told = effects.iter().map(|effect| (effect_key(effect), true));
        self.start_report(outcomes, told.collect(), false);
    }

    fn start_report(
        &mut self,
        outcomes: Vec<Json>,
        told: Vec<((String, String, String), bool)>,
        may_claim: bool,
    ) {
        let claim = may_claim && !self.choices.chance(300);
        let claim = claim.then(|| json!({"limit": 100}));
        let completed = self.auditor.completed.clone();
        self.start(
            "report_effects",
            &json!({"outcomes": outcomes, "claim": claim}),
            Vec::new(),
            Purpose::Report { told, completed },
        );
    }

    fn outcome(&mut self, effect: &Json, fails: bool) -> Json {
        let mut outcome = named(effect);
        if fails {
            outcome["error"] = json!("no paper");
        } else if effect["kind"] == "reserve_stock" {
            outcome["result"] = json!({"reserved": !self.choices.chance(300)});
        }
        outcome
    }

    pub(crate) fn complete(&mut self, effect: &Json) {
        let mut input = named(effect);
        if effect["kind"] == "reserve_stock" {
            input["result"] = json!({"reserved": !self.choices.chance(300)});
        }
        let purpose = Purpose::Complete(effect_key(effect));
        self.start("complete_effect", &input, Vec::new(), purpose);
    }

    fn give_back(&mut self, how: &str, effect: &Json) {
        let key = effect_key(effect);
        if key.1 == "ship_order" {
            *self.auditor.given_back.entry(key.0).or_default() += 1;
        }
        let mut input = named(effect);
        input["error"] = json!("no paper");
        input["settlement"] = json!("again");
        input["actor"] = json!("anna");
        self.start(how, &input, Vec::new(), Purpose::Other);
    }

    fn person_decides(&mut self) {
        let orders = &self.auditor.tables().orders;
        if orders.is_empty() {
            return;
        }
        let order = orders[self.choices.pick(orders.len())].clone();
        let mut input = json!({"order_id": order.id, "actor": "anna"});
        let (name, command) =
            match self.choices.weighted(&[15, 10, 8, 35, 10, 10, 7, 5]) {
                0 => {
                    input["reason"] = json!("customer");
                    let cart = order.checkout_key.replace("cart", "customer");
                    input["customer_id"] = json!(cart);
                    ("cancel_order", Command::Cancel)
                }
                1 => {
                    input["reason"] = json!("shop");
                    ("cancel_order", Command::Cancel)
                }
                2 => {
                    input["reason"] = json!("paid_elsewhere");
                    ("cancel_order", Command::PaidElsewhere)
                }
                3 if order.status == "needs_review" => {
                    input["decision"] = json!("accept");
                    input["reasons"] = json!(order.attention);
                    let reasons = order.attention.iter().cloned().collect();
                    ("resolve_review", Command::Accept(reasons))
                }
                4 => {
                    input["decision"] = json!("close");
                    ("resolve_review", Command::Close)
                }
                5 => ("mark_fulfilled", Command::Fulfil),
                6 => {
                    let amount = order.total / 2;
                    let ends_order = self.choices.chance(500);
                    input["refund_id"] = json!(format!("refund-{}", self.counter));
                    input["amount"] = json!(format!("{}.00", amount / 100));
                    input["ends_order"] = json!(ends_order);
                    ("record_refund", Command::Refund { amount, ends_order })
                }
                _ => {
                    let lost =
                        self.auditor.tables().effects.iter().find(|effect| {
                            effect.order_id == order.id && effect.state == "uncertain"
                        });
                    if let Some(effect) = lost {
                        let effect = json!({"order_id": effect.order_id, "kind": effect.kind,
                        "subject": effect.subject, "claim_no": effect.claim_no});
                        self.give_back("settle_effect", &effect);
                    }
                    return;
                }
            };
        let command = self.auditor.ordered(&order.id, command);
        self.start(name, &input, Vec::new(), Purpose::Command(command));
    }

    fn time_passes(&mut self) {
        let minutes = match self.choices.weighted(&[50, 25, 15, 7, 3]) {
            0 => 1 + self.choices.pick(20),
            1 => 60 + self.choices.pick(120),
            2 => 1_200 + self.choices.pick(600),
            3 => 7 * 1_440,
            _ => 31 * 1_440,
        };
        self.now_ms += i64::try_from(minutes).unwrap_or(1) * MINUTE_MS;
        self.say(|| format!("{minutes} minutes pass"));
    }
}

fn named(effect: &Json) -> Json {
    json!({
        "order_id": effect["order_id"], "kind": effect["kind"], "subject": effect["subject"],
        "claim_no": effect["claim_no"],
    })
}
