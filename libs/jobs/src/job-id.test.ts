import { isTradingError } from '@trading-agent/core';
import { expect, test } from 'vitest';
import { type JobParts, jobId } from './job-id.ts';

const parts: JobParts = { code: 'abc', data: ['x', 1], parameters: { a: 1, b: { c: 2, d: 3 } }, seed: 7 };

test('the id is a pinned function of the parts: stored results stay valid', () => {
  // SHA-256 of the canonical JSON and a line feed, by another program.
  expect(jobId(parts)).toBe('d4f8127ec44c51f576901d710c6bba73292b0f93f970373f30812c68f0d81fef');
});

test('the order of keys does not matter, every part does', () => {
  expect(jobId({ seed: 7, parameters: { b: { d: 3, c: 2 }, a: 1 }, data: ['x', 1], code: 'abc' })).toBe(jobId(parts));
  const others: readonly JobParts[] = [
    { ...parts, code: 'abd' },
    { ...parts, data: [1, 'x'] },
    { ...parts, parameters: { a: 1 } },
    { ...parts, seed: 8 },
  ];
  expect(new Set([parts, ...others].map(jobId)).size).toBe(5);
});

test('a number that is none has no id', () => {
  const attempt = (): string => jobId({ ...parts, parameters: { a: Number.NaN } });
  expect(attempt).toThrow(expect.toSatisfy((error: unknown) => isTradingError(error, 'INVALID_VALUE')));
});
