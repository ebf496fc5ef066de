export { ColumnMemory } from './column-memory.ts';
export { DurableFile, settle, writeDurably } from './durable-file.ts';
export { type IngestReport, type IngestRequest, type IngestResult, ingest } from './ingest.ts';
export { type IngestDayRequest, type IngestedDay, ingestDay } from './ingest-day.ts';
export { Lake } from './lake.ts';
export { LakeLock } from './lake-lock.ts';
export {
  type ColumnSpec,
  type ColumnType,
  type FeedKind,
  type FeedSpec,
  NO_INT,
  NO_LONG,
  dayPath,
  feedSpec,
  requireFeed,
} from './feeds.ts';
export type { DayManifest, FileFacts, QuarantinedLine } from './manifest.ts';
export type { LakeQuery, LakeTable, TextColumn } from './table.ts';
