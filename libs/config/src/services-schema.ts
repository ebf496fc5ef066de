import { z } from 'zod';
import { Secret } from './secret.ts';
import { serviceUrl } from './urls.ts';

const secret = (description: string) =>
  z
    .string()
    .regex(/^\S+$/)
    .transform((text) => new Secret(text))
    .optional()
    .meta({ description, allowed: 'text without spaces' });

const connections = (cluster: string) =>
  z
    .number()
    .int()
    .min(1)
    .max(16)
    .default(1)
    .describe(`Connections that the plan allows on the ${cluster} cluster; ordinary plans allow one.`);

export const polygonSchema = z.strictObject({
  apiKey: secret('Key of Polygon/Massive.'),
  restUrl: serviceUrl('https', 'REST of Polygon/Massive.').prefault('https://api.massive.com'),
  socketUrl: serviceUrl('wss', 'WebSocket of Polygon/Massive; the cluster (/stocks, /options) is appended.').prefault(
    'wss://socket.massive.com',
  ),
  connections: z
    .strictObject({
      options: connections('options'),
      stocks: connections('stocks'),
      indices: connections('indices'),
    })
    .prefault({}),
  quotesPerConnection: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(1_000)
    .describe('Option contracts with quotes on one connection; the vendor allows 1,000.'),
  s3: z
    .strictObject({
      accessKey: secret('Access key of the flat files.'),
      secretKey: secret('Secret key of the flat files.'),
      endpoint: serviceUrl('https', 'S3 endpoint of the flat files.').prefault('https://files.massive.com'),
      bucket: z
        .string()
        .regex(/^[a-z0-9][a-z0-9.-]{2,62}$/)
        .default('flatfiles')
        .meta({ description: 'Bucket of the flat files.', allowed: 'an S3 bucket name' }),
    })
    .prefault({}),
});

export const alpacaSchema = z.strictObject({
  keyId: secret('Key id of the Alpaca account.'),
  secretKey: secret('Secret key of the Alpaca account.'),
  tradingUrl: serviceUrl('https', 'Alpaca trading REST; follows account.mode when not set.').optional(),
  streamUrl: serviceUrl('wss', 'Alpaca trade_updates stream; follows tradingUrl when not set.').optional(),
});

export const accountSchema = z.strictObject({
  balance: z
    .number()
    .positive()
    .max(1_000_000_000)
    .default(25_000)
    .describe('Starting balance in dollars where no broker tells it: simulation and backtests.'),
  riskTolerance: z.enum(['low', 'medium', 'high']).default('medium').describe("Scales the tier's risk per trade."),
  mode: z.enum(['paper', 'live']).default('paper').describe('Which Alpaca account: paper money or real money.'),
});

const DATABASE_FORM = 'postgres://user:password@host:port/name';
const POSTGRES = /^postgres(ql)?:\/\/\S+$/;

export const storeSchema = z.strictObject({
  databaseUrl: z
    .string()
    .refine((text) => POSTGRES.test(text) && URL.canParse(text), { error: DATABASE_FORM })
    .transform((text) => new Secret(text))
    .optional()
    .meta({
      description: 'PostgreSQL to use; without it an embedded one runs under store.dataDir.',
      allowed: DATABASE_FORM,
    }),
  dataDir: z
    .string()
    .min(1)
    .default('data')
    .meta({ description: 'Folder for all data, relative to the working folder.', allowed: 'a path' }),
});

export const loggingSchema = z.strictObject({
  level: z
    .enum(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'])
    .default('INFO')
    .describe('Least severe level logged.'),
});

export const statusApiSchema = z.strictObject({
  host: z
    .string()
    .regex(/^[A-Za-z0-9.:-]+$/)
    .default('127.0.0.1')
    .meta({
      description: 'Address the status API listens on; anything but a loopback address opens it to the network.',
      allowed: 'a host name or address',
    }),
  port: z.int().min(0).max(65_535).default(4_000).describe('Port of the status API; 0 takes any free one.'),
});

export const marketSimSchema = z.strictObject({
  adminUrl: serviceUrl(
    'wss',
    'Lockstep channel of a market-sim that serves as the market; not for live trading.',
  ).optional(),
});
