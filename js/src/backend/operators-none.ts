// Edge platforms: what operators ask for is there where the shop passes it.
import type { OpenDesk } from './backend.js';

export const openDesk: OpenDesk | undefined = undefined;
