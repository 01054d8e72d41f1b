<?php

declare(strict_types=1);

namespace CoinPay;

/**
 * Every way to fail, the same in every language; docs/errors.md has the table.
 *
 * Written by `cargo xtask codegen` from core/src/error.rs.
 */
enum ErrorCode: string
{
    case InvalidInput = 'invalid_input';
    case InvalidAmount = 'invalid_amount';
    case UnknownCurrency = 'unknown_currency';
    case UnknownBlockchain = 'unknown_blockchain';
    case InvalidConfiguration = 'invalid_configuration';
    case NothingToPay = 'nothing_to_pay';
    case AmountTooLarge = 'amount_too_large';
    case TooManyOpenOrders = 'too_many_open_orders';
    case TooManyAttempts = 'too_many_attempts';
    case OutOfStock = 'out_of_stock';
    case UnknownSku = 'unknown_sku';
    case NotFound = 'not_found';
    case UnknownEffect = 'unknown_effect';
    case BodyTooLarge = 'body_too_large';
    case SignatureMissing = 'signature_missing';
    case SignatureMalformed = 'signature_malformed';
    case SignatureStale = 'signature_stale';
    case SignatureWrong = 'signature_wrong';
    case SecretMissing = 'secret_missing';
    case WebhookUnreadable = 'webhook_unreadable';
    case GatewayRefused = 'gateway_refused';
    case GatewayUnauthorized = 'gateway_unauthorized';
    case GatewayForbidden = 'gateway_forbidden';
    case GatewayNotFound = 'gateway_not_found';
    case GatewayRateLimited = 'gateway_rate_limited';
    case GatewayQuotaExceeded = 'gateway_quota_exceeded';
    case GatewayUnavailable = 'gateway_unavailable';
    case GatewayUnreachable = 'gateway_unreachable';
    case GatewayAnswerUnusable = 'gateway_answer_unusable';
    case IdempotencyCollision = 'idempotency_collision';
    case RateDoubtful = 'rate_doubtful';
    case CreateUnknown = 'create_unknown';
    case StoreBusy = 'store_busy';
    case StoreUnavailable = 'store_unavailable';
    case StoreNotAtomic = 'store_not_atomic';
    case StoreTooNew = 'store_too_new';
    case StoreCorrupt = 'store_corrupt';
    case StoreRefused = 'store_refused';
    case FlowMisused = 'flow_misused';
    case LeaseLost = 'lease_lost';
    case Rejected = 'rejected';
    case ServerOnly = 'server_only';
    case Internal = 'internal';

    /**
     * The HTTP status that an adapter answers with.
     */
    public function httpStatus(): int
    {
        return match ($this) {
            self::InvalidInput => 400,
            self::InvalidAmount => 400,
            self::UnknownCurrency => 400,
            self::UnknownBlockchain => 400,
            self::InvalidConfiguration => 500,
            self::NothingToPay => 422,
            self::AmountTooLarge => 422,
            self::TooManyOpenOrders => 429,
            self::TooManyAttempts => 429,
            self::OutOfStock => 409,
            self::UnknownSku => 400,
            self::NotFound => 404,
            self::UnknownEffect => 404,
            self::BodyTooLarge => 413,
            self::SignatureMissing => 401,
            self::SignatureMalformed => 401,
            self::SignatureStale => 401,
            self::SignatureWrong => 401,
            self::SecretMissing => 401,
            self::WebhookUnreadable => 200,
            self::GatewayRefused => 502,
            self::GatewayUnauthorized => 502,
            self::GatewayForbidden => 502,
            self::GatewayNotFound => 502,
            self::GatewayRateLimited => 503,
            self::GatewayQuotaExceeded => 502,
            self::GatewayUnavailable => 503,
            self::GatewayUnreachable => 503,
            self::GatewayAnswerUnusable => 502,
            self::IdempotencyCollision => 502,
            self::RateDoubtful => 503,
            self::CreateUnknown => 503,
            self::StoreBusy => 503,
            self::StoreUnavailable => 503,
            self::StoreNotAtomic => 500,
            self::StoreTooNew => 500,
            self::StoreCorrupt => 500,
            self::StoreRefused => 500,
            self::FlowMisused => 500,
            self::LeaseLost => 409,
            self::Rejected => 409,
            self::ServerOnly => 500,
            self::Internal => 500,
        };
    }

