import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Answers, type CannedApi, Failure, NEVER, cannedApi } from './canned-api.ts';
import { STATUS, cannedDay } from './canned-day.ts';
import { buildDashboard } from './build.ts';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const SHOTS = join('coverage', 'dashboard');
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const GONE = new Failure(503, {
  error: { code: 'STORE_UNAVAILABLE', message: 'The database does not answer', hint: 'Is it running?' },
});

describe.skipIf(!existsSync(CHROMIUM))(`the page in a browser (needs ${CHROMIUM} or CHROMIUM_PATH)`, () => {
  let browser: Browser;
  let dir: string;
  let api: CannedApi | undefined;
  let page: Page | undefined;
  const complaints: string[] = [];

  beforeAll(async () => {
    await mkdir(SHOTS, { recursive: true });
    ({ dir } = await buildDashboard());
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await page?.context().close();
    await api?.close();
    complaints.length = 0;
  });

  async function open(answers: Answers, options: BrowserContextOptions = {}): Promise<{ page: Page; api: CannedApi }> {
    api = await cannedApi(dir, answers);
    const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, ...options });
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (api && !request.url().startsWith(api.url)) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(api.url);
    return { page, api };
  }

  const region = (on: Page, name: string) => on.getByRole('region', { name, exact: false }).first();

  it('shows session, figures, positions, orders, reasons and alerts, without a complaint in the console', async () => {
    const { page: on } = await open(cannedDay());
    await on.getByText('$25,148.32').waitFor();
    const banner = on.getByRole('banner');
    for (const text of [
      'PA3SIM0001',
      'Medium',
      'Thu, Dec 24, 2015 (half day)',
      'Open 11:42:00',
      'Replay, simulated money',
      'Live',
    ]) {
      await banner.getByText(text, { exact: true }).first().waitFor();
    }
    const equity = await region(on, 'Equity').innerText();
    for (const text of ['+$148.32', '+0.59% on the day', '−0.31%', '4.21', '1,066', '67% of 3', '1.84', '$12.48']) {
      expect(equity).toContain(text);
    }
    expect(await region(on, 'Positions').innerText()).toMatch(
      /GOOG 745 put\s+31\sDec\s’15\s+−2\s+3\.40\s+2\.675\s+−\$535\.00\s+\+\$145\.00/,
    );
    const orders = await region(on, 'Orders').innerText();
    expect(orders).toMatch(
      /10:34:00\s+GOOG credit vertical\s+−1\s745\sput, \+1\s740\sput · 31\sDec\s’15\s+2\/2\s+1\.25 credit\s+Filled/,
    );
    expect(orders).toContain('insufficient buying power');
    const decisions = await region(on, 'Decisions').innerText();
    expect(decisions).toMatch(
      /Refused Open long call on GOOG\s+The most this trade can lose is more than one trade may risk\s+Risk per trade\s*\$910\.00, limit \$750\.00/,
    );
    expect(await region(on, 'Alerts').innerText()).toContain('Spread of 12% is above the usual 8%');
    await on.screenshot({ path: join(SHOTS, 'light.png'), fullPage: true });
    expect(complaints).toEqual([]);
  });

  it('draws the curve from the first to the last minute', async () => {
    const { page: on } = await open(cannedDay());
    const chart = on.getByRole('img', { name: /^Equity curve: \$24,99\d\.\d\d at 09:30:00|^Equity curve/ });
    await chart.waitFor();
    expect(await chart.getAttribute('aria-label')).toMatch(
      /^Equity curve: \$25,000\.00 at 09:30:00, \$25,148\.32 at 11:42:00; lowest .* highest /,
    );
    const coloured = await chart.locator('canvas').evaluate((canvas) => {
      if (!('getContext' in canvas) || typeof canvas.getContext !== 'function') return 0;
      const { width, height } = canvas.getBoundingClientRect();
      const { data } = canvas.getContext('2d').getImageData(0, 0, Math.floor(width), Math.floor(height));
      const columns = new Set();
      for (let index = 0; index < data.length; index += 4) {
        if (data[index] === 29 && data[index + 1] === 107 && data[index + 2] === 131 && data[index + 3] === 255)
          columns.add((index / 4) % Math.floor(width));
      }
      return columns.size / width;
    });
    expect(coloured).toBeGreaterThan(0.85);
    await chart.hover({ position: { x: 640, y: 100 } });
    await on.getByText(/^Equity at 1\d:\d\d:00$/).waitFor();
  });

  it('updates when an event says so, and fetches only what changed', async () => {
    const { page: on, api: served } = await open(cannedDay());
    await on.getByText('$25,148.32').waitFor();
    await on.getByText('Live', { exact: true }).waitFor();
    await on.waitForLoadState('networkidle').catch(() => {});
    served.answers.set('/status', { ...STATUS, equity: 24_876.5, dayProfit: -123.5, dayReturn: -0.00494 });
    const before = served.asked.filter((path) => path === '/orders').length;
    served.announce(['status']);
    await on.getByText('$24,876.50').waitFor();
    await on.getByText('−$123.50').waitFor();
    expect(served.asked.filter((path) => path === '/orders').length).toBe(before);
    expect(complaints).toEqual([]);
  });

  it('shows a halt as an alert', async () => {
    const answers = cannedDay();
    answers.set('/status', {
      ...STATUS,
      halted: { reason: 'Operator: check the feed', at: '2015-12-24T16:00:00.000000Z' },
    });
    const { page: on } = await open(answers);
    const alert = on.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toBe('Halted: no new risk is taken. Operator: check the feed (since 11:00:00)');
    await on.screenshot({ path: join(SHOTS, 'halted.png') });
  });

  it('says what is wrong when the store is gone, keeps the last figures, and recovers by the button', async () => {
    const { page: on, api: served } = await open(cannedDay());
    await on.getByText('$25,148.32').waitFor();
    served.answers.set('/status', GONE);
    served.announce(['status']);
    await on.getByText('The database does not answer. Is it running?').waitFor();
    await on.getByText('$25,148.32').waitFor();
    served.answers.set('/status', STATUS);
    await on.getByRole('button', { name: 'Try again' }).click();
    await on.getByText('The database does not answer').waitFor({ state: 'detached' });
    expect(await on.getByRole('alert').count()).toBe(0);
  });

  it('has an error state from the start, and one for an API it does not understand', async () => {
    const answers: Answers = new Map([...cannedDay().keys()].map((path) => [path, GONE]));
    answers.set('/positions', [{ symbol: 7 }]);
    const { page: on } = await open(answers);
    await on.getByText(/^Expected \/positions\[0\]\.symbol to be text, was 7$/).waitFor();
    const orders = region(on, 'Orders');
    await orders.getByText('The database does not answer').waitFor();
    expect(await orders.getByRole('table').count()).toBe(0);
    await on.screenshot({ path: join(SHOTS, 'error.png') });
  });

  it('has loading and empty states', async () => {
    const waiting: Answers = new Map([...cannedDay().keys()].map((path) => [path, NEVER]));
    const { page: on, api: served } = await open(waiting);
    await region(on, 'Positions').getByText('Loading').waitFor();
    expect(await region(on, 'Positions').getAttribute('aria-busy')).toBe('true');
    await on.screenshot({ path: join(SHOTS, 'loading.png') });
    await on.context().close();
    await served.close();

    const empty = cannedDay();
    for (const path of ['/positions', '/orders', '/decisions', '/alerts', '/equity']) empty.set(path, []);
    const { page: second } = await open(empty);
    for (const text of ['Nothing is held.', 'No order was sent so far.', 'Nothing was decided so far.', 'No alerts.']) {
      await second.getByText(text).waitFor();
    }
    await second.getByText('The curve begins with the first market steps.').waitFor();
    await second.screenshot({ path: join(SHOTS, 'empty.png') });
  });

  it('greets when there was no session yet', async () => {
    const answers = cannedDay();
    answers.set('/status', Object.fromEntries(Object.keys(STATUS).map((key) => [key, null])));
    const { page: on } = await open(answers);
    await on.getByRole('heading', { name: 'No session yet' }).waitFor();
    await on.screenshot({ path: join(SHOTS, 'no-session.png') });
    expect(complaints).toEqual([]);
  });

  it('filters decisions by keyboard', async () => {
    const { page: on } = await open(cannedDay());
    const refusals = on.getByRole('button', { name: 'Refusals' });
    await refusals.focus();
    await on.keyboard.press('Enter');
    expect(await refusals.getAttribute('aria-pressed')).toBe('true');
    const list = region(on, 'Decisions').getByRole('listitem');
    await expect.poll(() => list.count()).toBe(1);
  });

  it.each([
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: { width: 375, height: 800 }, deviceScaleFactor: 2, isMobile: true }],
    [
      'phone-dark',
      { viewport: { width: 375, height: 800 }, deviceScaleFactor: 2, isMobile: true, colorScheme: 'dark' },
    ],
    ['tablet', { viewport: { width: 820, height: 1100 } }],
  ] as const)('fits and is readable: %s', async (name, options) => {
    const { page: on } = await open(cannedDay(), options);
    await on.getByText('$25,148.32').waitFor();
    await on.getByRole('img', { name: /^Equity curve/ }).waitFor();
    await on.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
    const overflow = await on.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overflow).toBe(0);
    expect(await on.evaluate(LOW_CONTRAST)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('has landmarks, captions, named controls and one first heading', async () => {
    const { page: on } = await open(cannedDay());
    await on.getByText('$25,148.32').waitFor();
    for (const role of ['banner', 'main', 'contentinfo'] as const) expect(await on.getByRole(role).count()).toBe(1);
    expect(await on.getByRole('heading', { level: 1 }).count()).toBe(1);
    expect(await on.locator('html').getAttribute('lang')).toBe('en');
    for (const table of await on.getByRole('table').all()) {
      expect((await table.locator('caption').innerText()).length).toBeGreaterThan(10);
      expect(await table.locator('thead th:not([scope=col])').count()).toBe(0);
      expect(await table.locator('tbody tr:not(:has(th[scope=row]))').count()).toBe(0);
    }
    for (const button of await on.getByRole('button').all()) expect((await button.innerText()).trim()).not.toBe('');
    expect(await on.locator('[role=status][aria-live=polite]').innerText()).toBe('Connected: figures update live');
    expect(
      await on.locator('img:not([alt]), [id=""], [tabindex]:not([tabindex="0"]):not([tabindex="-1"])').count(),
    ).toBe(0);
    const ids: unknown = await on.evaluate('[...document.querySelectorAll("[id]")].map((each) => each.id)');
    expect(Array.isArray(ids) && new Set(ids).size === ids.length).toBe(true);
    // Everything that scrolls can be reached by Tab.
    await on.keyboard.press('Tab');
    expect(await on.evaluate('document.activeElement.textContent')).toBe('Skip to the figures');
  });
});

/** Text whose contrast with its background is below 4.5 (WCAG 2.2, 1.4.3); what is drawn on the canvas is not seen here. */
const LOW_CONTRAST = `(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const background = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
    if (!own || element.closest('noscript, .hidden, .skip')) continue;
    const a = luminance(parse(getComputedStyle(element).color));
    const b = luminance(background(element));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) low.push(element.textContent.trim().slice(0, 30) + ' ' + contrast.toFixed(2));
  }
  return low;
})()`;
