import { existsSync } from 'node:fs';
import { marketDate } from '@trading-agent/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCorporateActions } from '../known-reference/corporate-actions-file.ts';
import { type ArchiveRow, openFlatFileArchive } from '../coverage/archive.ts';
import { BAR_HEADER, FlatFileFixture } from '../flat-file.fixture.ts';
import { ingestDay } from '../lake/index.ts';
import type { Split } from '../reference/corporate-actions.ts';
import type { ChainAtInstant } from './chain-checks.ts';
import { readChainFolder } from './extra-files.ts';
import { type VerifyExtras, type VerifyReport, verifyArchive } from './verify.ts';

/*
 * The oddities that the data's SOURCES.md lists by number. In the data folder: 2 (verify.test.ts: bars without quotes), 3, 5 (roll-up), 6 (ticker
 * reuse). Its files do not hold the universe files of 1, 4 and 7, nor the made-up and pointer files of 8: here they are made of real rows, each
 * with the fault that the list describes.
 */
const SHARED = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data`;
const SPLIT_DAY = marketDate('2014-06-09');
const DAY_BEFORE = marketDate('2014-06-06');

const summary = (report: VerifyReport, check: string): readonly string[] =>
  report.findings
    .filter((finding) => finding.check === check)
    .map(({ source, date, underlying, count }) => `${source} ${date ?? '-'} ${underlying} ${count}`);

async function verdict(extras: VerifyExtras): Promise<VerifyReport> {
  using fixture = new FlatFileFixture();
  return verifyArchive({ archive: openFlatFileArchive(fixture.dir), ...extras });
}

describe.skipIf(!existsSync(SHARED))(`oddities of ${SHARED}`, () => {
  let splits: readonly Split[];
  let before: ChainAtInstant;
  let vendor: readonly ChainAtInstant[];
  const archive = () => openFlatFileArchive(`${SHARED}/flatfiles`);
  beforeAll(async () => {
    ({ splits } = await readCorporateActions(`${SHARED}/reference/corporate_actions`));
    const chain = (await readChainFolder(`${SHARED}/chains_eod`)).find(({ date }) => date === DAY_BEFORE);
    if (!chain) throw new Error('There is no chain of 2014-06-06');
    before = chain;
    vendor = await readChainFolder(`${SHARED}/vendor_greeks`);
  });

  it('1: volatilities that do not fit their quotes (0, 0.5, 2.8 near the money), and none where a vendor is right', async () => {
    const right = await verdict({ chains: vendor });
    expect(right.checks.find(({ check }) => check === 'vendor-volatility')).toMatchObject({ failed: 0 });
    expect(right.checks.find(({ check }) => check === 'vendor-volatility')?.checked).toBeGreaterThan(1_000);
    const made = [0, 0.5, 2.8];
    const wrong = vendor.map((chain) => ({
      ...chain,
      quotes: chain.quotes.map((quote, index) => ({ ...quote, impliedVolatility: made[index % 3] ?? 0 })),
    }));
    const found = (await verdict({ chains: wrong })).findings.filter(({ check }) => check === 'vendor-volatility');
    expect(found).toHaveLength(vendor.length);
    expect(found[0]?.examples[0]).toMatch(/median difference 0\.[1-9]\d*.*not usable/);
  });

  it('3: the two earnings days that a contract followed through 2015 lacks, from the flat files alone', async () => {
    const report = await verifyArchive({
      archive: archive(),
      from: marketDate('2015-03-02'),
      to: marketDate('2015-06-30'),
    });
    expect(summary(report, 'series-hole')).toEqual(['us_options_opra/day_aggs_v1 - AAPL 2']);
    const hole = report.findings.find(({ check }) => check === 'series-hole');
    expect(hole?.examples).toEqual(['no row of 2015-04-27', 'no row of 2015-04-28']);
  });

  it('4: open interest under the old strikes on the day of a split, quotes under the new ones', async () => {
    // The interest of the night before as a universe file of the split's day has it: old tickers, no quotes.
    const universe: ChainAtInstant = {
      ...before,
      source: 'universe',
      date: SPLIT_DAY,
      spot: null,
      quotes: before.quotes.map(({ ticker, openInterest = null }) => ({ ticker, openInterest, bid: null, ask: null })),
    };
    const day = { archive: archive(), from: SPLIT_DAY, to: SPLIT_DAY, splits };
    const report = await verifyArchive({ ...day, chains: [universe] });
    const [finding] = report.findings.filter(({ check }) => check === 'split-interest');
    expect(finding).toMatchObject({ source: 'universe', date: SPLIT_DAY, underlying: 'AAPL' });
    // 2,322 contracts have interest; those that expired on the 6th have no successor.
    expect(finding?.count).toBeGreaterThan(2_000);
    // Under the new strikes nothing is found, nor on any other day.
    const other = await verifyArchive({ ...day, chains: [before] });
    expect(summary(other, 'split-interest')).toEqual([]);
  });

  it('5: a day file that is not the sum of its minutes, beside days that are', async () => {
    const of = async (date: typeof SPLIT_DAY) => {
      const { rollUps } = await verifyArchive({ archive: archive(), from: date, to: date });
      return rollUps.filter(({ asset }) => asset === 'options');
    };
    // 327 contracts have a day bar, 241 of them minutes.
    expect(await of(marketDate('2015-12-24'))).toMatchObject([
      { underlying: 'GOOG', tickers: 327, onlyDay: 86, equal: 47 },
    ]);
    expect(await of(SPLIT_DAY)).toMatchObject([{ underlying: 'AAPL', tickers: 1_138, equal: 1_138 }]);
  });

  it('7: strikes of after a split in a list that is dated before it', async () => {
    const after: string[] = [];
    const quotes = archive()
      .feeds()
      .find(({ name }) => name === 'us_options_opra/quotes_v1_1hour_samples');
    if (!quotes) throw new Error('There are no hourly samples');
    await archive().read(quotes, SPLIT_DAY, (row: ArchiveRow) => {
      if (row.ticker.startsWith('O:AAPL') && row.ticker !== after.at(-1)) after.push(row.ticker);
    });
    const regenerated: ChainAtInstant = {
      ...before,
      source: '20140606.csv',
      spot: null,
      quotes: after.map((ticker) => ({ ticker, bid: null, ask: null })),
    };
    const report = await verdict({ chains: [before, regenerated], splits });
    const [finding, ...others] = report.findings.filter(({ check }) => check === 'strikes-before-split');
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ source: '20140606.csv', date: DAY_BEFORE, underlying: 'AAPL' });
    expect(finding?.count).toBeGreaterThan(1_000);
  });
});

describe('files that are no data (8)', () => {
  const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n';
  const DAY = '2014-06-06';

  it('a Git LFS pointer is told as one and is not ingested', async () => {
    using fixture = new FlatFileFixture();
    const file = fixture.writeBytes('us_stocks_sip/day_aggs_v1', DAY, Buffer.from(POINTER), 'csv.gz');
    const report = await verifyArchive({ archive: openFlatFileArchive(fixture.dir) });
    expect(report.findings).toMatchObject([
      { check: 'broken-file', examples: [expect.stringContaining('Git LFS pointer')] },
    ]);
    const day = { lakeDir: `${fixture.dir}/lake`, feed: 'us_stocks_sip/day_aggs_v1', date: marketDate(DAY) };
    await expect(ingestDay({ ...day, source: file })).rejects.toMatchObject({
      code: 'DATA_FILE_BROKEN',
      message: expect.stringContaining('Git LFS pointer'),
    });
    expect(existsSync(day.lakeDir)).toBe(false);
  });

  it('rows of a day without a session are made up or misdated', async () => {
    using fixture = new FlatFileFixture();
    // A Saturday, 00:00 in New York.
    const row = 'SPY,100,10,11,12,9,1402113600000000000,';
    fixture.write('us_stocks_sip/day_aggs_v1', '2014-06-07', [BAR_HEADER, row]);
    const report = await verifyArchive({ archive: openFlatFileArchive(fixture.dir) });
    expect(report.findings).toMatchObject([
      { check: 'closed-day', examples: ['rows of 2014-06-07, a day without a session'] },
    ]);
  });
});
