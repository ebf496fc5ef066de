/** What is used of the engine's WebAssembly object: the compiler's library without the browser's has no types of it. */
export interface WebAssemblyRuntime {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly validate: (bytes: Uint8Array<ArrayBuffer>) => boolean;
}

export const webAssembly: WebAssemblyRuntime = Reflect.get(globalThis, 'WebAssembly');
