export { type BuiltDashboard, buildDashboard } from './build.ts';
