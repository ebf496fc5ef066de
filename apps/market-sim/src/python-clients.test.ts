import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_BUCKET, DEFAULT_FLAT_FILE_KEYS, DEFAULT_KEYS } from './options.ts';
import type { MarketSim } from './server.ts';
import { step } from './testing/sessions.ts';
import { CALL_740, atMinute, startTinySim } from './testing/tiny-market.ts';

/** Whether the Python on the path has a package; without it the test says that it was skipped. */
function has(module: string): boolean {
  return spawnSync('python3', ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0;
}

const KEY = 'us_options_opra/day_aggs_v1/2016/01/2016-01-04.csv.gz';
let folder: string;
let sim: MarketSim;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'python-'));
  mkdirSync(dirname(join(folder, KEY)), { recursive: true });
  writeFileSync(join(folder, KEY), gzipSync('ticker\n'));
  mkdirSync(join(folder, 'us_stocks_sip'));
  writeFileSync(join(folder, 'us_stocks_sip', 'day.csv.gz'), '');
  sim = await startTinySim({ flatFiles: { root: folder, unentitled: ['us_stocks_sip'] } });
  await step(sim, 2);
});
afterAll(async () => {
  await sim.close();
  rmSync(folder, { recursive: true });
});

/** What a program prints, as JSON. */
async function python(program: string, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)('python3', ['-c', program, ...args], { timeout: 240_000 });
  return JSON.parse(stdout);
}

describe('the official Python clients', () => {
  it.skipIf(!has('boto3'))(
    'boto3 lists, reads ranges, is refused outside the plan and with a wrong secret',
    async () => {
      const program = `
import boto3, gzip, json, sys
from botocore.config import Config
from botocore.exceptions import ClientError
url, bucket, key, access, secret = sys.argv[1:]
def client(secret):
    return boto3.client('s3', endpoint_url=url, region_name='us-east-1', aws_access_key_id=access,
        aws_secret_access_key=secret, config=Config(s3={'addressing_style': 'path'}, retries={'max_attempts': 0}))
def refused(action):
    try: action()
    except ClientError as error: return error.response['ResponseMetadata']['HTTPStatusCode'], error.response['Error']['Code']
s3 = client(secret)
print(json.dumps({
    'keys': [row['Key'] for row in s3.list_objects_v2(Bucket=bucket)['Contents']],
    'text': gzip.decompress(s3.get_object(Bucket=bucket, Key=key)['Body'].read()).decode(),
    'range': s3.get_object(Bucket=bucket, Key=key, Range='bytes=0-1')['Body'].read().hex(),
    'plan': refused(lambda: s3.get_object(Bucket=bucket, Key='us_stocks_sip/day.csv.gz')),
    'secret': refused(lambda: client('wrong').get_object(Bucket=bucket, Key=key)),
}))`;
      const { accessKey, secretKey } = DEFAULT_FLAT_FILE_KEYS;
      expect(await python(program, sim.s3Url ?? '', DEFAULT_BUCKET, KEY, accessKey, secretKey)).toEqual({
        keys: [KEY, 'us_stocks_sip/day.csv.gz'],
        text: 'ticker\n',
        range: '1f8b',
        plan: [403, expect.any(String)],
        secret: [403, 'SignatureDoesNotMatch'],
      });
    },
  );

  it.skipIf(!has('massive'))('massive reads contracts over pages and nanoseconds exactly', async () => {
    const program = `
import json, sys
from massive import RESTClient
url, key, ticker = sys.argv[1:]
client = RESTClient(key, base=url)
print(json.dumps({
    'contracts': len(list(client.list_options_contracts(underlying_ticker='GOOG', limit=2))),
    'at': str(next(iter(client.list_trades(ticker))).sip_timestamp),
}))`;
    expect(await python(program, sim.url, DEFAULT_KEYS.polygonKey, `O:${CALL_740}`)).toEqual({
      contracts: 5,
      at: `${atMinute(2)}000`,
    });
  });

  it.skipIf(!has('alpaca'))('alpaca-py reads the account and trades a contract', async () => {
    const program = `
import json, sys
from alpaca.trading.client import TradingClient
from alpaca.trading.requests import LimitOrderRequest
url, key, secret, symbol = sys.argv[1:]
client = TradingClient(key, secret, url_override=url)
order = client.submit_order(LimitOrderRequest(symbol=symbol, qty=1, side='buy', time_in_force='day', limit_price=12.6))
print(json.dumps({
    'account': client.get_account().account_number,
    'status': client.get_order_by_id(order.id).status.value,
    'positions': [position.symbol for position in client.get_all_positions()],
}))`;
    const { keyId, secretKey } = DEFAULT_KEYS;
    expect(await python(program, sim.url, keyId, secretKey, CALL_740)).toEqual({
      account: sim.accountNumber,
      status: 'filled',
      positions: [CALL_740],
    });
  });
});
