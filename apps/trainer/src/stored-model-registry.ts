import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Json, TradingError } from '@trading-agent/core';
import { parseSignalModel } from '@trading-agent/models';
import type { ModelRow, Models } from '@trading-agent/store';
import type { ModelRegistry, StoredChampion, TrainingReport } from '@trading-agent/training';
import { member, plainJson } from './plain-json.ts';
import { readReport } from './stored-report.ts';

export interface StoredModelRegistryOptions {
  readonly models: Models;
  /** Model files lie in `<dataDir>/models/<scope>`. */
  readonly dataDir: string;
  /** Which champion this is about: see `modelScope`. One registry writes a scope at a time. */
  readonly scope: string;
  /** How many of the newest models keep their files; the champion's is always kept. */
  readonly keep: number;
}

/** Far more models than a scope gathers in years of daily training. */
const MANY = 2_000;
const MODEL_FILE = /^([0-9a-f]{64})\.json(\.[0-9a-f-]+\.tmp)?$/;

/**
 * Models in the store's table and their text in files named by their SHA-256. A save writes the file, then the row, then makes the row the
 * champion in one transaction: a process that dies between two of these leaves the champion that was, and the save repeated does the rest.
 */
export class StoredModelRegistry implements ModelRegistry {
  readonly #models: Models;
  readonly #dataDir: string;
  readonly #scope: string;
  readonly #keep: number;

  /** @throws {TradingError} `OUT_OF_RANGE` for a `keep` below 1, `INVALID_VALUE` for a scope that is no file name. */
  constructor({ models, dataDir, scope, keep }: StoredModelRegistryOptions) {
    if (!Number.isSafeInteger(keep) || keep < 1)
      throw new TradingError('OUT_OF_RANGE', `Expected to keep at least 1 model, was ${keep}`);
    if (!/^[\w-]+$/.test(scope))
      throw new TradingError('INVALID_VALUE', `Expected a scope of letters, digits, _ and -, was "${scope}"`);
    this.#models = models;
    this.#dataDir = dataDir;
    this.#scope = scope;
    this.#keep = keep;
  }

  /**
   * @throws {TradingError} `INVALID_VALUE` for a text that is not the report's champion; the store's errors; `INTERNAL` when the file can't
   * be written.
   */
  async save(report: TrainingReport, modelJson: string): Promise<void> {
    const champion = report.candidates.find(({ name }) => name === report.champion);
    // What could not be read back must not replace what can.
    const { id: modelId } = parseSignalModel(modelJson);
    if (champion?.modelId !== modelId)
      throw new TradingError(
        'INVALID_VALUE',
        `Expected the model ${champion?.modelId ?? 'of a champion'}, was ${modelId}`,
      );
    const artifactHash = sha256(modelJson);
    const artifact = `models/${this.#scope}/${artifactHash}.json`;
    await writeWhole(join(this.#dataDir, artifact), modelJson);
    const known = await this.#models.list(this.#scope, MANY);
    const same = known.find((row) => row.artifactHash === artifactHash && member(reportOf(row), 'id') === report.id);
    const { id } =
      same ??
      (await this.#models.insert({
        createdAt: report.trainedAt,
        scope: this.#scope,
        kind: report.champion,
        metrics: plainJson(champion.validation),
        parameters: { report: plainJson(report) },
        artifact,
        artifactHash,
      }));
    if (same?.status !== 'champion') await this.#models.promote(id);
    await this.#removeOld();
  }

  /** @throws {TradingError} `DATA_FILE_BROKEN` when the champion's file or report is missing or is not what was stored. */
  async champion(): Promise<StoredChampion | null> {
    const row = await this.#models.champion(this.#scope);
    if (row === undefined) return null;
    const file = join(this.#dataDir, row.artifact);
    const modelJson = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw brokenFile(file, 'can not be read', cause);
    });
    if (sha256(modelJson) !== row.artifactHash) throw brokenFile(file, 'was changed since it was stored');
    return { report: readReport(reportOf(row)), modelJson };
  }

  /** Deletes the files that belong neither to the newest models nor to the champion: older ones, and what a crash left. */
  async #removeOld(): Promise<void> {
    const rows = await this.#models.list(this.#scope, MANY);
    const kept = new Set(
      rows.filter((row, index) => index < this.#keep || row.status === 'champion').map((row) => basename(row.artifact)),
    );
    const folder = join(this.#dataDir, 'models', this.#scope);
    for (const name of await readdir(folder)) {
      if (MODEL_FILE.test(name) && !kept.has(name)) await rm(join(folder, name), { force: true });
    }
  }
}

function reportOf(row: ModelRow): Json | undefined {
  return member(row.parameters, 'report');
}

/** Under its final name the file is there wholly or not at all, whenever the power goes. */
async function writeWhole(path: string, text: string): Promise<void> {
  const folder = join(path, '..');
  const unfinished = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(unfinished, 'w');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
    const directory = await open(folder, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw new TradingError('INTERNAL', `The model file ${path} can't be written: ${String(cause)}`, {
      hint: 'Check space and access rights of the data folder.',
      details: { path },
      cause,
    });
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function brokenFile(file: string, why: string, cause?: unknown): TradingError {
  return new TradingError('DATA_FILE_BROKEN', `The champion's model file ${file} ${why}`, {
    hint: 'Restore the file from a backup, or train again.',
    details: { file },
    ...(cause === undefined ? {} : { cause }),
  });
}
