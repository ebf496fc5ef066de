import { fileURLToPath } from 'node:url';
import type { InlineConfig } from 'vite';

/** The folder of this app. */
export const APP_DIR = fileURLToPath(new URL('..', import.meta.url));

/** How the page is built: everything from here, nothing inlined as `data:` (the page's security policy allows files only). */
export const pageConfig: InlineConfig = {
  root: APP_DIR,
  configFile: false,
  logLevel: 'silent',
  clearScreen: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    emptyOutDir: true,
  },
};
