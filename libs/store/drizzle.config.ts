import { defineConfig } from 'drizzle-kit';

/** `npx drizzle-kit generate --config libs/store/drizzle.config.ts` writes the next migration from the tables; it needs no database. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './libs/store/src/schema/tables.ts',
  out: './libs/store/migrations',
});
