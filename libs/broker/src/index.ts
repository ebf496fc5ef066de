export * from './approval.ts';
export * from './events.ts';
export * from './port.ts';