    /**
     * Whether the same call can succeed later without a change by a person.
     */
    public function retryable(): bool
    {
        return match ($this) {
            self::InvalidInput => false,
            self::InvalidAmount => false,
            self::UnknownCurrency => false,
            self::UnknownBlockchain => false,
            self::InvalidConfiguration => false,
            self::NothingToPay => false,
            self::AmountTooLarge => false,
            self::TooManyOpenOrders => true,
            self::TooManyAttempts => false,
            self::OutOfStock => false,
            self::UnknownSku => false,
            self::NotFound => false,
            self::UnknownEffect => false,
            self::BodyTooLarge => false,
            self::SignatureMissing => false,
            self::SignatureMalformed => false,
            self::SignatureStale => false,
            self::SignatureWrong => false,
            self::SecretMissing => false,
            self::WebhookUnreadable => false,
            self::GatewayRefused => false,
            self::GatewayUnauthorized => false,
            self::GatewayForbidden => false,
            self::GatewayNotFound => false,
            self::GatewayRateLimited => true,
            self::GatewayQuotaExceeded => false,
            self::GatewayUnavailable => true,
            self::GatewayUnreachable => true,
            self::GatewayAnswerUnusable => true,
            self::IdempotencyCollision => true,
            self::RateDoubtful => true,
            self::CreateUnknown => true,
            self::StoreBusy => true,
            self::StoreUnavailable => true,
            self::StoreNotAtomic => false,
            self::StoreTooNew => false,
            self::StoreCorrupt => false,
            self::StoreRefused => false,
            self::FlowMisused => false,
            self::LeaseLost => false,
            self::Rejected => false,
            self::ServerOnly => false,
            self::Internal => false,
        };
    }

    /**
     * What to check.
     */
    public function advice(): string
    {
        return match ($this) {
            self::InvalidInput =>
                'A field of the call has a wrong type or value; the message names it.',
            self::InvalidAmount =>
                'An amount is a plain decimal number, not negative, with at most the currency\'s decimals.',
            self::UnknownCurrency => 'The currency is not an ISO 4217 code that is in use.',
            self::UnknownBlockchain => 'The blockchain is not one of the gateway\'s codes.',
            self::InvalidConfiguration =>
                'A setting is missing, unknown or contradicts another; the message names it.',
            self::NothingToPay => 'The total is zero; complete the order without a payment.',
            self::AmountTooLarge => 'The total is above what the gateway takes in one payment.',
            self::TooManyOpenOrders =>
                'This customer has as many unpaid orders as the shop allows; pay or cancel one.',
            self::TooManyAttempts =>
                'The order has used all its payment attempts; open a new order.',
            self::OutOfStock => 'An article is not available in the quantity asked for.',
            self::UnknownSku => 'The article is not in the stock table; add it with adjust_stock.',
            self::NotFound => 'There is no such order for this customer or token.',
            self::UnknownEffect => 'There is no such effect.',
            self::BodyTooLarge => 'A webhook body has at most 256 KiB.',
            self::SignatureMissing =>
                'The request carries no X-CoinPay-Signature; is a secret set at the gateway?',
            self::SignatureMalformed =>
                'The signature header is not of the form t=<seconds>,v1=<hex>.',
            self::SignatureStale =>
                'The signature\'s time is more than the tolerance from this server\'s clock.',
            self::SignatureWrong =>
                'No secret gives this signature; is the raw body passed, and is the secret the right one?',
            self::SecretMissing =>
                'No webhook secret is configured; set one at the gateway and in the shop.',
            self::WebhookUnreadable => 'The webhook is authentic but is not a JSON event.',
            self::GatewayRefused => 'The gateway refused the request; the message says why.',
            self::GatewayUnauthorized => 'The gateway does not accept the API key.',
            self::GatewayForbidden => 'The API key may not do this.',
            self::GatewayNotFound => 'The gateway does not know the payment or the business.',
            self::GatewayRateLimited =>
                'Too many requests to the gateway; wait as long as it says.',
            self::GatewayQuotaExceeded =>
                'The account\'s monthly quota is used up; raise it at the gateway.',
            self::GatewayUnavailable =>
                'The gateway failed or sent something unreadable; it is tried again.',
            self::GatewayUnreachable => 'No answer from the gateway in time; it is tried again.',
            self::GatewayAnswerUnusable =>
                'The gateway\'s answer lacks what the protocol promises; the message names it.',
            self::IdempotencyCollision =>
                'The gateway answered with another payment than the one asked for.',
            self::RateDoubtful =>
                'No trustworthy exchange rate for the currency; try later or pass a rate of your own.',
            self::CreateUnknown =>
                'The gateway did not say whether the payment was made; the same call continues it.',
            self::StoreBusy => 'The database was busy; try again.',
            self::StoreUnavailable =>
                'The database does not answer; check that it runs and can be reached.',
            self::StoreNotAtomic =>
                'The database does not undo a failed commit; use a transactional engine and one connection.',
            self::StoreTooNew => 'The database was written by a newer version of this library.',
            self::StoreCorrupt =>
                'A stored record cannot be read; restore it from a backup and report this.',
            self::StoreRefused => 'This database cannot be used; the message says why.',
            self::FlowMisused =>
                'An answer came with a wrong step number, kind or order; the flow has ended.',
            self::LeaseLost => 'Another worker holds this effect now; its outcome counts.',
            self::Rejected =>
                'The order\'s state does not allow this; the message says which state.',
            self::ServerOnly => 'This call needs secrets and runs on a server only.',
            self::Internal => 'A defect of this library; nothing was changed. Please report it.',
        };
    }

