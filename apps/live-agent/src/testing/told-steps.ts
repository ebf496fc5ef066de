import type { DayProgress } from '../trading-day.ts';

/** The steps that a day tells of. */
export class ToldSteps {
  last: DayProgress | null = null;
  readonly #waiting: ((progress: DayProgress) => void)[] = [];

  tell(progress: DayProgress): void {
    this.last = progress;
    for (const told of this.#waiting.splice(0)) told(progress);
  }

  /** The next one; when the day ends before, the last. @throws what `day` ends with, or when it ended without a step */
  next(day: Promise<unknown>): Promise<DayProgress> {
    const told = new Promise<DayProgress>((resolve) => this.#waiting.push(resolve));
    const ended = day.then(() => {
      if (this.last === null) throw new Error('The day ended');
      return this.last;
    });
    return Promise.race([told, ended]);
  }
}
