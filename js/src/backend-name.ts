import { backend } from '#backend';

/** Which build of the core runs here, and why. */
export const { name, reason } = backend;
