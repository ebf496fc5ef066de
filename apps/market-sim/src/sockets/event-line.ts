import type { WebSocket } from 'ws';
import type { Facts, FaultPort, Room } from '../faults/effects.ts';

/** What is told over a stream: what faults are chosen by, and what goes over the wire. */
export interface LineEvent {
  readonly facts: Omit<Facts, 'room'>;
  readonly body: object;
}

/** How much a connection has been told. */
export interface StreamCount {
  readonly room: Room;
  readonly key: string;
  /** Events since it opened. */
  readonly sent: number;
}

export interface EventLineOptions {
  readonly socket: WebSocket;
  readonly room: Room;
  readonly faults: FaultPort;
  /** The frames that carry these events, in order. */
  readonly frames: (events: readonly LineEvent[]) => Iterable<string | Uint8Array>;
  readonly binary?: boolean;
  /** The credential that the connection has logged in with. */
  readonly key: () => string | undefined;
}

/** The events of one connection on their way out, with the faults of their stream in between. */
export class EventLine {
  readonly #options: EventLineOptions;
  #held: { readonly event: LineEvent; later: number }[] = [];
  #sent = 0;
  /** Bytes written, and of these the ones that the client is known to have read; known only while somebody asks. */
  #written = 0;
  #read: number | null = null;

  constructor(options: EventLineOptions) {
    this.#options = options;
    options.socket.on('pong', (data) => {
      const read = Number(data.toString('latin1'));
      if (this.#read !== null && Number.isSafeInteger(read)) this.#read = Math.max(this.#read, read);
    });
  }

  /** Events that have been put on the wire. */
  get sent(): number {
    return this.#sent;
  }

  send(events: readonly LineEvent[]): void {
    const { socket, faults } = this.#options;
    if (this.#isReaderSlow()) {
      socket.terminate();
      return;
    }
    if (faults.isQuiet('event') && this.#held.length === 0) return this.#write(events);
    const out: LineEvent[] = [];
    for (const event of events) {
      const effects = faults.strike('event', this.#facts(event));
      if (effects.some((effect) => effect.do === 'disconnect')) {
        this.#write(out, () => socket.terminate());
        return;
      }
      if (effects.some((effect) => effect.do === 'drop')) continue;
      const hold = effects.find((effect) => effect.do === 'hold');
      if (hold?.do === 'hold') {
        this.#held.push({ event, later: hold.by });
        continue;
      }
      out.push(event);
      if (effects.some((effect) => effect.do === 'repeat')) out.push(event);
      for (const held of this.#held) held.later -= 1;
      out.push(...this.#held.filter(({ later }) => later === 0).map((held) => held.event));
      this.#held = this.#held.filter(({ later }) => later > 0);
    }
    this.#write(out);
  }

  #facts(event: LineEvent): Facts {
    const { room, key } = this.#options;
    const credential = key();
    return { room, ...(credential !== undefined && { key: credential }), ...event.facts };
  }

  #write(events: readonly LineEvent[], done?: () => void): void {
    const { socket, frames, binary = false } = this.#options;
    const texts = events.length === 0 ? [] : [...frames(events)];
    this.#sent += events.length;
    for (const [index, text] of texts.entries()) {
      this.#written += text.length;
      socket.send(text, { binary }, index === texts.length - 1 ? done : undefined);
    }
    if (texts.length === 0) done?.();
    // The answer comes when the client has read all that was written before.
    else if (this.#read !== null) socket.ping(String(this.#written));
  }

  #isReaderSlow(): boolean {
    const { room, faults, key } = this.#options;
    if (faults.isQuiet('reader')) {
      this.#read = null;
      return false;
    }
    const credential = key();
    const limits = faults
      .standing('reader', { room, ...(credential !== undefined && { key: credential }) })
      .map(({ bytes }) => bytes);
    if (limits.length === 0) {
      this.#read = null;
      return false;
    }
    this.#read ??= this.#written;
    return this.#written - this.#read > Math.min(...limits);
  }
}
