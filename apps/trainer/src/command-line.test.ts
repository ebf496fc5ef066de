import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';

describe('the command line', () => {
  it('without flags keeps the schedule on the synthetic market', () => {
    expect(parseCommandLine([])).toEqual({
      help: false,
      force: false,
      json: false,
      balance: undefined,
      symbols: undefined,
      source: { kind: 'sim', seed: '7' },
    });
  });

  it('takes symbols in any case and a folder of recorded days', () => {
    expect(
      parseCommandLine(['--force', '--symbols', 'goog, brk.b', '--data', 'days', '--balance', '25000.50']),
    ).toMatchObject({
      force: true,
      balance: 25_000.5,
      symbols: ['GOOG', 'BRK.B'],
      source: { kind: 'flat-files', dataDir: 'days' },
    });
  });

  it.each([
    [['--json'], '--json needs --force'],
    [['--balance', '0'], '--balance must be dollars'],
    [['--balance', '1e400'], '--balance must be dollars'],
    [['--balance', ' '], '--balance must be dollars'],
    [['--symbols', 'SPY,,'], '--symbols must be'],
    [['--seed', '7', '--data', 'days'], '--seed is for the synthetic market'],
    [['--force', '--what'], '--what'],
    [['now'], 'now'],
  ])('refuses %j', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(message) }),
    );
  });
});
