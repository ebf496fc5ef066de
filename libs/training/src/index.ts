export * from './registry.ts';
export * from './report.ts';
export * from './train-models.ts';
