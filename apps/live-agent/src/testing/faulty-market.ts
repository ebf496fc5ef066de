import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Micros, micros } from '@trading-agent/core';
import { z } from 'zod';
import { type MarketEndpoints, simulatorEndpoints } from '../connections.ts';
import { type MarketProcess, startMarketProcess } from '../market-process.ts';
import { MARKET_SIM } from '../simulated-market.ts';
import { silentLog } from './silent-log.ts';

const clockSchema = z.object({ at: z.number().transform((at) => micros(at)), step: z.number() });
const streamsSchema = z.array(z.object({ room: z.string(), key: z.string(), sent: z.number() }));
const ordersSchema = z.array(z.object({ client_order_id: z.string(), status: z.string(), filled_qty: z.string() }));
const positionsSchema = z.array(z.object({ symbol: z.string(), qty: z.string() }));

/** One account of the market, with a market data key of its own. */
export interface Desk {
  readonly endpoints: MarketEndpoints;
  readonly polygonKey: string;
  readonly keyId: string;
}

/** market-sim as a program of its own, with an account for each test, moved by the test and with faults at its command. */
export class FaultyMarket {
  readonly #process: MarketProcess;
  #desks = 0;

  private constructor(process: MarketProcess) {
    this.#process = process;
  }

  static async start(accounts: number): Promise<FaultyMarket> {
    const folder = mkdtempSync(join(tmpdir(), 'faulty-market-'));
    const names = Array.from({ length: accounts }, (_, index) => `desk-${index + 1}`);
    const scenario = join(folder, 'scenario.yaml');
    writeFileSync(
      scenario,
      JSON.stringify({
        accounts: names.map((name) => ({ keyId: name, secret: 'secret', balance: 100_000, account: name })),
        polygonKeys: names,
      }),
    );
    const args = ['--date=2026-03-02', '--symbols=SPY', '--seed=3', '--speed=max', '--port=0'];
    const process = await startMarketProcess(MARKET_SIM, [...args, `--scenario=${scenario}`], silentLog);
    rmSync(folder, { recursive: true });
    return new FaultyMarket(process);
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  /** The next account that nobody has used. */
  desk(): Desk {
    this.#desks += 1;
    const name = `desk-${this.#desks}`;
    const { polygon, alpaca } = simulatorEndpoints(this.#process.url, this.#process.wsUrl);
    // Without the admin channel: to the agent this is a real market.
    return {
      polygonKey: name,
      keyId: name,
      endpoints: { polygon: { ...polygon, apiKey: name }, alpaca: { ...alpaca, keyId: name, secretKey: 'secret' } },
    };
  }

  async now(): Promise<Micros> {
    return clockSchema.parse(await this.#call('GET', '/admin/clock')).at;
  }

  /** Lets a minute happen. @returns the time after it */
  async step(): Promise<Micros> {
    return clockSchema.parse(await this.#call('POST', '/admin/clock', { command: 'step' })).at;
  }

  /** Scripts a fault for one desk. @returns what takes it back */
  async fault({ keyId }: Desk, rule: { readonly match?: object; readonly [key: string]: unknown }) {
    const given = { ...rule, match: { key: keyId, ...rule.match } };
    const { id } = z.object({ id: z.number() }).parse(await this.#call('POST', '/admin/faults', given));
    return async (): Promise<void> => void (await this.#call('DELETE', `/admin/faults/${id}`));
  }

  /** How often the faults of a desk, all or those of a kind, have struck. */
  async struck({ keyId }: Desk, kind?: string): Promise<number> {
    const rule = z.object({ fault: z.string(), match: z.object({ key: z.string() }) });
    const schema = z.array(z.object({ struck: z.number(), rule }));
    const faults = schema.parse(await this.#call('GET', '/admin/faults'));
    const own = faults.filter(({ rule: { fault, match } }) => match.key === keyId && (kind ?? fault) === fault);
    return own.reduce((sum, { struck }) => sum + struck, 0);
  }

  /** Events that have been sent on the desk's present connections. */
  async sent({ keyId, polygonKey }: Desk): Promise<ReadonlyMap<string, number>> {
    const streams = streamsSchema.parse(await this.#call('GET', '/admin/streams'));
    const own = streams.filter(({ key, room }) => key === (room === 'trades' ? keyId : polygonKey));
    return new Map(own.map(({ room, sent }) => [room, sent]));
  }

  /** The broker's books, whatever the agent believes. */
  async orders(desk: Desk): Promise<z.infer<typeof ordersSchema>> {
    return ordersSchema.parse(
      await this.#call('GET', '/v2/orders?status=all&direction=asc&nested=true', undefined, desk),
    );
  }

  async positions(desk: Desk): Promise<Record<string, number>> {
    const rows = positionsSchema.parse(await this.#call('GET', '/v2/positions', undefined, desk));
    return Object.fromEntries(rows.map(({ symbol, qty }) => [symbol, Number(qty)]));
  }

  async #call(method: string, path: string, body?: unknown, desk?: Desk): Promise<unknown> {
    const response = await fetch(this.#process.url + path, {
      method,
      ...(desk && {
        headers: { 'apca-api-key-id': desk.keyId, 'apca-api-secret-key': desk.endpoints.alpaca.secretKey },
      }),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }
}