    /**
     * The class of its exception.
     *
     * @return class-string<Exception\CoinPayException>
     */
    public function exceptionClass(): string
    {
        return match ($this) {
            self::InvalidInput => Exception\InvalidInputException::class,
            self::InvalidAmount => Exception\InvalidInputException::class,
            self::UnknownCurrency => Exception\InvalidInputException::class,
            self::UnknownBlockchain => Exception\InvalidInputException::class,
            self::InvalidConfiguration => Exception\InvalidInputException::class,
            self::NothingToPay => Exception\RejectedException::class,
            self::AmountTooLarge => Exception\RejectedException::class,
            self::TooManyOpenOrders => Exception\RejectedException::class,
            self::TooManyAttempts => Exception\RejectedException::class,
            self::OutOfStock => Exception\RejectedException::class,
            self::UnknownSku => Exception\InvalidInputException::class,
            self::NotFound => Exception\InvalidInputException::class,
            self::UnknownEffect => Exception\InvalidInputException::class,
            self::BodyTooLarge => Exception\WebhookException::class,
            self::SignatureMissing => Exception\WebhookException::class,
            self::SignatureMalformed => Exception\WebhookException::class,
            self::SignatureStale => Exception\WebhookException::class,
            self::SignatureWrong => Exception\WebhookException::class,
            self::SecretMissing => Exception\WebhookException::class,
            self::WebhookUnreadable => Exception\WebhookException::class,
            self::GatewayRefused => Exception\GatewayException::class,
            self::GatewayUnauthorized => Exception\GatewayException::class,
            self::GatewayForbidden => Exception\GatewayException::class,
            self::GatewayNotFound => Exception\GatewayException::class,
            self::GatewayRateLimited => Exception\GatewayException::class,
            self::GatewayQuotaExceeded => Exception\GatewayException::class,
            self::GatewayUnavailable => Exception\GatewayException::class,
            self::GatewayUnreachable => Exception\GatewayException::class,
            self::GatewayAnswerUnusable => Exception\GatewayException::class,
            self::IdempotencyCollision => Exception\GatewayException::class,
            self::RateDoubtful => Exception\GatewayException::class,
            self::CreateUnknown => Exception\GatewayException::class,
            self::StoreBusy => Exception\StoreException::class,
            self::StoreUnavailable => Exception\StoreException::class,
            self::StoreNotAtomic => Exception\StoreException::class,
            self::StoreTooNew => Exception\StoreException::class,
            self::StoreCorrupt => Exception\StoreException::class,
            self::StoreRefused => Exception\StoreException::class,
            self::FlowMisused => Exception\CoinPayException::class,
            self::LeaseLost => Exception\RejectedException::class,
            self::Rejected => Exception\RejectedException::class,
            self::ServerOnly => Exception\CoinPayException::class,
            self::Internal => Exception\CoinPayException::class,
        };
    }
}
