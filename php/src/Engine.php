<?php

declare(strict_types=1);

namespace CoinPay;

use CoinPay\Backend\Backend;
use CoinPay\Backend\Backends;
use CoinPay\Http\CurlTransport;
use CoinPay\Http\Transport;
use CoinPay\Store\Executor;

/**
 * A shop that takes payments. Every call is idempotent, so one that failed may be repeated, and
 * throws a {@see Exception\CoinPayException} with a code of the shared table.
 *
 * Inputs and outputs are the documents that docs/php.md lists, as arrays; amounts are texts.
 */
final class Engine
{
    /**
     * @param \Closure(string, array<string, mixed>, string): mixed $run
     */
    private function __construct(private Backend $backend, private \Closure $run)
    {
    }

    /**
     * With the library's own HTTP and database (`database` in the configuration), its tables made
     * or upgraded.
     *
     * @param array<string, mixed> $config
     */
    public static function open(array $config, ?Backend $backend = null): self
    {
        return self::builtIn($config, $backend, true);
    }

    /**
     * The same without a look at the tables, which is cheaper in a web request: whoever deploys
     * calls `open`, or `coinpay migrate`.
     *
     * @param array<string, mixed> $config
     */
    public static function connect(array $config, ?Backend $backend = null): self
    {
        return self::builtIn($config, $backend, false);
    }

    /**
     * With the host's own database and HTTP. Call {@see self::prepareStore()} once for each version.
     *
     * @param array<string, mixed> $config
     */
    public static function withStore(
        array $config,
        Executor $executor,
        ?Transport $transport = null,
        ?Backend $backend = null,
    ): self {
        $backend ??= Backends::get();
        $shop = $backend->open($config, $executor->dialect(), false);
        $key = (string) ($config['api_key'] ?? '');
        $steps = new Steps($backend, $shop, $executor, $transport ?? new CurlTransport(), $key);
        return new self($backend, $steps->run(...));
    }

    /**
     * @param array<string, mixed> $config
     */
    private static function builtIn(array $config, ?Backend $backend, bool $prepare): self
    {
        $backend ??= Backends::get();
        $engine = $backend->open($config, null, $prepare);
        $run = static fn (string $operation, array $input, string $body): mixed
            => $backend->operation($engine, $operation, $input, $body);
        return new self($backend, $run);
    }

    /**
     * Which way to the library is in use, and why: `name()` and `why()`.
     */
    public function backend(): Backend
    {
        return $this->backend;
    }

    /**
     * Any operation by its name.
     *
     * @param array<string, mixed> $input
     */
    public function call(string $operation, array $input = [], string $body = ''): mixed
    {
        // PHP cannot tell an empty object from an empty list; the library wants an object.
        if (($input['metadata'] ?? null) === []) {
            unset($input['metadata']);
        }
        return ($this->run)($operation, $input, $body);
    }

    /** Makes or upgrades the tables, and proves that the store undoes what fails. */
    public function prepareStore(): array
    {
        return $this->call('prepare_store');
    }

    /** Opens a checkout, or finds the one that this cart has. */
    public function createCheckout(array $checkout): array
    {
        return $this->call('create_checkout', $checkout);
    }

    /**
     * Verifies, stores and applies a webhook. `$body` are the raw bytes, `php://input`; answer with
     * `http_status`, `body` and, if there is one, `retry_after_s` of what comes back.
     */
    public function handleWebhook(string $body, ?string $signature): array
    {
        return $this->call('handle_webhook', ['signature' => $signature], $body);
    }

    /** What the owner of an order may see, by `customer_id` or `status_token`. */
    public function orderStatus(array $access): array
    {
        return $this->call('order_status', $access);
    }

    public function cancelOrder(array $cancel): array
    {
        return $this->call('cancel_order', $cancel);
    }

    public function resolveReview(array $resolve): array
    {
        return $this->call('resolve_review', $resolve);
    }

    public function recordRefund(array $refund): array
    {
        return $this->call('record_refund', $refund);
    }

    public function markFulfilled(array $mark): array
    {
        return $this->call('mark_fulfilled', $mark);
    }

    public function adjustStock(array $adjust): array
    {
        return $this->call('adjust_stock', $adjust);
    }

    /** Asks about payments, ends orders, tidies; says when it wants to be called again. */
    public function work(array $limits = []): array
    {
        return $this->call('work', $limits);
    }

    /**
     * Hands out side work.
     *
     * @return list<array<string, mixed>>
     */
    public function claimEffects(array $claim = []): array
    {
        return $this->call('claim_effects', $claim);
    }

    public function completeEffect(array $effect, ?array $result = null): array
    {
        $result = $result === null ? [] : ['result' => $result];
        return $this->call('complete_effect', self::key($effect) + $result);
    }

    public function failEffect(array $effect, string $error): array
    {
        $claim = ['claim_no' => $effect['claim_no'] ?? null, 'error' => $error];
        return $this->call('fail_effect', self::key($effect) + $claim);
    }

    public function renewEffect(array $effect): array
    {
        $claim = ['claim_no' => $effect['claim_no'] ?? null];
        return $this->call('renew_effect', self::key($effect) + $claim);
    }

    /**
     * Says how the effects of a claim ended, 32 at most, each as by `completeEffect` or
     * `failEffect`, in one commit; with `claim` in the report, claims the next. To be repeated
     * where it fails.
     *
     * @param array{outcomes: list<array<string, mixed>>, claim?: array<string, mixed>} $report an
     *   outcome has `order_id`, `kind`, `subject`, and `result`, or `claim_no` and `error`
     * @return array{answers: list<array<string, mixed>>, claimed: list<array<string, mixed>>}
     */
    public function reportEffects(array $report): array
    {
        return $this->call('report_effects', $report);
    }

    public function settleEffect(array $settle): array
    {
        return $this->call('settle_effect', $settle);
    }

    /** The story of an order: what came, what was decided, by which line. */
    public function explainOrder(string $orderId): array
    {
        return $this->call('explain_order', ['order_id' => $orderId]);
    }

    public function health(): array
    {
        return $this->call('health');
    }

    public function export(array $export = []): array
    {
        return $this->call('export', $export);
    }

    public function eraseCustomer(string $customerId): array
    {
        return $this->call('erase_customer', ['customer_id' => $customerId]);
    }

    /**
     * One request to the operator's view: `method`, `path`, `query`, `form`, `base`, `actor`, `csrf`,
     * `nonce`. {@see Dash} asks it as a web server does.
     *
     * @return array{http_status: int, headers: list<array{string, string}>, body: string}
     */
    public function dash(array $request): array
    {
        return $this->call('dash', $request);
    }

    /**
     * The page that a shopper pays on: `html`, and the `content_security_policy` to send with it
     * where the options have a `nonce`.
     *
     * @return array{html: string, content_security_policy: ?string}
     */
    public function payPage(array $status, array $options = []): array
    {
        $arguments = ['status' => $status] + ($options === [] ? [] : ['options' => $options]);
        return $this->backend->call('pay_page', $arguments);
    }

    /**
     * What names an effect.
     */
    private static function key(array $effect): array
    {
        return array_intersect_key($effect, ['order_id' => 0, 'kind' => 0, 'subject' => 0]);
    }
}
