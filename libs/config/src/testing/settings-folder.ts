import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isTradingError, TradingError } from '@trading-agent/core';
import { expect } from 'vitest';
import { type Environment, loadSettings, type Settings } from '../index.ts';

const folders: string[] = [];

/** A working folder with these files under `config/`. */
export function folder(files: Readonly<Record<string, string>> = {}): string {
  const cwd = mkdtempSync(join(tmpdir(), 'trading-agent-config-'));
  folders.push(cwd);
  mkdirSync(join(cwd, 'config'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, 'config', name), text);
  return cwd;
}

/** For after each test. */
export function removeFolders(): void {
  for (const cwd of folders.splice(0)) rmSync(cwd, { recursive: true, force: true });
}

export const load = (files: Readonly<Record<string, string>> = {}, env: Environment = {}): Settings =>
  loadSettings({ env, cwd: folder(files) });

/** The refusal that it ends with. */
export function failure(run: () => unknown): TradingError {
  try {
    run();
  } catch (error) {
    if (isTradingError(error)) return error;
    throw error;
  }
  throw new TradingError('INTERNAL', 'Expected a refusal, was none');
}

/** What the refusal of settings names. */
export function violations(run: () => unknown): readonly string[] {
  const error = failure(run);
  expect(error.code).toBe('CONFIG_INVALID');
  expect(error.exitCode).toBe(2);
  const lines = error.details['violations'];
  return Array.isArray(lines) ? lines.map(String) : [];
}
