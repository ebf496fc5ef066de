export type { PolygonCounters } from './counters.ts';
export { type PolygonFeed, type PolygonFeedOptions, createPolygonFeed } from './feed.ts';
export type { FeedProgress, FeedStatus, SubscriptionNotice } from './socket/status.ts';
export { type PolygonReference, type PolygonReferenceOptions, createPolygonReference } from './reference/create.ts';
