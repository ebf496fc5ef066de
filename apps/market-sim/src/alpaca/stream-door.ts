import type { WebSocket } from 'ws';
import { z } from 'zod';
import { textOf } from '../sockets/frames.ts';
import type { TradeUpdateStream } from './stream.ts';

const login = z.union([
  z
    .object({ action: z.literal('authenticate'), data: z.object({ key_id: z.string() }) })
    .transform(({ data }) => data.key_id),
  z.object({ action: z.literal('auth'), key: z.string() }).transform(({ key }) => key),
]);

/** One `/stream` for many accounts: the first message says whose stream it is. A key that nobody has is refused by the first account's. */
export function acceptByKey(
  socket: WebSocket,
  streams: ReadonlyMap<string, TradeUpdateStream>,
  otherwise: TradeUpdateStream,
): void {
  socket.once('message', (data, isBinary) => {
    const key = keyOf(textOf(data));
    const stream = (key === undefined ? undefined : streams.get(key)) ?? otherwise;
    stream.accept(socket);
    socket.emit('message', data, isBinary);
  });
}

function keyOf(text: string): string | undefined {
  try {
    return login.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
