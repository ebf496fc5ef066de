import { isTradingError } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';

function refusal(args: readonly string[]): { code: string; message: string; hint: string | undefined } | undefined {
  try {
    parseCommandLine(args);
  } catch (error) {
    if (isTradingError(error)) return { code: error.code, message: error.message, hint: error.hint };
    throw error;
  }
  return undefined;
}

describe('the command line', () => {
  it('runs without any flag: a synthetic market on the next session from a fixed date', () => {
    expect(parseCommandLine([])).toMatchObject({
      options: { market: 'synthetic', date: '2026-11-02', balance: 25_000_000_000, seed: 7, speed: 60, port: 4010 },
      exitWithStdin: false,
    });
  });

  it('reads every flag', () => {
    const text =
      '--market replay --data ../data --date 2015-12-24 --symbols goog,SPY,GOOG --balance 5000.50 --seed 3 --speed max --port 0 ' +
      '--host ::1 --state ./state --resume --account A1 --polygon-key k --alpaca-key-id i --alpaca-secret s --stream-frames text ' +
      '--requests-per-minute 200 --days 5 --request-timing next-step --exit-with-stdin';
    expect(parseCommandLine(text.split(' '))).toEqual({
      options: {
        market: 'replay',
        dataDir: '../data',
        date: '2015-12-24',
        symbols: ['GOOG', 'SPY'],
        balance: 5_000_500_000,
        seed: 3,
        speed: 'max',
        port: 0,
        host: '::1',
        stateDir: './state',
        resume: true,
        accountNumber: 'A1',
        keys: { polygonKey: 'k', keyId: 'i', secretKey: 's' },
        streamFrames: 'text',
        days: 5,
        requestTiming: 'next-step',
        requestsPerMinute: 200,
      },
      exitWithStdin: true,
    });
  });

  it.each([
    ['--market stocks', 'USAGE'],
    ['--date tomorrow', 'INVALID_DATE'],
    ['--symbols ,', 'USAGE'],
    ['--balance much', 'INVALID_VALUE'],
    ['--balance 0', 'USAGE'],
    ['--seed 1.5', 'USAGE'],
    ['--speed 0', 'USAGE'],
    ['--port 70000', 'USAGE'],
    ['--resume', 'USAGE'],
    ['--unknown', 'USAGE'],
    ['positional', 'USAGE'],
  ])('refuses %s', (text, code) => {
    expect(refusal(text.split(' '))).toMatchObject({ code });
  });
});
