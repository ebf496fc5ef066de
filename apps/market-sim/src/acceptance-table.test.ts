import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ROOMS } from './faults/effects.ts';
import { FAULT_KINDS } from './faults/registry.ts';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');

/** Rows of the README's table: the number and what proves it. */
const rows = read('../README.md')
  .split('\n')
  .flatMap((line) => {
    const [, number, , proofs] = /^\|\s*(\d+)\s*\|(.*)\|(.*)\|$/.exec(line) ?? [];
    return number === undefined || proofs === undefined
      ? []
      : [{ number: Number(number), proofs: proofs.split('<br>') }];
  });

it('the acceptance list has all of its fourteen rows', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 14 }, (_, index) => index + 1));
});

it.each(rows)('row $number names tests that exist', ({ proofs }) => {
  for (const proof of proofs) {
    const [, file = '', title = ''] = /^\s*`([^`]+)`: (.+?)\s*$/.exec(proof) ?? [];
    const source = read(file.startsWith('src/') ? `../${file}` : `../../../${file}`);
    const isThere = [`'${title}'`, `: ${title}'`, `"${title}"`].some((text) => source.includes(text));
    expect([file, title, isThere]).toEqual([file, expect.stringMatching(/\w/), true]);
  }
});

it('the page about faults names every kind with its summary, rooms and count', () => {
  const page = read('../../../docs/market-sim.md');
  const told = page.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const name = /^`([\w-]+)`$/.exec(cells[1] ?? '')?.[1];
    return name === undefined || cells.length !== 7 ? [] : [[name, cells[2], cells[3], cells[5]]];
  });
  const known = [...FAULT_KINDS.values()].map(({ name, rooms, times, summary }) => [
    name,
    rooms.length === ROOMS.length ? 'all' : rooms.join(', '),
    times === null ? 'each' : String(times),
    summary,
  ]);
  expect(told).toEqual(known);
});
