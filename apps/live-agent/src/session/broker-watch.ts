import { MICROS_PER_SECOND, type Micros, micros, toTradingError } from '@trading-agent/core';
import type { Broker, BrokerEvent } from '@trading-agent/broker';
import type { EngineView } from '@trading-agent/engine';
import type { AgentLog } from '../log.ts';
import type { OwnOrders } from './own-orders.ts';
import { reconcile } from './reconciliation.ts';
import type { Supervision } from './supervision.ts';

/** Between two comparisons that are not called for by anything, and between two tries while the books differ. */
const EVERY = 60 * MICROS_PER_SECOND;
const AGAIN = 5 * MICROS_PER_SECOND;
const CONDITION = 'the books to agree with the broker';

export interface BrokerWatchOptions {
  readonly broker: Broker;
  /** Orders from here on are compared, RFC 3339. */
  readonly since: string;
  readonly own: OwnOrders;
  readonly view: () => EngineView;
  readonly isUnresolved: (clientOrderId: string) => boolean;
  readonly supervision: Supervision;
  readonly log: AgentLog;
}

/**
 * Keeps the books of a real market with the broker's, whose stream may miss what happened while it was down: compares them at the start, after
 * every reconnect, after the close and once a minute. What was missed is fed to the engine; while anything else differs there is no new risk.
 */
export class BrokerWatch {
  readonly #options: BrokerWatchOptions;
  #isDue = true;
  #notBefore: Micros | null = null;
  #last: Micros | null = null;
  #told = '';

  constructor(options: BrokerWatchOptions) {
    this.#options = options;
    options.supervision.begin(CONDITION);
  }

  /** The books must be compared before new risk is taken. */
  require(): void {
    this.#isDue = true;
    this.#notBefore = null;
    this.#options.supervision.begin(CONDITION);
  }

  /** True when the latest comparison found no difference and none has been called for since. */
  get isAgreed(): boolean {
    return !this.#isDue;
  }

  /**
   * What the broker has to say at a step: what its stream told, without what its order objects have told already, and what they tell beyond.
   */
  async listen(at: Micros, streamed: readonly BrokerEvent[]): Promise<readonly BrokerEvent[]> {
    const { own } = this.#options;
    const fresh = streamed.filter(
      (event) => event.kind === 'order' || own.get(event.execution.clientOrderId)?.isToldByOrder !== true,
    );
    // What was left out may have been told before its order object had it.
    if (fresh.length < streamed.length) this.#isDue = true;
    // Either way: a clock that was set back must not put the next comparison off until it has caught up.
    if (this.#last !== null && Math.abs(at - this.#last) >= EVERY) this.#isDue = true;
    const isTooSoon = this.#notBefore !== null && at < this.#notBefore && this.#notBefore - at <= AGAIN;
    // Fills on their way to the books would look as if they had been missed: the next step will do.
    const isBusy = fresh.some(({ kind }) => kind === 'execution');
    if (!this.#isDue || isBusy || isTooSoon) return fresh;
    return [...fresh, ...(await this.#compare(at))];
  }

  async #compare(at: Micros): Promise<readonly BrokerEvent[]> {
    const { broker, since, own, view, isUnresolved, supervision, log } = this.#options;
    this.#notBefore = micros(at + AGAIN);
    try {
      const orders = await broker.orders(since);
      const positions = await broker.positions();
      const { missed, different } = reconcile({ orders, positions }, own, view(), at, isUnresolved);
      if (missed.length > 0) log.warn({ missed: missed.length }, 'The broker tells what its stream did not');
      if (missed.length === 0 && different.length === 0) {
        this.#isDue = false;
        this.#last = at;
        supervision.end(CONDITION);
      } else {
        supervision.begin(CONDITION);
        // What was missed is compared again as soon as it is booked.
        if (different.length === 0) this.#notBefore = null;
      }
      this.#tell(different.join('; '));
      return missed;
    } catch (thrown) {
      const error = toTradingError(thrown);
      supervision.begin(CONDITION);
      this.#tell(`they could not be read: ${error.message}`);
      return [];
    }
  }

  /** Once per difference. */
  #tell(different: string): void {
    if (different === this.#told) return;
    this.#told = different;
    if (different !== '')
      this.#options.log.error({ different }, 'The books of the broker differ from ours: no new risk until they agree');
  }
}
