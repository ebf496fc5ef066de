export { type BucketObject, FlatFileBucket, type FlatFileBucketOptions } from './bucket.ts';
export { type DownloadRequest, type DownloadResult, download } from './download.ts';
export { type FileProgress, downloadFile } from './download-file.ts';
export { type ExpectedDay, missingDay } from './expected-day.ts';
