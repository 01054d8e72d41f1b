<?php

declare(strict_types=1);

namespace CoinPay;

use CoinPay\Backend\Backend;
use CoinPay\Backend\Backends;
use CoinPay\Exception\CoinPayException;
use CoinPay\Http\CurlTransport;
use CoinPay\Http\HttpFault;
use CoinPay\Http\Transport;

/**
 * The gateway's API, one request for each call: nothing is stored and nothing repeated. A shop
 * takes {@see Engine}, which does both.
 *
 * Errors are {@see Exception\GatewayException}s, whose document says with `outcome` whether the
 * request may have had an effect: `final`, `retryable` or `unknown`.
 */
final class Client
{
    private Backend $backend;
    private Transport $transport;

    public function __construct(
        #[\SensitiveParameter] private string $apiKey,
        private ?string $baseUrl = null,
        ?Transport $transport = null,
        ?Backend $backend = null,
    ) {
        $this->backend = $backend ?? Backends::get();
        $this->transport = $transport ?? new CurlTransport();
    }

    /**
     * Asks for a payment of `amount_usd` on `blockchain` for `business_id`.
     *
     * @param array<string, mixed> $payment
     * @param string $idempotencyKey the same for a repeat of the same payment
     */
    public function createPayment(array $payment, string $idempotencyKey): array
    {
        if (($payment['metadata'] ?? null) === []) {
            unset($payment['metadata']);
        }
        $asked = ['payment' => $payment, 'idempotency_key' => $idempotencyKey];
        return $this->ask('create_payment', $asked, 'read_create_payment');
    }

    public function payment(string $paymentId): array
    {
        return $this->ask('get_payment', ['payment_id' => $paymentId], 'read_payment');
    }

    /** The address of a picture of the payment's QR code. */
    public function paymentQrUrl(string $paymentId): string
    {
        $arguments = ['payment_id' => $paymentId] + $this->base();
        return $this->backend->call('payment_qr_url', $arguments);
    }

    /** What one coin costs: `rate`, a text, and maybe `timestamp_ms`. */
    public function rate(string $coin, string $fiat): array
    {
        return $this->ask('rate', ['coin' => $coin, 'fiat' => $fiat], 'read_rate');
    }

    /**
     * @param list<string> $coins
     * @return array<string, array<string, mixed>> by coin; one without a usable rate is absent
     */
    public function rates(array $coins, string $fiat): array
    {
        return $this->ask('rates', ['coins' => $coins, 'fiat' => $fiat], 'read_rates');
    }

    /** What the business can be paid in. */
    public function tokens(string $businessId): array
    {
        return $this->ask('tokens', ['business_id' => $businessId], 'read_tokens');
    }

    public function supportedCoins(string $businessId): array
    {
        $asked = ['business_id' => $businessId];
        return $this->ask('supported_coins', $asked, 'read_supported_coins');
    }

    /** The businesses that the key is for. */
    public function businesses(): array
    {
        return $this->ask('businesses', [], 'read_businesses');
    }

    /**
     * @param array<string, mixed> $arguments
     */
    private function ask(string $call, array $arguments, string $reader): array
    {
        $request = $this->backend->call($call, $arguments + $this->base());
        try {
            $bearer = $request['auth'] === 'bearer' ? $this->apiKey : null;
            $came = $this->transport->send($request, $bearer);
        } catch (HttpFault $fault) {
            // This call always ends in the fault's error.
            $this->backend->call('fault_error', ['fault' => $fault->fault]);
            throw CoinPayException::with(ErrorCode::Internal, 'a fault without an error', $fault);
        }
        $answer = ['status' => $came->status, 'headers' => $came->headers] + $arguments;
        return $this->backend->call($reader, $answer, $came->body);
    }

    /**
     * @return array<string, string>
     */
    private function base(): array
    {
        return $this->baseUrl === null ? [] : ['base_url' => $this->baseUrl];
    }
}
