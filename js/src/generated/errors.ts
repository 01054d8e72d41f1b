// Written by `cargo xtask codegen` from the core. Change nothing here.

/** Every error code, with what it means for a caller. */
export const ERRORS = {
  invalid_input: {
    httpStatus: 400,
    retryable: false,
    advice:
      "A field of the call has a wrong type or value; the message names it.",
  },
  invalid_amount: {
    httpStatus: 400,
    retryable: false,
    advice:
      "An amount is a plain decimal number, not negative, with at most the currency's decimals.",
  },
  unknown_currency: {
    httpStatus: 400,
    retryable: false,
    advice:
      "The currency is not an ISO 4217 code that is in use.",
  },
  unknown_blockchain: {
    httpStatus: 400,
    retryable: false,
    advice:
      "The blockchain is not one of the gateway's codes.",
  },
  invalid_configuration: {
    httpStatus: 500,
    retryable: false,
    advice:
      "A setting is missing, unknown or contradicts another; the message names it.",
  },
  nothing_to_pay: {
    httpStatus: 422,
    retryable: false,
    advice:
      "The total is zero; complete the order without a payment.",
  },
  amount_too_large: {
    httpStatus: 422,
    retryable: false,
    advice:
      "The total is above what the gateway takes in one payment.",
  },
  too_many_open_orders: {
    httpStatus: 429,
    retryable: true,
    advice:
      "This customer has as many unpaid orders as the shop allows; pay or cancel one.",
  },
  too_many_attempts: {
    httpStatus: 429,
    retryable: false,
    advice:
      "The order has used all its payment attempts; open a new order.",
  },
  out_of_stock: {
    httpStatus: 409,
    retryable: false,
    advice:
      "An article is not available in the quantity asked for.",
  },
  unknown_sku: {
    httpStatus: 400,
    retryable: false,
    advice:
      "The article is not in the stock table; add it with adjust_stock.",
  },
  not_found: {
    httpStatus: 404,
    retryable: false,
    advice:
      "There is no such order for this customer or token.",
  },
  unknown_effect: {
    httpStatus: 404,
    retryable: false,
    advice:
      "There is no such effect.",
  },
  body_too_large: {
    httpStatus: 413,
    retryable: false,
    advice:
      "A webhook body has at most 256 KiB.",
  },
  signature_missing: {
    httpStatus: 401,
    retryable: false,
    advice:
      "The request carries no X-CoinPay-Signature; is a secret set at the gateway?",
  },
  signature_malformed: {
    httpStatus: 401,
    retryable: false,
    advice:
      "The signature header is not of the form t=<seconds>,v1=<hex>.",
  },
  signature_stale: {
    httpStatus: 401,
    retryable: false,
    advice:
      "The signature's time is more than the tolerance from this server's clock.",
  },
  signature_wrong: {
    httpStatus: 401,
    retryable: false,
    advice:
      "No secret gives this signature; is the raw body passed, and is the secret the right one?",
  },
  secret_missing: {
    httpStatus: 401,
    retryable: false,
    advice:
      "No webhook secret is configured; set one at the gateway and in the shop.",
  },
  webhook_unreadable: {
    httpStatus: 200,
    retryable: false,
    advice:
      "The webhook is authentic but is not a JSON event.",
  },
  gateway_refused: {
    httpStatus: 502,
    retryable: false,
    advice:
      "The gateway refused the request; the message says why.",
  },
  gateway_unauthorized: {
    httpStatus: 502,
    retryable: false,
    advice:
      "The gateway does not accept the API key.",
  },
  gateway_forbidden: {
    httpStatus: 502,
    retryable: false,
    advice:
      "The API key may not do this.",
  },
  gateway_not_found: {
    httpStatus: 502,
    retryable: false,
    advice:
      "The gateway does not know the payment or the business.",
  },
  gateway_rate_limited: {
    httpStatus: 503,
    retryable: true,
    advice:
      "Too many requests to the gateway; wait as long as it says.",
  },
  gateway_quota_exceeded: {
    httpStatus: 502,
    retryable: false,
    advice:
      "The account's monthly quota is used up; raise it at the gateway.",
  },
  gateway_unavailable: {
    httpStatus: 503,
    retryable: true,
    advice:
      "The gateway failed or sent something unreadable; it is tried again.",
  },
  gateway_unreachable: {
    httpStatus: 503,
    retryable: true,
    advice:
      "No answer from the gateway in time; it is tried again.",
  },
  gateway_answer_unusable: {
    httpStatus: 502,
    retryable: true,
    advice:
      "The gateway's answer lacks what the protocol promises; the message names it.",
  },
  idempotency_collision: {
    httpStatus: 502,
    retryable: true,
    advice:
      "The gateway answered with another payment than the one asked for.",
  },
  rate_doubtful: {
    httpStatus: 503,
    retryable: true,
    advice:
      "No trustworthy exchange rate for the currency; try later or pass a rate of your own.",
  },
  create_unknown: {
    httpStatus: 503,
    retryable: true,
    advice:
      "The gateway did not say whether the payment was made; the same call continues it.",
  },
  store_busy: {
    httpStatus: 503,
    retryable: true,
    advice:
      "The database was busy; try again.",
  },
  store_unavailable: {
    httpStatus: 503,
    retryable: true,
    advice:
      "The database does not answer; check that it runs and can be reached.",
  },
  store_not_atomic: {
    httpStatus: 500,
    retryable: false,
    advice:
      "The database does not undo a failed commit; use a transactional engine and one connection.",
  },
  store_too_new: {
    httpStatus: 500,
    retryable: false,
    advice:
      "The database was written by a newer version of this library.",
  },
  store_corrupt: {
    httpStatus: 500,
    retryable: false,
    advice:
      "A stored record cannot be read; restore it from a backup and report this.",
  },
  store_refused: {
    httpStatus: 500,
    retryable: false,
    advice:
      "This database cannot be used; the message says why.",
  },
  flow_misused: {
    httpStatus: 500,
    retryable: false,
    advice:
      "An answer came with a wrong step number, kind or order; the flow has ended.",
  },
  lease_lost: {
    httpStatus: 409,
    retryable: false,
    advice:
      "Another worker holds this effect now; its outcome counts.",
  },
  rejected: {
    httpStatus: 409,
    retryable: false,
    advice:
      "The order's state does not allow this; the message says which state.",
  },
  server_only: {
    httpStatus: 500,
    retryable: false,
    advice:
      "This call needs secrets and runs on a server only.",
  },
  internal: {
    httpStatus: 500,
    retryable: false,
    advice:
      "A defect of this library; nothing was changed. Please report it.",
  },
} as const;

export type ErrorCode = keyof typeof ERRORS;
