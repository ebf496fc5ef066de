import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface Finished {
  /** Exit code, `null` when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The `agent` command in a process of its own, as a user runs it. */
export class AgentProcess {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  #stdout = '';
  #stderr = '';
  readonly #watchers: {
    readonly pattern: RegExp;
    readonly resolve: (match: RegExpExecArray) => void;
    readonly reject: (error: Error) => void;
  }[] = [];

  constructor(
    args: readonly string[],
    options: {
      readonly dataDir: string;
      readonly cwd?: string;
      readonly env?: Readonly<Record<string, string>>;
      /** What the command reads on standard input; without it there is none. */
      readonly input?: string;
    },
  ) {
    this.child = spawn(process.execPath, [MAIN, ...args], {
      cwd: options.cwd ?? options.dataDir,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        NO_COLOR: '1',
        DATA_DIR: options.dataDir,
        LOG_LEVEL: 'WARNING',
        ...options.env,
      },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    this.child.stdin?.end(options.input);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#match();
    });
    this.finished = new Promise((resolve) => {
      this.child.once('close', (code) => {
        for (const watcher of this.#watchers.splice(0))
          watcher.reject(new Error(`The command ended before saying ${watcher.pattern}: ${this.#stderr}`));
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** Waits until standard error says it. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      this.#watchers.push({ pattern, resolve, reject });
      this.#match();
    });
  }

  /** Ends it as a crash of the machine would: no signal handler runs. */
  async kill(): Promise<Finished> {
    this.child.kill('SIGKILL');
    return this.finished;
  }

  #match(): void {
    for (const watcher of this.#watchers.slice()) {
      const match = watcher.pattern.exec(this.#stderr);
      if (match === null) continue;
      this.#watchers.splice(this.#watchers.indexOf(watcher), 1);
      watcher.resolve(match);
    }
  }
}

/** Runs the command to its end. */
export function runAgentCommand(...args: ConstructorParameters<typeof AgentProcess>): Promise<Finished> {
  return new AgentProcess(...args).finished;
}
