import {
  DEFAULT_BUCKET,
  DEFAULT_FLAT_FILE_KEYS,
  DEFAULT_KEYS,
  type MarketSimOptions,
  type SimKeys,
} from './options.ts';
import type { MarketSim } from './server.ts';

/** Where a market can be reached, and how to point a client at it: commands and expressions to paste. */
export function introduction(sim: Omit<MarketSim, 'close'>, options: MarketSimOptions): string {
  const keys: SimKeys = { ...DEFAULT_KEYS, ...options.keys };
  const { url, wsUrl, s3Url, accountNumber } = sim;
  const { polygonKey, keyId, secretKey } = keys;
  const flatFiles = options.flatFiles?.keys ?? DEFAULT_FLAT_FILE_KEYS;
  const bucket = options.flatFiles?.bucket ?? DEFAULT_BUCKET;
  const authority = url.replace('http://', '');
  const others = (options.accounts ?? []).map((account) => `${account.keyId} (account ${account.accountNumber})`);
  return [
    `account ${accountNumber} on ${url}`,
    `  Massive/Polygon  REST ${url}  WebSocket ${wsUrl}/options /stocks /indices  key ${polygonKey}`,
    `  Alpaca           REST ${url}/v2  stream ${wsUrl}/stream  option data ${wsUrl}/v1beta1/opra  key id ${keyId}  secret ${secretKey}`,
    ...(others.length > 0 ? [`  more accounts    ${others.join(', ')}`] : []),
    s3Url === null
      ? '  flat files       none: start with --flat-files DIR'
      : `  flat files       ${s3Url}  bucket ${bucket}  access key ${flatFiles.accessKey}  secret ${flatFiles.secretKey}`,
    `  steering         ${url}/admin/clock /admin/faults /admin/faults/kinds /admin/halts /admin/accounts  lockstep ${wsUrl}/admin`,
    '',
    '  curl',
    `    curl -H 'Authorization: Bearer ${polygonKey}' '${url}/v3/snapshot/options/${options.symbols[0] ?? 'SPY'}?limit=5'`,
    `    curl -H 'APCA-API-KEY-ID: ${keyId}' -H 'APCA-API-SECRET-KEY: ${secretKey}' ${url}/v2/account`,
    `    curl -d '{"command":"step","steps":5}' ${url}/admin/clock`,
    `    curl -d '{"fault":"rate-limit","room":"polygon","times":3,"with":{"body":"empty"}}' ${url}/admin/faults`,
    '  JavaScript (@massive.com/client-js, @polygon.io/client-js, @alpacahq/alpaca-trade-api)',
    `    restClient('${polygonKey}', '${url}')`,
    `    websocketClient('${polygonKey}', '${wsUrl}').options()`,
    `    new trading.Configuration({ basePath: '${url}', apiKey: auth.apiKeyAuth({ keyId: '${keyId}', secret: '${secretKey}' }) })`,
    `    new streaming.TradingStream({ credentials: { keyId: '${keyId}', secret: '${secretKey}' }, url: '${wsUrl}/stream' })`,
    '  Python (massive, alpaca-py)',
    `    RESTClient('${polygonKey}', base='${url}')`,
    `    WebSocketClient('${polygonKey}', feed='${authority}', market='options', secure=False)`,
    `    TradingClient('${keyId}', '${secretKey}', url_override='${url}')`,
    `    TradingStream('${keyId}', '${secretKey}', url_override='${wsUrl}/stream')`,
    ...(s3Url === null
      ? []
      : [
          '  aws',
          `    AWS_ACCESS_KEY_ID=${flatFiles.accessKey} AWS_SECRET_ACCESS_KEY=${flatFiles.secretKey} aws --endpoint-url ${s3Url} --region us-east-1 s3 ls --recursive s3://${bucket}/`,
        ]),
    '  this agent (as on a real market: no lockstep)',
    `    POLYGON_API_KEY=${polygonKey} POLYGON_REST_URL=${url} POLYGON_SOCKET_URL=${wsUrl} \\`,
    `    ALPACA_API_KEY=${keyId} ALPACA_SECRET_KEY=${secretKey} ALPACA_TRADING_URL=${url} ALPACA_STREAM_URL=${wsUrl}/stream \\`,
    ...(s3Url === null
      ? []
      : [
          `    POLYGON_S3_ENDPOINT=${s3Url} POLYGON_S3_BUCKET=${bucket} POLYGON_S3_ACCESS_KEY=${flatFiles.accessKey} POLYGON_S3_SECRET_KEY=${flatFiles.secretKey} \\`,
        ]),
    `    MARKET_SIM_ADMIN_URL=${wsUrl}/admin agent start --market vendor   # with MARKET_SIM_ADMIN_URL: in lockstep, any day`,
  ].join('\n');
}

export const HELP = `market-sim: a local exchange for one market day that speaks Massive/Polygon and Alpaca

Usage
  nx serve market-sim                          synthetic SPY on port 4010, 60 simulated seconds a second
  node apps/market-sim/src/main.ts [flags]

The market
  --market synthetic|replay   a generated day (default) or a recorded one from --data DIR
  --date YYYY-MM-DD           the session; --symbols A,B  underlyings (SPY); --seed N (7)
  --sim-kind KIND             synthetic (default), placebo or planted (libs/synthetic says what each is for)
  --days N                    sessions from that date on (1)
  --speed max|N               simulated seconds per second (60); max waits for a lockstep client or /admin/clock
  --scenario FILE             accounts, keys, halts, plan and faults in YAML (docs/market-sim.md)
  --flat-files DIR            serves a flat-file folder as S3 on --s3-port (any free one)
Accounts
  --balance DOLLARS (25000)   --account NUMBER   --polygon-key, --alpaca-key-id, --alpaca-secret
  --stream-frames binary|text --requests-per-minute N  --request-timing at-once|next-step
The process
  --host, --port N (4010, 0: any)  --state DIR [--resume]  --exit-with-stdin  --help

Standard output: one JSON line, {"ready":true,"url",...} or {"error":{"code","message","hint"}} with exit code 2 (1 for a defect).

Examples
  node apps/market-sim/src/main.ts --symbols SPY,AAPL --speed max --port 0
  node apps/market-sim/src/main.ts --market replay --data ./flatfiles --date 2015-12-24 --symbols GOOG
  node apps/market-sim/src/main.ts --scenario faults.yaml --flat-files ./flatfiles`;
