import { usd } from '@trading-agent/core';
import { requireSession } from '@trading-agent/calendar';
import { describe, expect, it } from 'vitest';
import { DATE, tinyDay } from '../testing/tiny-market.ts';
import { Conductor, type LockstepClient, type Outlets } from './conductor.ts';
import { Pace, type Speed } from './pace.ts';
import { RequestJournal } from './request-journal.ts';
import { Simulation } from './simulation.ts';

/** A conductor whose real time passes only by `wait`. */
function set(speed: Speed): {
  conductor: Conductor;
  told: string[];
  client: LockstepClient;
  simulation: Simulation;
  wait: (millis: number) => void;
} {
  let now = 0;
  let timers: { due: number; callback: () => void }[] = [];
  const told: string[] = [];
  const simulation = new Simulation({
    day: tinyDay(),
    session: requireSession(DATE),
    accountNumber: 'TEST',
    cash: usd(25_000),
    journal: RequestJournal.inMemory(),
  });
  const outlets: Outlets = {
    market: (_step, index) => told.push(`market ${index}`),
    updates: () => undefined,
    hold: () => told.push('hold'),
    release: () => told.push('release'),
    counts: () => ({ options: 0, stocks: 0, trades: 0 }),
  };
  const conductor = new Conductor(simulation, outlets, new Pace(speed, () => now), {
    start: (callback, millis) => {
      const timer = { due: now + millis, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  });
  const client: LockstepClient = {
    boundary: (step) => told.push(`boundary ${step}`),
    end: () => told.push('end'),
  };
  return {
    conductor,
    told,
    client,
    simulation,
    wait: (millis) => {
      const until = now + millis;
      for (;;) {
        const [next] = timers.filter(({ due }) => due <= until).sort((a, b) => a.due - b.due);
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        now = next.due;
        next.callback();
      }
      now = until;
    },
  };
}

describe('unattended', () => {
  it('stands still at speed max: nobody could follow', () => {
    const { conductor, simulation, wait } = set('max');
    conductor.runUnattended();
    wait(1e9);
    expect(simulation.step).toBe(-1);
  });

  it('runs by the clock otherwise: a minute a second at 60x, to the end of the day', () => {
    const { conductor, simulation, told, wait } = set(60);
    conductor.runUnattended();
    wait(0);
    expect(simulation.step).toBe(0);
    wait(999);
    expect(simulation.step).toBe(0);
    wait(1);
    expect(simulation.step).toBe(1);
    wait(4_000);
    expect(told.at(-1)).toBe('market 5');
    wait(400_000);
    expect(told.at(-1)).toBe('market 5');
  });
});

describe('in lockstep', () => {
  it('waits for ready, then for each ack, whatever the time', () => {
    const { conductor, client, told, wait } = set('max');
    conductor.attach(client, -1);
    wait(1e9);
    expect(told).toEqual(['hold']);
    conductor.ready(client);
    wait(1e9);
    expect(told).toEqual(['hold', 'release', 'market 0', 'boundary 0']);
    conductor.acknowledge(client, 0);
    expect(told.slice(4)).toEqual(['market 1', 'boundary 1']);
  });

  it('waits at a finite speed for the ack and for the clock, and catches up after a slow ack', () => {
    const { conductor, client, told, wait } = set(60);
    conductor.attach(client, -1);
    conductor.ready(client);
    expect(told.at(-1)).toBe('boundary 0');
    conductor.acknowledge(client, 0);
    expect(told.at(-1)).toBe('boundary 0');
    wait(1_000);
    expect(told.at(-1)).toBe('boundary 1');
    wait(2_500);
    expect(told.at(-1)).toBe('boundary 1');
    conductor.acknowledge(client, 1);
    expect(told.at(-1)).toBe('boundary 2');
    conductor.acknowledge(client, 2);
    expect(told.at(-1)).toBe('boundary 3');
    conductor.acknowledge(client, 3);
    expect(told.at(-1)).toBe('boundary 3');
    wait(500);
    expect(told.at(-1)).toBe('boundary 4');
  });

  it('ends after the last ack', () => {
    const { conductor, client, told, simulation } = set('max');
    conductor.attach(client, simulation.steps - 2);
    conductor.ready(client);
    conductor.acknowledge(client, simulation.steps - 1);
    expect(told.slice(-3)).toEqual([`market ${simulation.steps - 1}`, `boundary ${simulation.steps - 1}`, 'end']);
  });

  it.each([
    ['ready twice', /"ready" came while/, (c: Conductor, client: LockstepClient) => c.ready(client)],
    ['an ack of another step', /Step 0 waits/, (c: Conductor, client: LockstepClient) => c.acknowledge(client, 5)],
    ['a second client', /Another client/, (c: Conductor, client: LockstepClient) => c.attach({ ...client }, -1)],
    ['a step that does not exist', /steps 0 to 5/, (c: Conductor, client: LockstepClient) => c.attach(client, 99)],
  ])('refuses %s and stays as it is', (_what, message, act) => {
    const { conductor, client, told } = set('max');
    conductor.attach(client, -1);
    conductor.ready(client);
    expect(() => act(conductor, client)).toThrow(message);
    conductor.acknowledge(client, 0);
    expect(told.at(-1)).toBe('boundary 1');
  });

  it('goes on by the clock when the client leaves', () => {
    const { conductor, client, simulation, wait } = set(60);
    conductor.attach(client, -1);
    conductor.ready(client);
    conductor.detach(client);
    wait(2_000);
    expect(simulation.step).toBe(2);
  });
});
