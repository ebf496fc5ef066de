import type { Micros } from '@trading-agent/core';
import type { EngineEvent } from '@trading-agent/engine';
import type { SwitchWatch } from './switch-watch.ts';

export type OperatorEvent = EngineEvent & { type: 'operator' };

/** How a halt begins that lifts itself when what it waits for has come. */
const WAITING = 'waiting for ';
/** Who speaks when the kill switch does. */
const SWITCH = 'kill-switch';
const AGENT = 'live-agent';

/** What is known of the engine when a step begins. */
export interface EngineStanding {
  /** Why it takes no new risk, `null` when it does. */
  readonly halted: string | null;
  /** The broker has contradicted itself or us, and nobody has cleared it since. */
  readonly contradicted: boolean;
}

/** What is asked of the kill switch at each step. */
export type SwitchState = Pick<SwitchWatch, 'wanted' | 'takeLifted'>;

/**
 * Collects what speaks against new risk between two steps and tells it to the engine as operator events. A doubt halts until a human resumes.
 * A condition (a stream that is lost, books that are not compared yet) halts for as long as it lasts: the halt is lifted by the step after the
 * last condition has ended, unless something graver has come up meanwhile. The kill switch stands above all of it: what it says is told when it
 * differs from what was told last, and lifting it lifts the doubts too, because a human has looked.
 */
export class Supervision {
  #doubts: string[] = [];
  readonly #conditions = new Set<string>();
  readonly #switch: SwitchState | null;
  /** What the engine has heard of the switch last; `null` when it stops nothing. */
  #told: string | null = null;

  constructor(killSwitch: SwitchState | null = null) {
    this.#switch = killSwitch;
  }

  /** What the engine heard, now or before a restart. */
  observe(event: EngineEvent): void {
    if (event.type !== 'operator') return;
    if (event.by === SWITCH) this.#told = event.command === 'resume' ? null : `${event.command} ${event.reason}`;
  }

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
  take(at: Micros, standing: EngineStanding): readonly OperatorEvent[] {
    const order = this.#switchOrder(at);
    if (order === null) return this.#takeOwn(at, standing);
    return order.command === 'resume'
      ? [order, ...this.#takeOwn(at, { halted: null, contradicted: false })]
      : [order, ...this.#takeOwn(at, { ...standing, halted: order.reason })];
  }

  #switchOrder(at: Micros): OperatorEvent | null {
    const wanted = this.#switch?.wanted() ?? null;
    const isLifted = this.#switch?.takeLifted() ?? false;
    if (wanted === null || wanted.state === 'run') {
      return this.#told !== null || isLifted ? operator(at, 'resume', 'the kill switch is lifted', SWITCH) : null;
    }
    const order = operator(at, wanted.state, `${wanted.by}: ${wanted.reason}`, SWITCH);
    return this.#told === `${order.command} ${order.reason}` ? null : order;
  }

  #takeOwn(at: Micros, { halted, contradicted }: EngineStanding): readonly OperatorEvent[] {
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

function operator(at: Micros, command: OperatorEvent['command'], reason: string, by = AGENT): OperatorEvent {
  return { type: 'operator', at, command, by, reason };
}
