import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type MarketDate, type Micros, micros } from '@trading-agent/core';
import { writeDurably } from '../lake/durable-file.ts';

/** Until when a recorded day was listened to; whoever goes on, or reads the day, knows what is missing after it. */
function heardFile(dir: string, date: MarketDate): string {
  return join(dir, 'recordings', `${date}.heard`);
}

/** `undefined` for a day that was not recorded. */
export function readHeardUntil(dir: string, date: MarketDate): Micros | undefined {
  const file = heardFile(dir, date);
  if (!existsSync(file)) return undefined;
  const until = Number(readFileSync(file, 'utf8'));
  // Written whole; what can't be read counts as nothing heard, so that too much is called missing rather than too little.
  return micros(Number.isSafeInteger(until) && until > 0 ? until : 0);
}

export function writeHeardUntil(dir: string, date: MarketDate, until: Micros): void {
  const file = heardFile(dir, date);
  mkdirSync(dirname(file), { recursive: true });
  writeDurably(file, `${until}\n`);
}
