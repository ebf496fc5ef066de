import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings, type Settings } from '@trading-agent/config';
import { formatRfc3339, ManualClock, marketDate, microsFromRfc3339, toTradingError } from '@trading-agent/core';
import { parseSignalModel } from '@trading-agent/models';
import { createLogger } from '@trading-agent/observability';
import { type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AutoTrainingOptions, AutoTrainingSystem } from './auto-training-system.ts';
import { member } from './plain-json.ts';
import { FakeTimer } from './testing/fake-timer.ts';
import { TrainingRuns } from './training-runs.ts';

const at = microsFromRfc3339;
const FLAT_FILES = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/flatfiles`;
const logger = createLogger({ level: 'CRITICAL', name: 'test', destination: { write: () => undefined } });

describe('AutoTrainingSystem', () => {
  let temporary: TemporaryStore;
  let emptyFolder: string;
  const systems: AutoTrainingSystem[] = [];
  beforeAll(async () => {
    temporary = await temporaryStore();
    emptyFolder = await mkdtemp(join(tmpdir(), 'trainer-empty-'));
  });
  afterEach(async () => {
    for (const system of systems.splice(0)) await system.stop();
  });
  afterAll(async () => {
    await temporary.remove();
    await rm(emptyFolder, { recursive: true });
  });

  const settings = (): Settings => loadSettings({ env: {}, cwd: emptyFolder });
  /** Trainings look back eight sessions, which is enough for models and makes them quick. */
  function shortPast(): Settings {
    const { tiers, ...others } = settings();
    const table = tiers.table.map((tier) => ({ ...tier, training: { ...tier.training, lookbackDays: 8 } }));
    return { ...others, tiers: { ...tiers, table } };
  }

  /** A system of its own scope (each seed is a market of its own) in the one store. */
  function assemble(now: string, options: Partial<AutoTrainingOptions> = {}) {
    const clock = new ManualClock(at(now));
    const timer = new FakeTimer(clock);
    const system = new AutoTrainingSystem({
      accountBalance: 500,
      symbols: ['SPY'],
      settings: shortPast(),
      store: temporary.store,
      dataDir: temporary.dataDir,
      clock,
      timer,
      logger,
      ...options,
    });
    systems.push(system);
    return { system, clock, timer };
  }

  const sim = (seed: string) => ({ source: { kind: 'sim' as const, seed } });

  /** Oldest first: how it was started, the day it is for, when it began, how it ended. */
  async function runsOf(scope: string) {
    const runs = await temporary.store.runs.list('training', 1_000);
    return runs
      .filter(({ parameters }) => member(parameters, 'scope') === scope)
      .toReversed()
      .map(({ parameters, startedAt, status, result }) => [
        member(parameters, 'trigger'),
        member(parameters, 'through'),
        formatRfc3339(startedAt).slice(0, 19),
        member(result ?? {}, 'code') ?? status,
      ]);
  }

  it('trains at 16:30 New York time of every session, over a weekend, a holiday and a half day', async () => {
    const { system, timer } = assemble('2026-11-20T14:00:30Z', sim('week'));
    await system.startAutoTraining();
    await timer.passUntil(at('2026-11-27T23:00:00Z'));
    expect(await runsOf('micro-sim-week')).toEqual([
      ['catch-up', '2026-11-19', '2026-11-20T14:00:30', 'finished'],
      ['scheduled', '2026-11-20', '2026-11-20T21:30:00', 'finished'],
      ['scheduled', '2026-11-23', '2026-11-23T21:30:00', 'finished'],
      ['scheduled', '2026-11-24', '2026-11-24T21:30:00', 'finished'],
      ['scheduled', '2026-11-25', '2026-11-25T21:30:00', 'finished'],
      ['scheduled', '2026-11-27', '2026-11-27T21:30:00', 'finished'],
    ]);
    expect(system.status()).toMatchObject({
      state: 'waiting',
      nextRun: at('2026-11-30T21:30:00Z'),
      last: { trigger: 'scheduled', through: '2026-11-27', outcome: { status: 'finished' } },
    });
    await system.stop();
    expect(system.status()).toMatchObject({ state: 'idle', nextRun: null });
  });

  it('catches a missed day up once, and a restart does not train it again', async () => {
    const first = assemble('2026-11-21T15:00:00Z', sim('restart'));
    await first.system.startAutoTraining();
    await first.timer.passUntil(at('2026-11-21T15:10:00Z'));
    await first.system.stop();
    const second = assemble('2026-11-22T15:00:00Z', sim('restart'));
    await second.system.startAutoTraining();
    await second.timer.passUntil(at('2026-11-22T16:00:00Z'));
    await second.system.stop();
    expect(await runsOf('micro-sim-restart')).toEqual([['catch-up', '2026-11-20', '2026-11-21T15:00:00', 'finished']]);
  });

  it('two trainers on one store train a day once', async () => {
    const both = [0, 1].map(() => assemble('2026-11-23T21:40:00Z', sim('two')));
    await Promise.all(both.map(({ system }) => system.startAutoTraining()));
    await Promise.all(both.map(({ timer }) => timer.passUntil(at('2026-11-23T22:00:00Z'))));
    expect(await runsOf('micro-sim-two')).toEqual([['catch-up', '2026-11-23', '2026-11-23T21:40:00', 'finished']]);
  });

  it('a forced training learns only from sessions that are over, deploys its champion, and does not stand in for the day', async () => {
    const { system, clock, timer } = assemble('2026-11-23T20:59:58Z', { ...sim('force'), settings: settings() });
    expect(await system.champion()).toBeNull();
    const report = await system.forceTraining();
    expect(report.symbols).toEqual(['SPY']);
    expect(report.candidates.map(({ name }) => name).toSorted()).toEqual(['baseline', 'logistic']);
    const deployed = await system.champion();
    expect(deployed?.report).toEqual(report);
    const model = parseSignalModel(deployed?.modelJson ?? '');
    expect(report.candidates.find(({ name }) => name === report.champion)?.modelId).toBe(model.id);

    const [run] = (await temporary.store.runs.list('training', 1_000)).filter(
      ({ result }) => member(result ?? {}, 'reportId') === report.id,
    );
    expect(run).toMatchObject({
      parameters: { request: { from: '2026-10-12', to: '2026-11-20', tier: 'micro' } },
      result: { champion: report.champion, collected: [{ symbol: 'SPY', bars: 30 * 390, missingDays: 0 }] },
    });
    expect(await temporary.store.trials.list(run?.id ?? '', 10)).toMatchObject(
      report.candidates.map(({ name, validation }, index) => ({ index, parameters: { name }, metrics: validation })),
    );

    clock.advanceTo(at('2026-11-23T20:59:59Z'));
    await system.startAutoTraining();
    await timer.passUntil(at('2026-11-23T21:30:00Z'));
    expect((await runsOf('micro-sim-force')).map(([trigger, through]) => [trigger, through])).toEqual([
      ['forced', '2026-11-20'],
      ['catch-up', '2026-11-20'],
      ['scheduled', '2026-11-23'],
    ]);
    expect((await temporary.store.models.list('micro-sim-force', 10)).map(({ status }) => status)).toEqual([
      'champion',
      'retired',
    ]);
  });

  it('training the same again leaves one model', async () => {
    const { system, clock } = assemble('2026-11-23T15:00:00Z', sim('again'));
    const first = await system.forceTraining();
    clock.advanceTo(at('2026-11-23T16:00:00Z'));
    const second = await system.forceTraining();
    expect(second).toEqual({ ...first, trainedAt: at('2026-11-23T16:00:00Z') });
    expect(await temporary.store.models.list('micro-sim-again', 10)).toHaveLength(1);
  });

  it('one training at a time', async () => {
    const [a, b] = [assemble('2026-11-23T15:00:00Z', sim('lock')), assemble('2026-11-23T15:00:00Z', sim('lock'))];
    const outcomes = await Promise.allSettled([a.system.forceTraining(), b.system.forceTraining()]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const [refused] = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(toTradingError(refused?.reason)).toMatchObject({
      code: 'ACCOUNT_LOCKED',
      message: 'Another training is under way',
    });
  });

  it('a failure is recorded with its code and an alert, is not repeated that day, and the next day is tried', async () => {
    const { system, timer } = assemble('2026-11-23T22:00:00Z', {
      source: { kind: 'flat-files', dataDir: emptyFolder },
    });
    await system.startAutoTraining();
    await timer.passUntil(at('2026-11-24T22:00:00Z'));
    expect(await runsOf('micro')).toEqual([
      ['catch-up', '2026-11-23', '2026-11-23T22:00:00', 'DATA_DAY_MISSING'],
      ['scheduled', '2026-11-24', '2026-11-24T21:30:00', 'DATA_DAY_MISSING'],
    ]);
    const alerts = (await temporary.store.alerts.list()).filter(({ facts }) => member(facts, 'scope') === 'micro');
    expect(alerts.map(({ kind, facts }) => [kind, member(facts, 'code'), member(facts, 'through')])).toEqual([
      ['system', 'DATA_DAY_MISSING', '2026-11-24'],
      ['system', 'DATA_DAY_MISSING', '2026-11-23'],
    ]);
    expect(system.status().last?.outcome).toEqual({ status: 'failed', code: 'DATA_DAY_MISSING' });
    await expect(system.forceTraining()).rejects.toMatchObject({ code: 'DATA_DAY_MISSING' });
    expect(await system.champion()).toBeNull();
  });

  it.skipIf(!existsSync(FLAT_FILES))(`learns from recorded days in ${FLAT_FILES} and tells of holes`, async () => {
    const { system } = assemble('2011-01-31T22:00:00Z', {
      accountBalance: 5_000,
      settings: settings(),
      source: { kind: 'flat-files', dataDir: FLAT_FILES },
    });
    const report = await system.forceTraining();
    // 20 days of at most 390 bars, of which 34 warm the features up and the last 30 of each day have no price half an hour later.
    expect(report.rows).toBeGreaterThan(20 * 250);
    expect(report.rows).toBeLessThanOrEqual(20 * 360);
    expect((await system.champion())?.report).toEqual(report);
    const alerts = (await temporary.store.alerts.list()).filter(({ facts }) => member(facts, 'reportId') === report.id);
    // The tier looks back 45 sessions; there are files for the 20 of January.
    expect(alerts.map(({ message }) => message)).toContain('The training of small lacked 25 of 45 symbol-days');
  });

  it('a folder that is not there and a symbol that nobody knows are told by name', async () => {
    const noFolder = assemble('2026-11-23T22:00:00Z', {
      source: { kind: 'flat-files', dataDir: join(emptyFolder, 'none') },
    });
    await expect(noFolder.system.forceTraining()).rejects.toMatchObject({ code: 'DATA_FOLDER_MISSING' });
    const unknown = assemble('2026-11-23T22:00:00Z', { ...sim('unknown'), symbols: ['ZZZ', 'SPY', 'YYY'] });
    await expect(unknown.system.forceTraining()).rejects.toMatchObject({
      code: 'UNKNOWN_SYMBOL',
      details: { failedSymbols: ['YYY', 'ZZZ'] },
    });
    expect(() => assemble('2026-11-23T22:00:00Z', { symbols: [] })).toThrow('at least one symbol');
    expect(() => assemble('2026-11-23T22:00:00Z', sim('../7'))).toThrow('Expected a seed');
  });

  it('what a dead process left running is closed and trained again, three times at most', async () => {
    const runs = new TrainingRuns(temporary.store.runs, new ManualClock(at('2026-11-20T21:30:00Z')));
    const abandoned = {
      trigger: 'scheduled' as const,
      scope: 'micro-sim-dead',
      through: marketDate('2026-11-20'),
      request: {},
    };
    await runs.start(abandoned);
    const survivor = assemble('2026-11-20T21:40:00Z', sim('dead'));
    await survivor.system.startAutoTraining();
    await survivor.timer.passUntil(at('2026-11-20T22:00:00Z'));
    expect(await runsOf('micro-sim-dead')).toEqual([
      ['scheduled', '2026-11-20', '2026-11-20T21:30:00', 'CANCELLED'],
      ['catch-up', '2026-11-20', '2026-11-20T21:40:00', 'finished'],
    ]);

    for (let attempt = 0; attempt < 3; attempt += 1) await runs.start({ ...abandoned, scope: 'micro-sim-deadly' });
    const last = assemble('2026-11-20T21:40:00Z', sim('deadly'));
    await last.system.startAutoTraining();
    await last.timer.passUntil(at('2026-11-20T22:00:00Z'));
    expect((await runsOf('micro-sim-deadly')).map(([, , , end]) => end)).toEqual(Array(3).fill('CANCELLED'));
  });

  it('stopped in the middle it registers nothing, and the next start catches up', async () => {
    const first = assemble('2026-11-23T22:00:00Z', { ...sim('stopped'), symbols: ['SPY', 'QQQ', 'IWM'] });
    const outcome = Promise.allSettled([first.system.forceTraining()]);
    // Until the run is in the store the training has not begun.
    while (!(await temporary.store.runs.list('training', 1_000)).some(({ status }) => status === 'running'));
    expect(first.system.status().state).toBe('training');
    await first.system.stop();
    const [ended] = await outcome;
    expect(ended).toMatchObject({ status: 'rejected', reason: { code: 'CANCELLED' } });
    expect((await runsOf('micro-sim-stopped')).map(([, , , end]) => end)).toEqual(['CANCELLED']);
    expect(await first.system.champion()).toBeNull();

    // Runs are listed by when they began: no two of these at the same instant.
    first.clock.advanceTo(at('2026-11-23T22:00:01Z'));
    await first.system.startAutoTraining();
    await first.timer.passUntil(at('2026-11-23T22:10:00Z'));
    expect((await runsOf('micro-sim-stopped')).map(([trigger, , , end]) => [trigger, end])).toEqual([
      ['forced', 'CANCELLED'],
      ['catch-up', 'finished'],
    ]);
    await expect(first.system.startAutoTraining()).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('opens a store of its own and can be used again after stop', async () => {
    const clock = new ManualClock(at('2026-11-23T22:00:00Z'));
    const { databaseUrl, dataDir } = temporary;
    const system = new AutoTrainingSystem({
      accountBalance: 500,
      symbols: ['SPY'],
      settings: shortPast(),
      databaseUrl,
      dataDir,
      clock,
      logger,
      ...sim('own'),
    });
    const report = await system.forceTraining();
    await system.stop();
    expect((await system.champion())?.report.id).toBe(report.id);
    await system.stop();
    await system.stop();
  });
});
