export type { AccountLock } from './account-lock.ts';
export type { Alerts } from './alerts.ts';
export type { Audit, AuditEntry, AuditRow, AuditVerdict } from './audit.ts';
export { COMMIT_CHANNEL, type CommitBatch } from './journal/commit.ts';
export type { Journal, JournalEntry, JournalOptions, JournalReader } from './journal/journal.ts';
export {
  ALL_ACCOUNTS,
  KILL_SWITCH_CHANNEL,
  type KillSwitch,
  type SwitchOrder,
  type SwitchSetting,
  type SwitchState,
} from './kill-switch.ts';
export type { StoreLogger } from './logger.ts';
export type { Listening, NotificationCallback } from './notifications.ts';
export type { Outbox } from './outbox.ts';
export type { ModelEntry, ModelRow, Models, RunRow, Runs, TrialEntry, Trials } from './research.ts';
export type * from './rows.ts';
export type { Sessions } from './sessions.ts';
export { openStore, type Store, type StoreOptions } from './store.ts';
export { temporaryStore, type TemporaryStore } from './temporary-store.ts';
export type { StatisticsInput, StoreStatus, Views } from './views.ts';
export { writeStopFile } from './stop-files.ts';
