import { z } from 'zod';
import type { Effect, Room } from './effects.ts';

/** A kind of fault: its name in scripts, where it can strike, what it takes and what it does. */
export interface FaultKind {
  readonly name: string;
  /** One sentence for whoever writes a script. */
  readonly summary: string;
  readonly rooms: readonly Room[];
  /** How often it strikes unless the script says otherwise; `null`: as often as it matches. */
  readonly times: number | null;
  /** Topics it strikes unless the script names others. */
  readonly topics?: readonly string[];
  readonly parameters: z.ZodObject;
  /** Its effects, for parameters as a script gives them. @throws {z.ZodError} when they don't fit. */
  effects(parameters: unknown): readonly Effect[];
}

export interface FaultDefinition<Shape extends z.ZodRawShape> {
  readonly name: string;
  readonly summary: string;
  readonly rooms: readonly Room[];
  readonly times: number | null;
  readonly topics?: readonly string[];
  readonly parameters: Shape;
  readonly effects: (parameters: z.output<z.ZodObject<Shape, z.core.$strict>>) => readonly Effect[];
}

export function defineFault<Shape extends z.ZodRawShape>(definition: FaultDefinition<Shape>): FaultKind {
  const { name, summary, rooms, times, topics } = definition;
  const parameters = z.strictObject(definition.parameters);
  return {
    name,
    summary,
    rooms,
    times,
    ...(topics !== undefined && { topics }),
    parameters,
    effects: (given) => definition.effects(parameters.parse(given)),
  };
}
