import process from 'node:process';

/** How napi names what a binary needs of the C library, by the name of the platform. */
const ENDINGS: { [platform: string]: readonly string[] } = {
  // npm installs the one of the two that fits; the other does not load.
  linux: ['-gnu', '-musl'],
  darwin: [''],
  win32: ['-msvc'],
};

const packages = (prefix: string): string[] =>
  (ENDINGS[process.platform] ?? []).map(
    (ending) => `${prefix}-${process.platform}-${process.arch}${ending}`,
  );

/** The packages that may hold this platform's addon. */
export const addonPackages = () => packages('coinpay-embed');

/** The packages that may hold this platform's command `coinpay`. */
export const commandPackages = () => packages('coinpay-embed-cli');
