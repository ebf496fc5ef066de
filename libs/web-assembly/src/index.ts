export { I32, I64, type ModuleParts, moduleOf, signed, unsigned, V128 } from './module.ts';
export { webAssembly, type WebAssemblyRuntime } from './runtime.ts';
