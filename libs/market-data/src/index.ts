export { describeQuarantine } from './describe-quarantine.ts';
export * from './feed.ts';
export * from './market-day.ts';
export * from './quote-book.ts';
export { MAX_QUARANTINED } from './quarantine.ts';
export { type MinuteBars, type MinuteBarsRequest, readMinuteBars } from './minute-bars.ts';
export { type RecordedDayRequest, loadRecordedDay } from './recorded-day.ts';
