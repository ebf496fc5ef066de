export { type Alert, type AlertKind, type AlertSeverity, logAlert } from './alerts.ts';
export { LOG_LEVELS, type LogLevel } from './levels.ts';
export { createLogger, type Logger, type LoggerOptions } from './logger.ts';
export { type Counter, type Gauge, type MetricReading, Metrics } from './metrics.ts';
