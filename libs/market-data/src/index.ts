export * from './feed.ts';
export * from './market-day.ts';
