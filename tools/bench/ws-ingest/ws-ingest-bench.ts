/**
 * `node tools/bench/ws-ingest/ws-ingest-bench.ts [--seconds 60] [--rate 100000] [--messages 2000000] [--rounds 3]`: what a quote costs from the
 * socket to the updated book, beside a bare `ws` socket with JSON.parse, in one run. Prints one JSON object; see README.md.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    rate: { type: 'string', default: '100000' },
    messages: { type: 'string', default: '2000000' },
    rounds: { type: 'string', default: '3' },
  },
});
const positive = z.coerce.number().positive();
const { seconds, rate, messages, rounds } = z
  .object({ seconds: positive, rate: positive, messages: positive, rounds: positive })
  .parse(values);

const SIDES = ['bare', 'feed'] as const;
type Side = (typeof SIDES)[number];

const sentSchema = z.object({ sent: z.number(), mostBuffered: z.number() });
const measuredSchema = z.object({
  messages: z.number(),
  cpuMicros: z.number(),
  p50: z.number(),
  p99: z.number(),
  thirds: z.array(z.number()),
});
type Measured = z.infer<typeof measuredSchema>;

async function message<T>(child: ChildProcess, schema: z.ZodType<T>): Promise<T> {
  const [value] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`A process of the benchmark ended with ${code}`))),
  ]);
  return schema.parse(value);
}

type Run = Measured & { readonly mostBuffered: number };

/** One order to the sender, measured on one side or on several that hear the same frames. */
async function run(sides: readonly Side[], order: object): Promise<ReadonlyMap<Side, Run>> {
  const sender = fork(join(import.meta.dirname, 'sender.ts'));
  const receivers: ChildProcess[] = [];
  try {
    const { port } = await message(sender, z.object({ port: z.number() }));
    const measured: (readonly [Side, Promise<Measured>])[] = [];
    for (const side of sides) {
      const receiver = fork(join(import.meta.dirname, 'receiver.ts'), [side, `ws://127.0.0.1:${port}`]);
      receivers.push(receiver);
      await message(receiver, z.object({ ready: z.literal(true) }));
      measured.push([side, message(receiver, measuredSchema)]);
    }
    sender.send(order);
    const { sent, mostBuffered } = await message(sender, sentSchema);
    for (const receiver of receivers) receiver.send({ total: sent });
    const runs = new Map<Side, Run>();
    for (const [side, figures] of measured) runs.set(side, { ...(await figures), mostBuffered });
    return runs;
  } finally {
    for (const child of [...receivers, sender]) child.disconnect();
  }
}

function figuresOf(runs: ReadonlyMap<Side, Run>, side: Side): Run {
  const figures = runs.get(side);
  if (figures === undefined) throw new Error(`Nothing was measured of ${side}`);
  return figures;
}

const costs: Record<Side, number[]> = { bare: [], feed: [] };
for (let round = 0; round < rounds; round++) {
  for (const side of SIDES) {
    // What is compiled in the first hundred thousand messages is part of the price, as it is in the morning.
    const { cpuMicros, messages: count } = figuresOf(await run([side], { messages }), side);
    costs[side].push(cpuMicros / count);
  }
}
const paced: { readonly bare: Run; readonly feed: Run }[] = [];
for (let round = 0; round < rounds; round++) {
  const runs = await run(SIDES, { perSecond: rate, seconds });
  paced.push({ bare: figuresOf(runs, 'bare'), feed: figuresOf(runs, 'feed') });
}
/** The round in which other processes of the machine disturbed the bare socket least. */
const [calm] = paced.toSorted((a, b) => a.bare.p99 - b.bare.p99);
if (calm === undefined) throw new Error('There was no round');

const round3 = (value: number): number => Math.round(value * 1_000) / 1_000;
const best = (side: Side): number => round3(Math.min(...costs[side]));
const steady = ({ messages: count, cpuMicros, p50, p99, thirds, mostBuffered }: Run) => ({
  messages: count,
  cpuMicrosPerMessage: round3(cpuMicros / count),
  p50Millis: p50,
  p99Millis: p99,
  p50MillisOfThirds: thirds,
  mostBufferedBytes: mostBuffered,
});
const [first = 0, , last = 0] = calm.feed.thirds;
console.log(
  JSON.stringify(
    {
      machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, node ${process.version}`,
      quotesPerFrame: 20,
      cpuMicrosPerMessage: {
        messages,
        bare: { best: best('bare'), rounds: costs.bare.map(round3) },
        feed: { best: best('feed'), rounds: costs.feed.map(round3) },
        goals: { feed: 2.5, stretch: 1 },
      },
      paced: {
        perSecond: rate,
        seconds,
        bare: steady(calm.bare),
        feed: steady(calm.feed),
        p99MillisOfRounds: paced.map(({ bare, feed }) => ({ bare: bare.p99, feed: feed.p99 })),
      },
      p99MillisAboveBare: round3(calm.feed.p99 - calm.bare.p99),
      backlogGrows: last > first + 10,
      goals: { p99MillisAboveBare: 5, backlogGrows: false },
    },
    null,
    2,
  ),
);
