import { type ParsedSettings, type Settings } from './settings.ts';
import { isLoopback } from './urls.ts';
import type { Violation } from './violations.ts';

const PAPER_HOST = 'paper-api.alpaca.markets';
const LIVE_HOST = 'api.alpaca.markets';

/** The Alpaca URLs that follow from the mode and from each other where they are not given. */
export function withAlpacaUrls({ account, alpaca }: Pick<ParsedSettings, 'account' | 'alpaca'>): Settings['alpaca'] {
  const tradingUrl = alpaca.tradingUrl ?? `https://${account.mode === 'live' ? LIVE_HOST : PAPER_HOST}`;
  const streamUrl = alpaca.streamUrl ?? `${tradingUrl.replace(/^http/, 'ws')}/stream`;
  return { ...alpaca, tradingUrl, streamUrl };
}

/**
 * What no single key shows: settings that contradict each other. In doubt it refuses: paper mode reaches nothing but Alpaca's paper
 * host or this machine, live mode nothing that is simulated.
 */
export function disagreements({ account, alpaca, polygon, marketSim }: Settings): Violation[] {
  const found: Violation[] = [];
  const refuse = (path: string, value: string | undefined, allowed: string): void => {
    found.push({ path: path.split('.'), found: value, allowed });
  };
  const requireBoth = (folder: string, first: string, second: string, has: readonly [boolean, boolean]): void => {
    if (has[0] !== has[1]) {
      const [missing, present] = has[0] ? [second, first] : [first, second];
      refuse(`${folder}.${missing}`, 'not set', `set together with ${folder}.${present}`);
    }
  };
  requireBoth('alpaca', 'keyId', 'secretKey', [alpaca.keyId !== undefined, alpaca.secretKey !== undefined]);
  const { accessKey, secretKey } = polygon.s3;
  requireBoth('polygon.s3', 'accessKey', 'secretKey', [accessKey !== undefined, secretKey !== undefined]);

  const live = account.mode === 'live';
  for (const key of ['tradingUrl', 'streamUrl'] as const) {
    const { hostname } = new URL(alpaca[key]);
    const simulated = hostname === PAPER_HOST || isLoopback(hostname);
    if (live === simulated) {
      const allowed = live
        ? `in live mode a host that trades real money (${LIVE_HOST})`
        : `in paper mode ${PAPER_HOST} or this machine`;
      refuse(`alpaca.${key}`, alpaca[key], allowed);
    }
  }
  if (new URL(alpaca.tradingUrl).hostname !== new URL(alpaca.streamUrl).hostname) {
    refuse(
      'alpaca.streamUrl',
      alpaca.streamUrl,
      'the same host as alpaca.tradingUrl, or fills would come from another account',
    );
  }
  if (marketSim.adminUrl !== undefined && !isLoopback(new URL(alpaca.tradingUrl).hostname)) {
    refuse('marketSim.adminUrl', marketSim.adminUrl, 'only with a simulated broker: alpaca.tradingUrl on this machine');
  }
  if (live) {
    if (alpaca.keyId === undefined && alpaca.secretKey === undefined) {
      refuse('alpaca.keyId', 'not set', 'in live mode a key (ALPACA_API_KEY)');
      refuse('alpaca.secretKey', 'not set', 'in live mode a key (ALPACA_SECRET_KEY)');
    }
    if (polygon.apiKey === undefined) refuse('polygon.apiKey', 'not set', 'in live mode a key (POLYGON_API_KEY)');
  }
  return found;
}
