/*
 * coinpay-embed: crypto payments through CoinPay. Written by `cargo xtask codegen` from ffi/src.
 *
 * Status codes: 0 is well. Slices are lent, buffers are given (free them), handles are opened and
 * freed once. Whatever is undefined is said at each call. From C++, include this file inside of
 * `extern "C" { ... }`.
 */

#ifndef COINPAY_H
#define COINPAY_H

#include <stddef.h>
#include <stdint.h>

/**
 * The version of this boundary. It goes up when a caller that was compiled against an older header
 * would be wrong.
 */
#define COINPAY_ABI_VERSION 1

/**
 * How a call ended: 0, or a code of the one table of errors (docs/errors.md). Numbers never change
 * their meaning; a newer library may return one that this header does not name.
 */
typedef enum coinpay_status {
  COINPAY_STATUS_OK = 0,
  COINPAY_STATUS_INVALID_INPUT = 100,
  COINPAY_STATUS_INVALID_AMOUNT = 101,
  COINPAY_STATUS_UNKNOWN_CURRENCY = 102,
  COINPAY_STATUS_UNKNOWN_BLOCKCHAIN = 103,
  COINPAY_STATUS_INVALID_CONFIGURATION = 104,
  COINPAY_STATUS_NOTHING_TO_PAY = 105,
  COINPAY_STATUS_AMOUNT_TOO_LARGE = 106,
  COINPAY_STATUS_TOO_MANY_OPEN_ORDERS = 107,
  COINPAY_STATUS_TOO_MANY_ATTEMPTS = 108,
  COINPAY_STATUS_OUT_OF_STOCK = 109,
  COINPAY_STATUS_UNKNOWN_SKU = 110,
  COINPAY_STATUS_NOT_FOUND = 111,
  COINPAY_STATUS_UNKNOWN_EFFECT = 112,
  COINPAY_STATUS_BODY_TOO_LARGE = 200,
  COINPAY_STATUS_SIGNATURE_MISSING = 201,
  COINPAY_STATUS_SIGNATURE_MALFORMED = 202,
  COINPAY_STATUS_SIGNATURE_STALE = 203,
  COINPAY_STATUS_SIGNATURE_WRONG = 204,
  COINPAY_STATUS_SECRET_MISSING = 205,
  COINPAY_STATUS_WEBHOOK_UNREADABLE = 206,
  COINPAY_STATUS_GATEWAY_REFUSED = 300,
  COINPAY_STATUS_GATEWAY_UNAUTHORIZED = 301,
  COINPAY_STATUS_GATEWAY_FORBIDDEN = 302,
  COINPAY_STATUS_GATEWAY_NOT_FOUND = 303,
  COINPAY_STATUS_GATEWAY_RATE_LIMITED = 304,
  COINPAY_STATUS_GATEWAY_QUOTA_EXCEEDED = 305,
  COINPAY_STATUS_GATEWAY_UNAVAILABLE = 306,
  COINPAY_STATUS_GATEWAY_UNREACHABLE = 307,
  COINPAY_STATUS_GATEWAY_ANSWER_UNUSABLE = 308,
  COINPAY_STATUS_IDEMPOTENCY_COLLISION = 309,
  COINPAY_STATUS_RATE_DOUBTFUL = 310,
  COINPAY_STATUS_CREATE_UNKNOWN = 311,
  COINPAY_STATUS_STORE_BUSY = 400,
  COINPAY_STATUS_STORE_UNAVAILABLE = 401,
  COINPAY_STATUS_STORE_NOT_ATOMIC = 402,
  COINPAY_STATUS_STORE_TOO_NEW = 403,
  COINPAY_STATUS_STORE_CORRUPT = 404,
  COINPAY_STATUS_STORE_REFUSED = 405,
  COINPAY_STATUS_FLOW_MISUSED = 500,
  COINPAY_STATUS_LEASE_LOST = 501,
  COINPAY_STATUS_REJECTED = 502,
  COINPAY_STATUS_SERVER_ONLY = 503,
  COINPAY_STATUS_INTERNAL = 504,
} coinpay_status;

