import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { execPath } from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { TradingError } from '@trading-agent/core';

const PROGRAM = fileURLToPath(new URL('child-program.ts', import.meta.url));

/** A test's second process, see `child-program.ts`. */
export class StoreChild {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Set<() => void>();
  /** Everything it has said so far. */
  readonly lines: string[] = [];
  #over = false;

  constructor(role: 'open' | 'lock' | 'trade', options: Readonly<Record<string, string>>) {
    this.#process = spawn(execPath, ['--no-warnings', PROGRAM, role, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const reader = createInterface({ input: this.#process.stdout });
    reader.on('line', (line) => {
      this.lines.push(line);
      this.#wake();
    });
    this.#ended = Promise.all([once(this.#process, 'exit'), once(reader, 'close')]).then(() => {
      this.#over = true;
      this.#wake();
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Returns the first line that begins with `word`, once it has been said. */
  async said(word: string): Promise<string> {
    return this.until((lines) => lines.find((line) => line.split(' ')[0] === word));
  }

  async until<T>(look: (lines: readonly string[]) => T | undefined): Promise<T> {
    for (;;) {
      const found = look(this.lines);
      if (found !== undefined) return found;
      if (this.#over) throw new TradingError('INTERNAL', `The child ended; it said: ${this.lines.join(' | ')}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** kill -9, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  /** Lets it close its store, and waits until it is gone. */
  async finish(): Promise<void> {
    this.#process.stdin.end();
    await this.#ended;
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
