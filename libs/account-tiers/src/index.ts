export { type Tier, tierFor } from './tier.ts';
