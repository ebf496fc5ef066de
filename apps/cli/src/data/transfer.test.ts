import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { nyInstant } from '@trading-agent/calendar';
import { marketDate, seededRandom } from '@trading-agent/core';
import { Lake, dayPath, ingest } from '@trading-agent/market-data';
import { type S3SimOptions, s3Server } from '@trading-agent/market-sim';
import { contentsOf } from '@trading-agent/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentProcess, runAgentCommand } from '../testing/agent-process.ts';

const FEED = 'us_options_opra/day_aggs_v1';
const KEYS = { accessKey: 'sim-access', secretKey: 'sim-secret-key' };
/** Thursday, Friday, a weekend, Monday. */
const DAYS = ['2014-06-05', '2014-06-06', '2014-06-09'] as const;

let root: string;
let closing: (() => void)[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'agent-s3-'));
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
  rmSync(root, { recursive: true, force: true });
});

/** A file that does not compress well, so that it spans many packets. */
function dayFile(date: string, rows: number): Buffer {
  const start = `${nyInstant(marketDate(date), '00:00')}000`;
  const random = seededRandom(date);
  const cents = () => (Math.floor(random.next() * 100_000) / 100).toFixed(2);
  const lines = Array.from({ length: rows }, (_, index) => {
    const [open, close] = [cents(), cents()];
    return `O:AAPL140621C${String(index + 1).padStart(5, '0')}000,${Math.floor(random.next() * 1e6)},${open},${close},9999,0.01,${start},7`;
  });
  return gzipSync(['ticker,volume,open,close,high,low,window_start,transactions', ...lines, ''].join('\n'));
}

function put(date: string, rows = 2_000): string {
  const file = join(root, 'bucket', `${dayPath(FEED, marketDate(date))}.csv.gz`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, dayFile(date, rows));
  return file;
}

