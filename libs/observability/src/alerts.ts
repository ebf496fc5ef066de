import type { Json } from '@trading-agent/core';
import type { Logger } from 'pino';

/** What an alert is about: positions and profit; errors and failures; model degradation; limit breaches; volatility and news. */
export type AlertKind = 'trading' | 'system' | 'performance' | 'risk' | 'market';
/** `critical`: trading has halted or should; somebody must look now. */
export type AlertSeverity = 'info' | 'warning' | 'critical';

export interface Alert {
  readonly kind: AlertKind;
  readonly severity: AlertSeverity;
  /** One sentence. */
  readonly message: string;
  /** The numbers behind it. */
  readonly facts: Readonly<Record<string, Json>>;
}

/** Writes an alert to the log at the level of its severity. */
export function logAlert(logger: Logger, alert: Alert): void {
  const facts = { alert: alert.kind, ...alert.facts };
  switch (alert.severity) {
    case 'info':
      return logger.info(facts, alert.message);
    case 'warning':
      return logger.warn(facts, alert.message);
    case 'critical':
      return logger.fatal(facts, alert.message);
  }
}