/**
 * A shop with its own HTTP and its own database.
 *
 * Threads: any number may call at the same time. After a fork the child opens one of its own: in
 * the child this one's calls fail, before anything is sent.
 */
typedef struct coinpay_engine coinpay_engine;

/**
 * An operation on its way. It keeps what it needs of its shop, which may be freed before.
 *
 * Threads: any, one after the other; a second one waits.
 */
typedef struct coinpay_flow coinpay_flow;

/**
 * Webhook secrets, ready for use. They are never printed, and no call hands them out again.
 *
 * Threads: any number may use it at the same time.
 */
typedef struct coinpay_secrets coinpay_secrets;

/**
 * A shop's settings and statements, for flows. It holds no connection.
 *
 * Threads: any number may use it at the same time, a forked child too.
 */
typedef struct coinpay_shop coinpay_shop;

/**
 * Bytes that are given: a result, or an error's document.
 *
 * The caller owns them and hands them back with `coinpay_buffer_free`, on any thread, once. A NUL
 * that `len` does not count follows the bytes. Every call that takes a `coinpay_buffer *` first
 * makes it `{NULL, 0}` without freeing what it held, so one that is used again has to be freed in
 * between; after a call at most one of `out` and `err` holds bytes.
 */
typedef struct coinpay_buffer {
  uint8_t *data;
  size_t len;
} coinpay_buffer;

/**
 * Bytes that are lent.
 *
 * As an argument: the caller's, read during the call and never kept. Text is UTF-8 and needs no
 * NUL at its end. `data` may be NULL where `len` is 0, which is an empty text, or, where a
 * comment says so, none at all.
 *
 * As a result: the library's own and constant, valid until the library is unloaded.
 */
typedef struct coinpay_slice {
  const uint8_t *data;
  size_t len;
} coinpay_slice;

/**
 * What is known of an authentic webhook.
 */
typedef struct coinpay_verified {
  /**
   * When it was signed, in seconds since 1970, UTC.
   */
  int64_t timestamp_s;
  /**
   * Which secret signed it, counted from 0 in the order in which they were given.
   */
  size_t secret_index;
} coinpay_verified;

/**
 * Takes back a buffer and makes it `{NULL, 0}`, so that freeing it again does nothing.
 *
 * Ownership: the bytes are the library's again. Errors: none; `buffer` may be NULL or empty.
 *
 * # Safety
 * `*buffer` is empty or as a call of this library left it. No other thread uses it.
 */
void coinpay_buffer_free(struct coinpay_buffer *buffer);

/**
 * The version of this boundary: compare it with `COINPAY_ABI_VERSION` of the header that you
 * compiled against, before any other call, and refuse to go on where they differ.
 *
 * Threads: any. Errors: none.
 */
uint32_t coinpay_abi_version(void);

/**
 * The version of the library, such as `0.1.0`.
 *
 * Ownership: constant text of the library's. Threads: any. Errors: none.
 */
struct coinpay_slice coinpay_version(void);

/**
 * Opens the shop that `config` describes, a JSON document, and makes or upgrades its tables.
 *
 * Ownership: `*engine` is the caller's, to be handed back with `coinpay_engine_free`; NULL if the
 * call fails. Threads: any. Errors: `invalid_configuration`, naming the setting;
 * `store_refused`, `store_not_atomic`, `store_busy`, `store_unavailable`.
 *
 * # Safety
 * `config` is readable; `engine` is writable; `err` is writable or NULL.
 */
enum coinpay_status coinpay_engine_open(struct coinpay_slice config,
                                        struct coinpay_engine **engine,
                                        struct coinpay_buffer *err);

/**
 * The same without a look at the tables, for a process that lives for one request: whoever
 * deploys calls `coinpay_engine_open`, the operation `prepare_store` or `coinpay migrate` once. A
 * database server is not spoken to before the first operation.
 *
 * Ownership, threads: as `coinpay_engine_open`. Errors: `invalid_configuration`; from a SQLite
 * file also `store_refused`, `store_busy`, `store_unavailable`.
 *
 * # Safety
 * As `coinpay_engine_open`.
 */
