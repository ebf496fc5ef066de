import { type TradingError, isTradingError } from '@trading-agent/core';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Conductor, LockstepClient } from '../market/conductor.ts';
import type { Simulation } from '../market/simulation.ts';
import { textOf } from '../sockets/frames.ts';

const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('attach'), afterStep: z.number().int().min(-1) }),
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('ack'), step: z.number().int() }),
]);

const POLICY_VIOLATION = 1008;

export interface LockstepSocketOptions {
  readonly simulation: Simulation;
  readonly conductor: Conductor;
  readonly log: (text: string) => void;
}

/**
 * The channel that the vendors don't have: a client that keeps step with the market. It attaches after the last step it has journaled, gets the
 * market rebuilt to there, and from `ready` on acknowledges each step before the next one happens. A message out of turn ends the connection
 * with `{"type":"error","code","message"}`.
 */
export function acceptLockstep(socket: WebSocket, { simulation, conductor, log }: LockstepSocketOptions): void {
  const send = (body: object): void => socket.send(JSON.stringify(body));
  const client: LockstepClient = {
    boundary: (step, at, counts) => send({ type: 'step', step, at, counts }),
    end: () => send({ type: 'end' }),
  };

  const receive = (text: string): void => {
    const request = message.parse(JSON.parse(text));
    if (request.type === 'ready') return conductor.ready(client);
    if (request.type === 'ack') return conductor.acknowledge(client, request.step);
    const forgotten = conductor.attach(client, request.afterStep);
    if (forgotten > 0) log(`Wound back to step ${request.afterStep}: ${forgotten} later requests forgotten`);
    const { session } = simulation;
    return send({
      type: 'attached',
      accountNumber: simulation.accountNumber,
      session: { date: session.date, open: session.open, close: session.close },
      steps: simulation.steps,
      nextStep: request.afterStep + 1,
      at: simulation.now,
    });
  };

  socket.on('message', (data) => {
    try {
      receive(textOf(data));
    } catch (error) {
      refuse(socket, error);
    }
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => conductor.detach(client));
}

function refuse(socket: WebSocket, error: unknown): void {
  const { code, message: text } = describe(error);
  socket.send(JSON.stringify({ type: 'error', code, message: text }), () => socket.close(POLICY_VIOLATION));
}

function describe(error: unknown): Pick<TradingError, 'code' | 'message'> {
  if (isTradingError(error)) return error;
  return { code: 'INVALID_VALUE', message: error instanceof Error ? error.message : String(error) };
}
