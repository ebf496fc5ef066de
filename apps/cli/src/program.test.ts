import { describe, expect, it } from 'vitest';
import { COMMANDS } from './program.ts';

describe('the table of commands', () => {
  it.each(COMMANDS)('finds the commands $names by their names', async ({ names, load }) => {
    expect((await load()).map((command) => command.name())).toEqual(names);
  });

  it('has each name once', () => {
    const names = COMMANDS.flatMap((file) => file.names);
    expect(new Set(names).size).toBe(names.length);
  });
});
