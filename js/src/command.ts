import process from 'node:process';
import { requires } from './backend/files.js';
import { commandPackages } from './backend/platform.js';
import { CoinPayError } from './errors.js';

/** Where the command `coinpay` is: `COINPAY_BIN`, or what npm installed for this platform. */
export function commandPath(): string {
  const told = process.env['COINPAY_BIN'];
  if (told) return told;
  for (const name of commandPackages()) {
    for (const require of requires(import.meta.url)) {
      try {
        return require.resolve(`${name}/bin/coinpay`);
      } catch {
        // There may be another place.
      }
    }
  }
  const why =
    `the command coinpay is not here: no ${commandPackages().join(' and no ') || 'package'}` +
    ` is installed for ${process.platform}-${process.arch}; name it in COINPAY_BIN`;
  throw new CoinPayError('invalid_configuration', why);
}
