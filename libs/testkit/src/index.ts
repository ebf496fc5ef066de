export * from './broker-contract.ts';
export * from './builders.ts';
export * from './collected.ts';
export * from './folder-files.ts';
export * from './local-client.ts';
export * from './local-server.ts';
export * from './mutations.ts';
export { assignedPutSettings, type AssignedPutOptions } from './assigned-put.ts';
