import { glue, guard } from '#page';
import { outputOf } from './errors.js';
import { toCore } from './names.js';
import type { OrderStatus } from './types.js';

export interface PageOptions {
  language?: 'en' | 'de';
  statusUrl?: string;
  shopName?: string;
  returnUrl?: string;
  /** Base64, made anew for each answer. */
  nonce?: string;
}

export type PayPage = (
  status: OrderStatus,
  options?: PageOptions,
) => { html: string; contentSecurityPolicy: string | null };

/** The page on which a shopper pays, and the policy that its answer has to carry. */
export const payPage: PayPage = (status, options = {}) => {
  const page = guard.run(() =>
    glue.pay_page(JSON.stringify(toCore(status)), JSON.stringify(toCore(options))),
  );
  const written = outputOf<{ html: string; content_security_policy: string | null }>(page);
  return { html: written.html, contentSecurityPolicy: written.content_security_policy };
};
