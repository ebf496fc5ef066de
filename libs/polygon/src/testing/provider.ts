import type { LocalSocket } from '@trading-agent/testkit';

/** One side of a provider's stream, as a test writes it. */
export class Provider {
  /** What each connection has sent, in order of connections. */
  readonly received: { path: string; frames: { action: string; params: string }[]; socket: LocalSocket }[] = [];
  greet = true;
  onAuth: (socket: LocalSocket) => void = (socket) => say(socket, status('auth_success'));
  onSubscribe: (socket: LocalSocket, params: readonly string[]) => void = (socket, params) =>
    say(socket, ...params.map((param) => status('success', `subscribed to: ${param}`)));
  onUnsubscribe: (socket: LocalSocket, params: readonly string[]) => void = (socket, params) =>
    say(socket, ...params.map((param) => status('success', `unsubscribed to: ${param}`)));

  serve(socket: LocalSocket, path: string): void {
    const frames: { action: string; params: string }[] = [];
    this.received.push({ path, frames, socket });
    socket.on('message', (data: Buffer) => {
      const frame: { action: string; params: string } = JSON.parse(data.toString('utf8'));
      frames.push(frame);
      if (frame.action === 'auth') this.onAuth(socket);
      if (frame.action === 'subscribe') this.onSubscribe(socket, frame.params.split(','));
      if (frame.action === 'unsubscribe') this.onUnsubscribe(socket, frame.params.split(','));
    });
    if (this.greet) say(socket, status('connected', 'Connected Successfully'));
  }

  last(path: string): (typeof this.received)[number] {
    const found = this.received.findLast((connection) => connection.path === path);
    if (!found) throw new Error(`Nobody connected to ${path}`);
    return found;
  }
}

export const status = (word: string, message = ''): object => ({ ev: 'status', status: word, message });
export const say = (socket: LocalSocket, ...events: object[]): void => socket.send(JSON.stringify(events));
