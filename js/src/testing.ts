// For a shop's own tests: a gateway on this machine, and webhooks as it would sign them.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { commandPath } from './command.js';
import { CoinPayError } from './errors.js';
import { generateWebhookSignature } from './index.js';

export interface SandboxOptions {
  /** Where the sandbox sends webhooks; it can be said later. */
  webhookUrl?: string;
  webhookSecret?: string;
  /** Further words for `coinpay sandbox`, such as `--seed`. */
  options?: readonly string[];
}

/** A running sandbox: what a shop needs to use it, and how it is told what to play. */
export interface Sandbox {
  /** The setting `baseUrl`. */
  baseUrl: string;
  controlUrl: string;
  /** The setting `businessId`. */
  businessId: string;
  /** The setting `apiKey`; the sandbox takes any that is for tests. */
  apiKey: string;
  webhookSecret: string;
  /** `POST` to a path of the control API, such as `/payments/<id>/pay`; see docs/sandbox.md. */
  control<T = unknown>(path: string, body?: unknown): Promise<T>;
  /** `GET` of a path of the control API. */
  read<T = unknown>(path: string): Promise<T>;
  /** The customer pays what was asked, and the gateway confirms it. */
  pay(paymentId: string, options?: Record<string, unknown>): Promise<void>;
  /** Where webhooks are to go. */
  sendWebhooksTo(url: string): Promise<void>;
  /** Comes back when every webhook that is due was delivered or given up. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const SECRET = 'whsec_sandbox';

/**
 * Starts `coinpay sandbox` on a free port of this machine. It ends with `close`, and with this
 * process.
 *
 * @throws {CoinPayError} `invalid_configuration` where the command is not there
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { webhookUrl, webhookSecret = SECRET, options: more = [] } = options;
  const words = ['sandbox', '--listen', '127.0.0.1:0', '--webhook-secret', webhookSecret];
  const child = spawn(commandPath(), [...words, '--json', ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = () => child.kill();
  process.once('exit', end);
  const started = JSON.parse(await firstLine(child)) as {
    base_url: string;
    control_url: string;
    business_id: string;
  };
  const ask = async <T>(path: string, init?: RequestInit): Promise<T> => {
    const answer = await fetch(`${started.control_url}${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new CoinPayError('invalid_input', `${path}: ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  };
  const control = <T>(path: string, body: unknown = {}) =>
    ask<T>(path, { method: 'POST', body: JSON.stringify(body) });
  const sandbox: Sandbox = {
    baseUrl: started.base_url,
    controlUrl: started.control_url,
    businessId: started.business_id,
    apiKey: 'cp_test_sandbox',
    webhookSecret,
    control,
    read: ask,
    pay: (paymentId, fields) => control(`/payments/${paymentId}/pay`, fields),
    sendWebhooksTo: (url) => control('/webhooks/config', { url }),
    flush: () => control('/webhooks/flush'),
    close: async () => {
      process.off('exit', end);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
  if (webhookUrl) await sandbox.sendWebhooksTo(webhookUrl);
  return sandbox;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const failed = (why: string) =>
      reject(new CoinPayError('invalid_configuration', `the sandbox does not start: ${why}`));
    child.once('error', (error) => failed(error.message));
    child.once('exit', (code) => failed(`it ended with ${code}`));
    if (child.stdout) createInterface({ input: child.stdout }).once('line', resolve);
  });
}

/** A webhook's body and headers, as the gateway would send them. */
export function signedWebhook(
  event: unknown,
  options: { secret?: string; timestamp?: number } = {},
): { body: string; headers: Record<string, string> } {
  const { secret = SECRET, timestamp } = options;
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const when = timestamp === undefined ? {} : { timestamp };
  const signature = generateWebhookSignature({ payload: body, secret, ...when });
  return {
    body,
    headers: { 'content-type': 'application/json', 'x-coinpay-signature': signature },
  };
}
