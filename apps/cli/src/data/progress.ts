import { StatusLine, terminal } from '../terminal.ts';

const BAR = 24;
const BLOCKS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** How far a command is: a bar with rate and time left on a terminal, a calm line every so often elsewhere. */
export class Progress {
  readonly #status: StatusLine;
  readonly #unit: string;
  readonly #now: () => number;
  readonly #began: number;

  constructor(unit: string, options: { readonly status?: StatusLine; readonly now?: () => number } = {}) {
    this.#unit = unit;
    this.#status = options.status ?? new StatusLine();
    this.#now = options.now ?? (() => performance.now());
    this.#began = this.#now();
  }

  /** `done` of `total` units are behind; `total` 0: nobody knows how many there are. */
  show(done: number, total: number, label: string): void {
    this.#status.show(this.line(done, total, label));
  }

  line(done: number, total: number, label: string): string {
    const seconds = Math.max(0.001, (this.#now() - this.#began) / 1_000);
    const rate = done / seconds;
    const speed = `${rate >= 100 ? Math.round(rate).toLocaleString('en-US') : rate.toFixed(1)} ${this.#unit}/s`;
    if (total <= 0) return `${done.toLocaleString('en-US')} ${this.#unit} ${speed} ${label}`;
    const share = Math.min(1, done / total);
    const left = rate > 0 ? (total - done) / rate : 0;
    const drawn = terminal.isInteractive() ? `${bar(share)} ` : '';
    return `${drawn}${`${Math.floor(share * 100)}`.padStart(3)}% ${done}/${total} ${this.#unit} ${speed} ETA ${clock(left)} ${label}`;
  }

  /** Writes a line above. */
  above(line: string): void {
    this.#status.above(line);
  }

  end(): void {
    this.#status.end();
  }
}

function bar(share: number): string {
  const eighths = Math.round(share * BAR * 8);
  return `${'█'.repeat(eighths >> 3)}${BLOCKS[eighths & 7] ?? ''}`.padEnd(BAR, '·');
}

function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
