import type {
  Blockchain,
  EffectKind,
  OrderState,
  PaymentState,
  Reason,
} from './generated/names.js';

/** An amount of money as a plain decimal; a number is read as it prints. */
export type Amount = string | number;

export interface Item {
  sku: string;
  quantity: number;
  /** For one piece, in the order's currency. */
  price?: Amount;
  /** Delivered by the shop itself: a download, a key, a voucher. */
  digital?: boolean;
}

export interface CheckoutInput {
  /** Says which checkout this is, however often it is sent; the cart's id by default. */
  checkoutKey?: string;
  cartId?: string;
  customerId?: string;
  /** What the mailer needs; kept apart, so that it can be erased. */
  customer?: unknown;
  currency: string;
  /** What the customer owes; the sum of the items by default. */
  total?: Amount;
  items?: Item[];
  blockchain: Blockchain | (string & {});
  description?: string;
  metadata?: Record<string, unknown>;
  /** The default: `effect` where every item is digital, else `manual`. */
  ship?: 'effect' | 'manual';
  reservationId?: string;
  rate?: { rate: Amount; source: string; atMs: number };
  /** Buy the same again although the last order with this key was fulfilled. */
  again?: boolean;
  /** The cart has changed: cancel the unpaid order with this key and open a new one. */
  replace?: boolean;
}

export interface PaymentView {
  paymentId: string;
  blockchain: Blockchain;
  network: string;
  asset: string;
  address: string;
  /** Exactly what to send, in coins. */
  cryptoAmount: string;
  uri: string | null;
  qrSvg: string | null;
  expiresAtMs: number | null;
  secondsLeft: number | null;
}

export interface OrderStatus {
  orderId: string;
  status: OrderState;
  paymentStatus: PaymentState;
  hint: string;
  actions: string[];
  currency: string;
  total: string;
  totalUsd: string | null;
  credited: string;
  missing: string;
  payment: PaymentView | null;
  deadlineAtMs: number;
  attention: Reason[];
  refundDue: unknown;
  nowMs: number;
  /** How long to wait before asking again. */
  pollAfterMs: number;
}

export interface CheckoutResult {
  /** `created`, `exists` or `exists_with_different_<field>`. */
  outcome: string;
  orderId: string;
  /** Lets whoever has it see the order's status without an account. */
  statusToken?: string;
  order?: OrderStatus;
}

export interface OrderAccess {
  orderId: string;
  customerId?: string;
  statusToken?: string;
}

export interface WebhookAnswer {
  httpStatus: number;
  outcome: string;
  /** What to answer with. */
  body: string;
  retryAfterS?: number;
  orderId?: string;
  eventType?: string;
  paymentId?: string;
  secretIndex?: number;
  /** For the shop's log, never for the caller. */
  likelyCause?: string;
}

export interface By {
  actor: string;
  note?: string;
}

export interface Commanded {
  applied: boolean;
  order: OrderStatus;
}

export interface OrderSummary {
  orderId: string;
  cartId: string | null;
  customerId: string | null;
  customer: unknown;
  status: OrderState;
  paymentStatus: PaymentState;
  currency: string;
  total: string;
  blockchain: Blockchain;
  paymentId: string | null;
  cryptoAmount: string | null;
  items: Item[];
  description: string | null;
  attention: Reason[];
}

/** One piece of side work, to be completed or failed before its lease runs out. */
export interface Effect {
  orderId: string;
  kind: EffectKind;
  subject: string;
  claimNo: number;
  leaseUntilMs: number;
  /** The same at every try: give it to the mailer and the carrier. */
  idempotencyKey: string;
  tries: number;
  payload: unknown;
  order: OrderSummary | null;
}

export interface EffectId {
  orderId: string;
  kind: EffectKind;
  subject?: string;
}

export interface EffectAnswer {
  applied: boolean;
  state: string;
  leaseUntilMs: number | null;
}

/** How one effect of a claim ended: done, unless it says why not. */
export interface EffectOutcome extends EffectId {
  /** Needed beside `error`. */
  claimNo?: number;
  error?: string;
  result?: unknown;
}

export interface EffectsReported {
  /** One for each outcome, in their order; an error is that one's alone. */
  answers: (EffectAnswer | { error: { code: string; message: string } })[];
  /** What was claimed along with it. */
  claimed: Effect[];
}

export interface WorkReport {
  looked: number;
  learnt: number;
  expired: number;
  released: number;
  lostEffects: number;
  alerted: number;
  deleted: number;
  unreadable: number;
  looksLeftOver: boolean;
  /** When to call again. */
  nextAtMs: number;
}

export interface Health {
  ok: boolean;
  warnings: string[];
  orders: Record<string, number>;
  effects: Record<string, number>;
  overdueLooks: number;
  learnt: number;
  learntByAsking: number;
  workedAtMs: number | null;
  webhookRejected: unknown;
  /** By code, at least so many; see docs/operations.md. */
  webhooksRefused: Record<string, number>;
  webhooksRefusedSinceMs: number | null;
  webhookTest: unknown;
}

export interface StockLevel {
  sku: string;
  onHand: number;
  reserved: number;
  applied: boolean;
}

/** The shop's settings; only the first three have no default. See docs/edge.md. */
export interface Settings {
  mode: 'live' | 'test';
  apiKey: string;
  businessId: string;
  /** Newest first; an old one stays until the gateway has stopped using it. */
  webhookSecrets?: string[];
  baseUrl?: string;
  shopId?: string;
  tablePrefix?: string;
  stock?: 'managed' | 'host' | 'off';
  orderWindow?: 'order' | 'payment';
  windowMinutes?: number;
  windowBtcMinutes?: number;
  lateWindowHours?: number;
  underpaidToleranceBps?: number;
  overpaidToleranceBps?: number;
  maxOpenOrders?: number;
  requestsPerMinute?: number;
  webhookToleranceS?: number;
  budgetMs?: number;
  leaseMs?: number;
  maxTries?: number;
  carrierHonoursKey?: boolean;
  keepEventsDays?: number;
  keepOrdersDays?: number;
}