enum coinpay_status coinpay_engine_connect(struct coinpay_slice config,
                                           struct coinpay_engine **engine,
                                           struct coinpay_buffer *err);

/**
 * Runs one operation to its end: `create_checkout`, `handle_webhook`, `order_status`, `work` and
 * so on, as docs/c.md lists them. `input` is its JSON document and may be empty; `body` are the
 * raw bytes of a webhook, else empty. It may take as long as the setting `budget_ms` says.
 *
 * Ownership: `out` is the caller's, a JSON document. Threads: any number at once. Errors: the
 * operation's own; `invalid_input` for an unknown operation or a document that does not fit. `err`
 * says whether an error is `retryable`; every call may be repeated, operations are idempotent.
 *
 * # Safety
 * `engine` is open; the slices are readable; `out` is writable; `err` is writable or NULL.
 */
enum coinpay_status coinpay_engine_call(const struct coinpay_engine *engine,
                                        struct coinpay_slice operation,
                                        struct coinpay_slice input,
                                        struct coinpay_slice body,
                                        struct coinpay_buffer *out,
                                        struct coinpay_buffer *err);

/**
 * Closes an engine and its connections.
 *
 * Ownership: taken back; NULL is nothing. Threads: any, when no call of it is under way. Errors:
 * none; what was committed stays, a call that was cut off is taken up by the next engine.
 *
 * # Safety
 * `engine` is NULL, or was opened and not freed before.
 */
void coinpay_engine_free(struct coinpay_engine *engine);

/**
 * Opens a shop for flows. `config` is the JSON document of `coinpay_engine_open`, whose setting
 * `database` is not looked at; `dialect` is `sqlite`, `postgres` or `mysql`. The first flow has to
 * be `prepare_store`, once for each database and version.
 *
 * Ownership: `*shop` is the caller's, to be handed back with `coinpay_shop_free`; NULL if the call
 * fails. Threads: any. Errors: `invalid_configuration`, naming the setting; `invalid_input`.
 *
 * # Safety
 * The slices are readable; `shop` is writable; `err` is writable or NULL.
 */
enum coinpay_status coinpay_shop_open(struct coinpay_slice config,
                                      struct coinpay_slice dialect,
                                      struct coinpay_shop **shop,
                                      struct coinpay_buffer *err);

/**
 * Frees a shop; its flows go on.
 *
 * Ownership: taken back; NULL is nothing. Threads: any, when no call of it is under way. Errors:
 * none.
 *
 * # Safety
 * `shop` is NULL, or was opened and not freed before.
 */
void coinpay_shop_free(struct coinpay_shop *shop);

/**
 * Starts an operation; `operation`, `input` and `body` are those of `coinpay_engine_call`.
 * `now_ms` is the time in milliseconds since 1970, UTC. `randomness` are 32 bytes from a
 * cryptographic source, or none, and then the system is asked for them.
 *
 * `out` is the first step, a JSON document: `{"v":1,"step":1,"request":…,"with":…}`, to be
 * answered with `coinpay_flow_answer`, or `{"v":1,"done":true,"output":…}`. `request` is one of
 *
 * - `http`: send `with` once, without redirects; `auth: bearer` asks for the header
 *   `Authorization: Bearer <api key>`; answer no more than `max_answer_bytes`, in `timeout_ms`.
 * - `load`: run the statements in `with` in one read transaction.
 * - `commit`: run the statements in `with` in one transaction, all or nothing, and answer when
 *   they are durable.
 * - `wait`: come back after `with` milliseconds.
 *
 * Ownership: `*flow` is the caller's, to be handed back with `coinpay_flow_free` whatever became
 * of it; NULL if the call fails. `out` is the caller's. Threads: any. Errors: an operation that
 * ends in an error at once, `invalid_input`.
 *
 * # Safety
 * `shop` is open; the slices are readable; `flow` and `out` are writable; `err` is writable or
 * NULL.
 */
