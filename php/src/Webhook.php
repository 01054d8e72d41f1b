<?php

declare(strict_types=1);

namespace CoinPay;

use CoinPay\Backend\Backend;
use CoinPay\Backend\Backends;

/**
 * Webhooks without an engine, for a host that keeps its orders itself. {@see Engine::handleWebhook}
 * does all of this and more.
 */
final class Webhook
{
    private Backend $backend;

    /** @var list<string> */
    private array $secrets;

    /**
     * @param string|list<string> $secrets newest first
     * @param int $toleranceS how far a signature's time may be from ours, either way
     */
    public function __construct(
        #[\SensitiveParameter] string|array $secrets,
        private int $toleranceS = 300,
        ?Backend $backend = null,
    ) {
        $this->secrets = array_values((array) $secrets);
        $this->backend = $backend ?? Backends::get();
    }

    /**
     * Checks that the gateway signed exactly these bytes; gives when, and with which secret.
     *
     * @param ?string $signature the header X-CoinPay-Signature; null where there was none
     * @return array{timestamp_s: int, secret_index: int}
     * @throws Exception\WebhookException
     */
    public function verify(string $body, ?string $signature, ?int $nowMs = null): array
    {
        $nowMs ??= (int) (microtime(true) * 1000);
        $tolerance = $this->toleranceS;
        return $this->backend->verify($this->secrets, $body, $signature, $nowMs, $tolerance);
    }

    /**
     * What a webhook says. Call it with a body that was verified.
     *
     * @return array<string, mixed>
     * @throws Exception\WebhookException
     */
    public function parse(string $body): array
    {
        return $this->backend->call('parse_webhook', [], $body);
    }

    /**
     * The header that the gateway would send for this body and the newest secret: for tests.
     */
    public function sign(string $body, ?int $timestampS = null): string
    {
        $arguments = [
            'secret' => $this->secrets[0] ?? '',
            'timestamp_s' => $timestampS ?? time(),
        ];
        return $this->backend->call('sign_webhook', $arguments, $body);
    }
}
