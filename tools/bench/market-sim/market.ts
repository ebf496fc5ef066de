/** A market in a process of its own that stands still until it is told its speed. Says where it is, and at its end how far behind it was. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { usd } from '@trading-agent/core';
import { startMarketSim } from '../../../apps/market-sim/src/index.ts';
import { DATE, UNDERLYING, busyDay } from './busy-day.ts';

const [rate = '0', seconds = '0'] = process.argv.slice(2);
const delay = monitorEventLoopDelay({ resolution: 5 });
const sim = await startMarketSim({
  market: 'replay',
  day: busyDay(Number(rate), Number(seconds)),
  date: DATE,
  symbols: [UNDERLYING],
  balance: usd(100_000),
  seed: 1,
  speed: 'max',
  port: 0,
});
delay.enable();
const before = process.cpuUsage();
console.log(JSON.stringify({ url: sim.url, wsUrl: sim.wsUrl }));
process.stdin.resume().once('end', () => {
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ cpuSeconds: (user + system) / 1e6, loopDelayP99: delay.percentile(99) / 1e6 }));
  void sim.close().then(() => process.exit(0));
});
