import type { KeyPath } from './key-path.ts';

export interface EnvironmentVariable {
  readonly name: string;
  readonly path: KeyPath;
  readonly kind: 'text' | 'number' | 'secret';
}

const variable = (name: string, key: string, kind: EnvironmentVariable['kind'] = 'text'): EnvironmentVariable => ({
  name,
  path: key.split('.'),
  kind,
});

/** Every environment variable that is read, and the key it sets. */
export const ENVIRONMENT: readonly EnvironmentVariable[] = [
  variable('POLYGON_API_KEY', 'polygon.apiKey', 'secret'),
  variable('POLYGON_REST_URL', 'polygon.restUrl'),
  variable('POLYGON_SOCKET_URL', 'polygon.socketUrl'),
  variable('POLYGON_S3_ACCESS_KEY', 'polygon.s3.accessKey', 'secret'),
  variable('POLYGON_S3_SECRET_KEY', 'polygon.s3.secretKey', 'secret'),
  variable('POLYGON_S3_ENDPOINT', 'polygon.s3.endpoint'),
  variable('POLYGON_S3_BUCKET', 'polygon.s3.bucket'),
  variable('ALPACA_API_KEY', 'alpaca.keyId', 'secret'),
  variable('ALPACA_SECRET_KEY', 'alpaca.secretKey', 'secret'),
  variable('ALPACA_TRADING_URL', 'alpaca.tradingUrl'),
  variable('ALPACA_STREAM_URL', 'alpaca.streamUrl'),
  variable('MARKET_SIM_ADMIN_URL', 'marketSim.adminUrl'),
  variable('ACCOUNT_BALANCE', 'account.balance', 'number'),
  variable('RISK_TOLERANCE', 'account.riskTolerance'),
  variable('TRADING_MODE', 'account.mode'),
  variable('DATABASE_URL', 'store.databaseUrl', 'secret'),
  variable('DATA_DIR', 'store.dataDir'),
  variable('LOG_LEVEL', 'logging.level'),
  variable('STATUS_API_HOST', 'statusApi.host'),
  variable('STATUS_API_PORT', 'statusApi.port', 'number'),
];

export type Environment = Readonly<Record<string, string | undefined>>;

const NUMBER = /^-?\d+(\.\d+)?$/;

/** The variable's value for the schema, or undefined when it is unset or blank (as compose files leave it). */
export function readVariable(env: Environment, { name, kind }: EnvironmentVariable): string | number | undefined {
  const text = env[name]?.trim();
  if (text === undefined || text === '') return undefined;
  return kind === 'number' && NUMBER.test(text) ? Number(text) : text;
}
