import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nyInstant } from '@trading-agent/calendar';
import { marketDate } from '@trading-agent/core';
import { Lake } from '@trading-agent/market-data';
import { contentsOf, filesBelow } from '@trading-agent/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentProcess } from '../testing/agent-process.ts';

const DAYS = ['2026-10-28', '2026-10-29', '2026-10-30', '2026-11-02'];
const PAGE = 3_000;
const QUOTES = 'us_stocks_sip/quotes_v1';

let server: Server;
let url: string;
let asked: string[] = [];
let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'agent-ticks-'));
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('content-type', 'application/json').end(vendor(new URL(request.url ?? '/', url)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
});
afterAll(() => {
  server.close();
  rmSync(root, { recursive: true, force: true });
});

/** Nanoseconds of a tick: with digits that a double has no room for. */
const nanos = (day: string, tick: number): bigint =>
  BigInt(Date.parse(`${day}T15:00:00Z`)) * 1_000_000n + BigInt(tick) * 1_000_003n + 7n;

/** Ticks of a day in two pages, as the vendor writes them, and two minutes a session. */
function vendor({ pathname, searchParams }: URL): string {
  const [day = '', page = '0'] = (searchParams.get('timestamp') ?? searchParams.get('cursor') ?? '').split('_');
  const ticks = Array.from({ length: PAGE }, (_, index) => Number(page) * PAGE + index);
  const next = page === '0' ? `,"next_url":"${url}${pathname}?cursor=${day}_1"` : '';
  const list = (rows: readonly string[], more = ''): string => `{"status":"OK","results":[${rows.join(',')}]${more}}`;
  if (pathname.startsWith('/v3/quotes/'))
    return list(
      ticks.map(
        (tick) =>
          `{"bid_price":${700 + (tick % 50) / 100},"bid_size":${tick},"ask_price":701,"ask_size":2,"sip_timestamp":${nanos(day, tick)},"sequence_number":${tick}}`,
      ),
      next,
    );
  if (pathname.startsWith('/v3/trades/'))
    return list([`{"price":700.5,"size":3,"sip_timestamp":${nanos(day, 1)},"sequence_number":1,"conditions":[12,37]}`]);
  const starts = DAYS.flatMap((date) =>
    (pathname.includes('/day/') ? ['00:00'] : ['09:30', '09:31']).map((time) => nyInstant(marketDate(date), time)),
  );
  return list(starts.map((at) => `{"o":700,"h":702,"l":699,"c":701,"v":10,"n":3,"t":${at / 1_000}}`));
}

function place(name: string) {
  const lake = join(root, name);
  const days = ['--symbols', 'SPY', '--days', '4', '--until', '2026-11-02'];
  const args = ['data', 'fetch', ...days, '--what', 'quotes,trades,aggs,daily', '--to', lake, '--no-parquet', '--json'];
  const env = { POLYGON_API_KEY: 'k', POLYGON_REST_URL: url, ACCOUNT_BALANCE: '1000000' };
  return { lake, start: () => new AgentProcess(args, { dataDir: join(root, `${name}-home`), cwd: root, env }) };
}

const files = (dir: string): readonly string[] => (existsSync(dir) ? filesBelow(dir) : []);
const manifests = (lake: string): number =>
  files(lake).filter((name) => name.startsWith('us_') && name.endsWith('.json')).length;
const staged = (lake: string): number => {
  const journal = join(lake, 'fetched/journal.jsonl');
  return existsSync(journal) ? readFileSync(journal, 'utf8').split('{"staged"').length - 1 : 0;
};
const contents = (lake: string) => contentsOf(lake, (path) => path.startsWith('us_'));

/** Kills it as soon as there are so many. */
async function killedAt(victim: AgentProcess, count: () => number, many: number): Promise<void> {
  while (count() < many && victim.child.exitCode === null) await delay(1);
  expect((await victim.kill()).code).toBe(null);
}

describe('agent data fetch of ticks', () => {
  it('killed while days are made of rows, and while they go into the lake: the lake of an unbroken run', async () => {
    const whole = place('whole');
    const told = await whole.start().finished;
    expect(told.code, told.stderr).toBe(0);
    // Two pages of quotes and one of trades for each day; bars of minutes and of days in a call each.
    expect(JSON.parse(told.stdout)).toMatchObject({ calls: 14, jobs: { failed: 0 }, quarantined: 0 });
    expect([asked.length, manifests(whole.lake)]).toEqual([14, 16]);
    const lake = new Lake(whole.lake);
    for (const day of DAYS) {
      const quotes = lake.read({ feed: QUOTES, date: marketDate(day), underlyings: ['SPY'] });
      expect(quotes.rows).toBe(2 * PAGE);
      expect(quotes.i64('sip_timestamp').at(-1)).toBe(nanos(day, 2 * PAGE - 1));
      expect(quotes.f64('bid_size').reduce((sum, size) => sum + size, 0)).toBe(PAGE * (2 * PAGE - 1));
    }

    asked = [];
    const broken = place('broken');
    await killedAt(broken.start(), () => staged(broken.lake), 3);
    expect(manifests(broken.lake)).toBe(0);
    const before = asked.length;
    await killedAt(broken.start(), () => manifests(broken.lake), 3);
    expect(manifests(broken.lake)).toBeLessThan(16);
    const rest = await broken.start().finished;
    expect(rest.code, rest.stderr).toBe(0);
    // What was on the disk was not asked for again.
    expect([before, asked.length]).toEqual([14, 14]);
    expect(contents(broken.lake)).toEqual(contents(whole.lake));
    expect(files(join(broken.lake, 'fetched/staged'))).toEqual([]);
  });
});