enum coinpay_status coinpay_flow_start(const struct coinpay_shop *shop,
                                       struct coinpay_slice operation,
                                       struct coinpay_slice input,
                                       struct coinpay_slice body,
                                       int64_t now_ms,
                                       struct coinpay_slice randomness,
                                       struct coinpay_flow **flow,
                                       struct coinpay_buffer *out,
                                       struct coinpay_buffer *err);

/**
 * Answers a flow's last step; `out` is the next. `answer` is a JSON document with the step's
 * number, the time, and what came of it:
 *
 * - `{"step":1,"now_ms":…,"answer":"http","status":200,"headers":[["name","value"],…]}`, with the
 *   answer's bytes in `body`; or `"answer":"http_fault"` with a `fault`: `not_sent` if no byte of
 *   the request can have arrived, else `interrupted`, or `too_large`.
 * - `"answer":"rows"` with `rows`, a list of rows for each statement; or `load_fault`.
 * - `"answer":"committed"`; or `commit_fault`. A fault is `{"class":…,"code":…}` as docs/stores.md
 *   says.
 * - `"answer":"elapsed"`.
 *
 * Ownership: `out` is the caller's. Threads: any, one after the other. Errors: what the flow ends
 * in; `flow_misused` for an answer that cannot be read, has another number or answers something
 * else, which ends the flow too. A flow that has ended takes no further answers.
 *
 * # Safety
 * `flow` was started and not freed; the slices are readable; `out` is writable; `err` is writable
 * or NULL.
 */
enum coinpay_status coinpay_flow_answer(const struct coinpay_flow *flow,
                                        struct coinpay_slice answer,
                                        struct coinpay_slice body,
                                        struct coinpay_buffer *out,
                                        struct coinpay_buffer *err);

/**
 * Drops a flow, at any step: the same as a crash there, from which the next call recovers.
 *
 * Ownership: taken back; NULL is nothing. Threads: any, when no call of it is under way. Errors:
 * none.
 *
 * # Safety
 * `flow` is NULL, or was started and not freed before.
 */
void coinpay_flow_free(struct coinpay_flow *flow);

/**
 * The URI that asks a wallet for `amount` base units of `chain`, digits in a text, to `address`.
 *
 * Ownership: `out` is the caller's, a text. Threads: any. Errors: `unknown_blockchain`,
 * `invalid_amount`, `invalid_input` for an address that is none on that chain.
 *
 * # Safety
 * The slices are readable; `out` is writable; `err` is writable or NULL.
 */
enum coinpay_status coinpay_payment_uri(struct coinpay_slice chain,
                                        struct coinpay_slice address,
                                        struct coinpay_slice amount,
                                        struct coinpay_buffer *out,
                                        struct coinpay_buffer *err);

/**
 * The QR code of `text` as one SVG element, without a size of its own.
 *
 * Ownership: `out` is the caller's, a text. Threads: any. Errors: `invalid_input` for a text that
 * is empty or too long.
 *
 * # Safety
 * `text` is readable; `out` is writable; `err` is writable or NULL.
 */
enum coinpay_status coinpay_qr_svg(struct coinpay_slice text,
                                   struct coinpay_buffer *out,
                                   struct coinpay_buffer *err);

/**
 * The page that a shopper pays on, an HTML document. `status` is what the operation `order_status`
 * gave; `options` is a JSON document and may be empty. Send it with a Content-Security-Policy;
 * `coinpay_call` with `pay_page` gives both.
 *
 * Ownership: `out` is the caller's, a text. Threads: any. Errors: `invalid_input`.
 *
 * # Safety
 * The slices are readable; `out` is writable; `err` is writable or NULL.
 */
enum coinpay_status coinpay_pay_page(struct coinpay_slice status,
                                     struct coinpay_slice options,
                                     struct coinpay_buffer *out,
                                     struct coinpay_buffer *err);