async function serve(options: Partial<S3SimOptions> = {}): Promise<string> {
  const server = s3Server({ root: join(root, 'bucket'), bucket: 'flatfiles', keys: KEYS, ...options });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const environment = (endpoint: string, secret = KEYS.secretKey) => ({
  POLYGON_S3_ACCESS_KEY: KEYS.accessKey,
  POLYGON_S3_SECRET_KEY: secret,
  POLYGON_S3_ENDPOINT: endpoint,
});
const range = (from: string, until: string) => ['--feeds', FEED, '--from', from, '--until', until, '--json'];

interface Downloaded {
  readonly results: readonly { readonly date: string; readonly outcome: string; readonly error?: { code: string } }[];
}

/** Runs `agent data download` to its end; the answer is the first line, an error the second. */
async function fetchDays(
  to: string,
  env: Readonly<Record<string, string>>,
  from: string = DAYS[0],
  until: string = DAYS[2],
) {
  const run = await runAgentCommand(['data', 'download', ...range(from, until), '--to', join(root, to)], {
    dataDir: root,
    env,
  });
  const [answer = '{}', failure = '{}'] = run.stdout.split('\n').filter((line) => line !== '');
  const { results = [] }: Partial<Downloaded> = JSON.parse(answer);
  const { error }: { error?: { code: string } } = JSON.parse(answer.includes('"results"') ? failure : answer);
  return { code: run.code, error: error?.code, outcomes: results.map(({ outcome }) => outcome), results };
}

const contents = (folder: string) => contentsOf(join(root, folder));

describe('agent data download', () => {
  it('brings what is there, tells holidays and what is absent, fetches nothing twice', async () => {
    for (const day of DAYS) put(day);
    const env = environment(await serve());
    const first = await fetchDays('files', env);
    expect(first).toMatchObject({ code: 0, error: undefined });
    expect(first.outcomes).toEqual(['downloaded', 'downloaded', 'holiday', 'holiday', 'downloaded']);
    for (const day of DAYS) {
      const path = `${dayPath(FEED, marketDate(day))}.csv.gz`;
      expect(readFileSync(join(root, 'files', path)).equals(readFileSync(join(root, 'bucket', path)))).toBe(true);
    }
    put(DAYS[1], 50);
    // The 10th was a session; its file has been due for years.
    const again = await fetchDays('files', env, DAYS[1], '2014-06-10');
    expect(again).toMatchObject({ code: 1, error: 'DATA_INCOMPLETE' });
    expect(again.outcomes).toEqual(['replaced', 'holiday', 'holiday', 'unchanged', 'absent']);
  });

  it('says what a wrong secret and a plan without the feed are, and leaves nothing behind', async () => {
    for (const day of DAYS) put(day);
    const wrong = await fetchDays('files', environment(await serve(), 'another'));
    expect(wrong).toMatchObject({ code: 2, error: 'FEED_AUTH', results: [] });
    const env = environment(await serve({ unentitled: ['us_options_opra/'] }));
    const refused = await fetchDays('files', env);
    expect(refused).toMatchObject({ code: 1, error: 'FEED_NOT_ENTITLED', outcomes: ['not-entitled'] });
    expect(refused.results[0]?.error?.code).toBe('FEED_NOT_ENTITLED');
    const left = readdirSync(root, { recursive: true }).filter((name) =>
      /files\/.*\.(gz|part|etag)$/.test(String(name)),
    );
    expect(left).toEqual([]);
  });

  it('goes on after kill -9, and so does the ingest: the lake is that of an unbroken run', async () => {
    for (const day of DAYS) put(day, day === DAYS[1] ? 40_000 : 3_000);
    const killed: { process?: AgentProcess } = {};
    const size = statSync(join(root, 'bucket', `${dayPath(FEED, marketDate(DAYS[1]))}.csv.gz`)).size;
    let asked = 0;
    const cutAfter = (key: string): number | undefined => {
      if (!key.includes(DAYS[1])) return undefined;
      asked += 1;
      // Half of it arrives; when the other half is asked for, the process dies.
      if (asked === 2) killed.process?.child.kill('SIGKILL');
      return Math.floor(size / 2);
    };
    killed.process = new AgentProcess(['data', 'download', ...range(DAYS[0], DAYS[2]), '--to', join(root, 'files')], {
      dataDir: root,
      env: environment(await serve({ cutAfter })),
    });
    expect((await killed.process.finished).code).toBeNull();
    expect(asked).toBe(2);
    const broken = Object.keys(contents('files'));
    expect(broken.some((name) => name.endsWith(`${DAYS[1]}.csv.gz.part`))).toBe(true);
    expect(broken.some((name) => name.includes(DAYS[2]))).toBe(false);

    const resumed = await fetchDays('files', environment(await serve()));
    expect(resumed).toMatchObject({ code: 0 });
    expect(resumed.outcomes).toEqual(['unchanged', 'downloaded', 'holiday', 'holiday', 'downloaded']);
    const files = Object.entries(contents('files'));
    expect(Object.fromEntries(files.filter(([name]) => name.endsWith('.gz')))).toEqual(contents('bucket'));
    // Beside each only the ETag that it has, and what the lock of the folder lies on.
    expect(files).toHaveLength(2 * DAYS.length + 1);

    await ingest({ fromDir: join(root, 'files'), lakeDir: join(root, 'lake-whole') });
    const folders = ['--from', join(root, 'files'), '--to', join(root, 'lake')];
    const ingesting = new AgentProcess(['data', 'ingest', ...folders, '--threads', '1'], { dataDir: root });
    await ingesting.says(/2014-06-05 ingested/);
    // In the middle of the second, the largest day.
    await ingesting.kill();
    expect(Object.keys(contents('lake')).some((name) => name.endsWith(`${DAYS[2]}.json`))).toBe(false);
    const after = await runAgentCommand(['data', 'ingest', ...folders], { dataDir: root });
    expect(after.code, after.stderr).toBe(0);
    expect(after.stdout).toMatch(/ [12] unchanged/);
    expect(contents('lake')).toEqual(contents('lake-whole'));
    expect(new Lake(join(root, 'lake')).read({ feed: FEED, date: marketDate(DAYS[1]) }).rows).toBe(40_000);
  });
});
