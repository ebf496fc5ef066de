import { requireSession } from '@trading-agent/calendar';
import { usd } from '@trading-agent/core';
import { expect, it } from 'vitest';
import { RequestJournal } from '../market/request-journal.ts';
import { Simulation } from '../market/simulation.ts';
import { DATE, tinyDay } from '../testing/tiny-market.ts';
import { FAULTLESS } from '../faults/effects.ts';
import { RequestBudget } from './request-budget.ts';
import { alpacaRest } from '../alpaca/rest.ts';

it('answers 429 beyond the budget of a minute, and again in the next one', async () => {
  let now = 600_000;
  const app = alpacaRest({
    simulation: new Simulation({
      day: tinyDay(),
      session: requireSession(DATE),
      accountNumber: 'TEST',
      cash: usd(25_000),
      journal: RequestJournal.inMemory(),
    }),
    keys: { keyId: 'i', secretKey: 's' },
    budget: new RequestBudget(2, () => now),
    faults: FAULTLESS,
    pdtFields: false,
    earlier: async () => [],
    nextRequestId: () => 'id',
  });
  const ask = async (): Promise<unknown[]> => {
    const { status, headers } = await app.request('/v2/clock', {
      headers: { 'apca-api-key-id': 'i', 'apca-api-secret-key': 's' },
    });
    return [status, headers.get('x-ratelimit-remaining'), headers.get('x-ratelimit-reset')];
  };
  expect([await ask(), await ask(), await ask()]).toEqual([
    [200, '1', '660'],
    [200, '0', '660'],
    [429, '0', '660'],
  ]);
  now = 660_000;
  expect(await ask()).toEqual([200, '1', '720']);
});
