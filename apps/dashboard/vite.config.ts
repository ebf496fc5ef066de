import { defineConfig } from 'vite';
import { pageConfig } from './src/page-config.ts';

export default defineConfig(pageConfig);
