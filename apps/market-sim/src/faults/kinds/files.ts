import { z } from 'zod';
import { defineFault } from '../fault-kind.ts';

const bytes = z.number().int().min(1);

export const truncatedGzip = defineFault({
  name: 'truncated-gzip',
  summary: 'A stored file ends after so many bytes, in every answer about it: the transfer is whole, the gzip is not.',
  rooms: ['s3'],
  times: null,
  parameters: { bytes },
  effects: ({ bytes: length }) => [{ at: 'object', do: 'truncate', bytes: length }],
});

export const cutTransfer = defineFault({
  name: 'cut-transfer',
  summary: 'The connection of a download ends after so many bytes.',
  rooms: ['s3'],
  times: 1,
  parameters: { bytes },
  effects: ({ bytes: length }) => [{ at: 'object', do: 'cut', bytes: length }],
});

/** Files may be replaced after they appeared (PROVIDERS B). */
export const replacedFile = defineFault({
  name: 'replaced-file',
  summary:
    'A stored file has other bytes and another ETag from now on: the same rows compressed anew, or those of a file.',
  rooms: ['s3'],
  times: null,
  parameters: { file: z.string().optional() },
  effects: ({ file }) => [{ at: 'object', do: 'replace', file: file ?? null }],
});
