import { TradingError } from '@trading-agent/core';
import { type FeedChannel, STREAM_KINDS, type StreamKind } from '@trading-agent/market-data';
import { assetClass, ownSymbol, wireTicker } from '../reference/fields.ts';

// What the clusters offer and who gets it (PROVIDERS A1, A9).

const TOPICS: Readonly<Record<StreamKind, string>> = {
  quotes: 'Q',
  trades: 'T',
  'second-bars': 'A',
  'minute-bars': 'AM',
  'fair-values': 'FMV',
  'index-values': 'V',
  'limit-bands': 'LULD',
};

const OFFERED: Readonly<Record<FeedChannel, readonly StreamKind[]>> = {
  options: ['trades', 'quotes', 'second-bars', 'minute-bars', 'fair-values'],
  stocks: ['trades', 'quotes', 'second-bars', 'minute-bars', 'limit-bands', 'fair-values'],
  indices: ['index-values', 'second-bars', 'minute-bars'],
};

const KINDS: ReadonlyMap<string, StreamKind> = new Map(STREAM_KINDS.map((kind) => [TOPICS[kind], kind]));

/** Option contracts per connection, of quotes and of fair values each, and neither for all contracts at once. */
export const MAX_QUOTE_SUBSCRIPTIONS = 1_000;
const CAPPED: readonly StreamKind[] = ['quotes', 'fair-values'];

/** What a host serves. Quotes and limit bands come in real time only, fair values from the hosts for businesses only. */
export interface HostOffer {
  readonly isDelayed: boolean;
  readonly hasFairValues: boolean;
}

/** Told by the vendor's host names; any other host (a simulator) is taken to offer everything in real time. */
export function hostOffer(socketUrl: string): HostOffer {
  const { hostname } = new URL(socketUrl);
  const isVendor = /(^|\.)(massive\.com|polygon\.io)$/.test(hostname);
  return {
    isDelayed: /^delayed(-business)?\./.test(hostname),
    hasFairValues: !isVendor || /^(delayed-)?business\./.test(hostname),
  };
}

export function channelOf(symbol: string): FeedChannel {
  return assetClass(symbol);
}

/** `Q.O:SPY251219C00650000`. */
export function parameterOf(kind: StreamKind, symbol: string): string {
  return `${TOPICS[kind]}.${wireTicker(symbol)}`;
}

/** What a parameter of ours asks for; the symbol is `*` for all. */
export function readParameter(parameter: string): { readonly kind: StreamKind; readonly symbol: string } {
  const dot = parameter.indexOf('.');
  const kind = KINDS.get(parameter.slice(0, dot));
  if (kind === undefined) throw new TradingError('INTERNAL', `No topic of ours: ${parameter}`);
  return { kind, symbol: ownSymbol(parameter.slice(dot + 1)) };
}

/** The kind of an event by its `ev`; `undefined` for what we do not know. */
export function kindOfEvent(ev: unknown): StreamKind | undefined {
  return typeof ev === 'string' ? KINDS.get(ev) : undefined;
}

export function offers(channel: FeedChannel, kind: StreamKind): boolean {
  return OFFERED[channel].includes(kind);
}

/** True for what takes one of the connection's slots. */
export function isCapped(channel: FeedChannel, kind: StreamKind): boolean {
  return channel === 'options' && CAPPED.includes(kind);
}

/** @throws {TradingError} `FEED_NOT_ENTITLED` for what the channel or the host does not serve; nothing is sent then. */
export function requireOffered(channel: FeedChannel, kind: StreamKind, isEvery: boolean, host: HostOffer): void {
  const refuse = (why: string, hint: string): never => {
    throw new TradingError('FEED_NOT_ENTITLED', `No ${kind} of ${channel}: ${why}`, {
      hint,
      details: { channel, kind },
    });
  };
  if (!OFFERED[channel].includes(kind)) refuse('the cluster has none', `It offers ${OFFERED[channel].join(', ')}.`);
  if (host.isDelayed && (kind === 'quotes' || kind === 'limit-bands'))
    refuse('the stream is delayed', 'Use the real-time host, with a plan that includes it, or trades and bars.');
  if (kind === 'fair-values' && !host.hasFairValues)
    refuse('the host has none', 'They come from wss://business.massive.com, with a business plan.');
  if (isEvery && isCapped(channel, kind)) refuse('they must be asked for by contract', 'Name the contracts.');
}
