import type { Micros } from '@trading-agent/core';
import type { EngineEvent } from '@trading-agent/engine';

export type OperatorEvent = EngineEvent & { type: 'operator' };

/** How a halt begins that lifts itself when what it waits for has come. */
const WAITING = 'waiting for ';

/** What is known of the engine when a step begins. */
export interface EngineStanding {
  /** Why it takes no new risk, `null` when it does. */
  readonly halted: string | null;
  /** The broker has contradicted itself or us, and nobody has cleared it since. */
  readonly contradicted: boolean;
}

/**
 * Collects what speaks against new risk between two steps and tells it to the engine as operator events. A doubt halts until a human resumes.
 * A condition (a stream that is lost, books that are not compared yet) halts for as long as it lasts: the halt is lifted by the step after the
 * last condition has ended, unless something graver has come up meanwhile.
 */
export class Supervision {
  #doubts: string[] = [];
  readonly #conditions = new Set<string>();

  /** No new risk until somebody has looked. */
  doubt(reason: string): void {
    this.#doubts.push(reason);
  }

  /** No new risk until `end` is called with the same words. */
  begin(condition: string): void {
    this.#conditions.add(condition);
  }

  end(condition: string): void {
    this.#conditions.delete(condition);
  }

  /** What the engine must hear at the next step; doubts are handed over once. */
  take(at: Micros, { halted, contradicted }: EngineStanding): readonly OperatorEvent[] {
    const doubts = this.#doubts;
    this.#doubts = [];
    if (doubts.length > 0) return doubts.map((reason) => operator(at, 'halt', reason));
    const isWaiting = halted?.startsWith(WAITING) ?? false;
    if (this.#conditions.size > 0)
      return halted === null ? [operator(at, 'halt', `${WAITING}${[...this.#conditions].join(', ')}`)] : [];
    if (!isWaiting) return [];
    // The engine keeps the first reason only: the contradiction came while it was halted already.
    return contradicted
      ? [operator(at, 'halt', 'the broker contradicted itself while new risk was halted')]
      : [operator(at, 'resume', `no longer ${halted}`)];
  }
}

function operator(at: Micros, command: 'halt' | 'resume', reason: string): OperatorEvent {
  return { type: 'operator', at, command, by: 'live-agent', reason };
}
