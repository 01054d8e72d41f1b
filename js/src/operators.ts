// What operators ask for: the order's story, exports, erasure. On Workers and other edge platforms
// it is a WebAssembly module of its own, and only a program that imports this has it in it; Node,
// Deno and Bun load it by themselves when it is first wanted.
export { openDesk as operators } from '#desk';
export type { OpenDesk as Operators } from './backend/backend.js';
