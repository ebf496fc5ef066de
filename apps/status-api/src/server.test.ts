import { request } from 'node:http';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeSource } from './fake-source.ts';
import type { StatusLogger } from './logger.ts';
import { type StatusApi, startStatusApi } from './server.ts';

const logger: StatusLogger = { info: () => {}, warn: () => {}, error: () => {} };
let source: FakeSource;
let api: StatusApi | undefined;

beforeEach(() => {
  source = new FakeSource();
});
afterEach(async () => {
  await api?.close();
  api = undefined;
});

const start = () => startStatusApi({ source, host: '127.0.0.1', port: 0, logger });

/** The body as it comes, until `enough` says so. */
async function readUntil(response: Response, enough: (text: string) => boolean): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (reader && !enough(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader?.cancel();
  return text;
}

describe('startStatusApi', () => {
  it('answers over HTTP at the URL it tells', async () => {
    api = await start();
    expect(api.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const response = await fetch(`${api.url}/status`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ account: 'PA3SIM0001' });
  });

  it('streams a change of the source to a client', async () => {
    api = await start();
    const response = await fetch(`${api.url}/events`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    source.announce({ topics: ['orders', 'status'] });
    const text = await readUntil(response, (seen) => seen.includes('orders'));
    expect(text).toMatch(/^retry: 2000\nevent: heartbeat\n/);
    expect(text).toMatch(/event: change\nid: [0-9a-f]{8}-1\ndata: \{"topics":\["orders","status"\],"at":"[^"]+"\}\n\n/);
  });

  it('lets no other name in (DNS rebinding)', async () => {
    api = await start();
    const { port } = new URL(api.url);
    const status = await new Promise((resolve, reject) => {
      request({ port, host: '127.0.0.1', path: '/status', headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
  });

  it('names the port that is in use and what to do', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => {
        const address = other.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    try {
      await expect(startStatusApi({ source, host: '127.0.0.1', port, logger })).rejects.toMatchObject({
        code: 'PORT_IN_USE',
        message: expect.stringContaining(String(port)),
        hint: expect.stringContaining('statusApi.port'),
        exitCode: 2,
      });
      expect(source.watchers).toBe(0);
    } finally {
      other.close();
    }
  });

  it('refuses an address that is not of this machine', async () => {
    await expect(startStatusApi({ source, host: '192.0.2.1', port: 0, logger })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });

  it('frees the port and stops watching when closed, with a stream still open; closing twice is fine', async () => {
    api = await start();
    const { url } = api;
    const stream = await fetch(`${url}/events`);
    expect(source.watchers).toBe(1);
    await Promise.all([api.close(), api.close()]);
    expect(source.watchers).toBe(0);
    await readUntil(stream, () => false);
    await expect(fetch(`${url}/status`)).rejects.toThrow('fetch failed');
  });

  it('does not stay when the source can not be watched', async () => {
    source.watch = () => Promise.reject(new Error('gone'));
    await expect(start()).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});
