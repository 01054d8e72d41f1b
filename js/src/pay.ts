import { calls } from '#calls';
import { NOTHING } from './bytes.js';
import { outputOf } from './errors.js';

const call = (name: string, args: unknown) =>
  outputOf<string>(calls.call(name, JSON.stringify(args), NOTHING));

/** The URI that asks a wallet for `amount` base units of a chain to an address. */
export const paymentUri = (chain: string, address: string, amount: string): string =>
  call('payment_uri', { chain, address, amount });

/** The QR code of a text, as SVG. */
export const qrSvg = (text: string): string => call('qr_svg', { text });

/** Base units of a decimal, exactly. */
export const toUnits = (text: string, decimals: number): string =>
  call('to_units_exact', { text, exponent: decimals });

/** The decimal of base units. */
export const fromUnits = (units: string, decimals: number): string =>
  call('from_units', { units, exponent: decimals });
