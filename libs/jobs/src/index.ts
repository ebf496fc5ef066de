export * from './job-id.ts';
export * from './run-jobs.ts';