/**
 * Makes a call that needs no network, database or clock, by its name, with its `arguments` as a
 * JSON document and a webhook's or an answer's bytes in `body`: the gateway's requests and
 * answers, exact money, and what the exports beside this one do. docs/c.md lists them.
 *
 * Ownership: `out` is the caller's, a JSON document. Threads: any. Errors: the call's own;
 * `invalid_input` for an unknown call or arguments that do not fit. `err` is a JSON document with
 * `code`, `message`, `retryable` and `http_status`, as it is for every other export, and with what
 * else is known.
 *
 * # Safety
 * The slices are readable; `out` is writable; `err` is writable or NULL.
 */
enum coinpay_status coinpay_call(struct coinpay_slice name,
                                 struct coinpay_slice arguments,
                                 struct coinpay_slice body,
                                 struct coinpay_buffer *out,
                                 struct coinpay_buffer *err);

/**
 * The name of a status, such as `signature_wrong`, as every other language has it; `ok` for 0, and
 * empty for a number that is no status.
 *
 * Ownership: constant text of the library's. Threads: any. Errors: none.
 */
struct coinpay_slice coinpay_status_name(uint32_t status);

/**
 * Keeps webhook secrets for `coinpay_webhook_verify`: a JSON list of texts, newest first. Blank
 * ones are never used, and of the others only the first eight.
 *
 * Ownership: `*secrets` is the caller's, to be handed back with `coinpay_secrets_free`; NULL if
 * the call fails. Threads: any. Errors: `invalid_input`.
 *
 * # Safety
 * `list` is readable; `secrets` is writable; `err` is writable or NULL.
 */
enum coinpay_status coinpay_secrets_new(struct coinpay_slice list,
                                        struct coinpay_secrets **secrets,
                                        struct coinpay_buffer *err);

/**
 * Forgets secrets.
 *
 * Ownership: taken back; NULL is nothing. Threads: any, when no call uses it. Errors: none.
 *
 * # Safety
 * `secrets` is NULL, or was made and not freed before.
 */
void coinpay_secrets_free(struct coinpay_secrets *secrets);

/**
 * Whether the gateway signed exactly these bytes, no more than `tolerance_s` seconds from `now_ms`
 * (milliseconds since 1970, UTC). `signature` is the value of the header X-CoinPay-Signature; one
 * of `{NULL, 0}` means that there was no header. `verified` may be NULL.
 *
 * Ownership: nothing is kept; `err` is the caller's. Threads: any number at once. Errors:
 * `body_too_large`, `secret_missing`, `signature_missing`, `signature_malformed`,
 * `signature_stale`, `signature_wrong`. `coinpay_call` with `verify_webhook` also says the likely
 * cause, which costs more.
 *
 * # Safety
 * `secrets` was made; the slices are readable; `verified` and `err` are writable or NULL.
 */
enum coinpay_status coinpay_webhook_verify(const struct coinpay_secrets *secrets,
                                           struct coinpay_slice body,
                                           struct coinpay_slice signature,
                                           int64_t now_ms,
                                           uint64_t tolerance_s,
                                           struct coinpay_verified *verified,
                                           struct coinpay_buffer *err);

/**
 * What a webhook says, as a JSON document: `kind`, `type_name`, `data` and so on, only what is
 * present, amounts as plain decimals in texts. Call it with a body that was verified.
 *
 * Ownership: `out` is the caller's. Threads: any. Errors: `webhook_unreadable`.
 *
 * # Safety
 * `body` is readable; `out` is writable; `err` is writable or NULL.
 */
enum coinpay_status coinpay_webhook_parse(struct coinpay_slice body,
                                          struct coinpay_buffer *out,
                                          struct coinpay_buffer *err);

/**
 * The value of X-CoinPay-Signature that the gateway would send for `body`: for tests.
 *
 * Ownership: `out` is the caller's, a text. Threads: any. Errors: `invalid_input`.
 *
 * # Safety
 * The slices are readable; `out` is writable; `err` is writable or NULL.
 */
enum coinpay_status coinpay_webhook_sign(struct coinpay_slice body,
                                         struct coinpay_slice secret,
                                         int64_t timestamp_s,
                                         struct coinpay_buffer *out,
                                         struct coinpay_buffer *err);

#endif  /* COINPAY_H */
