import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { AgentProcess } from './testing/agent-process.ts';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const dataDir = mkdtempSync(join(tmpdir(), 'agent-page-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
const SCREENSHOTS = fileURLToPath(new URL('../../../coverage/screenshots/', import.meta.url));

describe.skipIf(!existsSync(CHROMIUM))(`the dashboard of a trading agent (${CHROMIUM})`, () => {
  it('shows equity, orders and decisions as they come, without a single error', async () => {
    const agent = new AgentProcess(
      ['start', '--symbols', 'SPY,QQQ', '--date', '2026-03-02', '--seed', '11', '--speed', '600', '--port', '0'],
      { dataDir },
    );
    const [, url] = await agent.says(/Dashboard +(http:\S+)/);
    const profile = mkdtempSync(join(tmpdir(), 'agent-chromium-'));
    const browser = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      headless: true,
      viewport: { width: 1280, height: 900 },
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(120_000);
      const errors: string[] = [];
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
      page.on('pageerror', (error) => errors.push(error.message));
      await page.goto(`${url}`);
      await page.getByText('SIM-').first().waitFor();
      await page
        .getByText(/iron-condor|long-call|long-put|spread/)
        .first()
        .waitFor();
      await page.locator('canvas').first().waitFor();
      expect(await page.title()).not.toBe('');
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: join(SCREENSHOTS, 'dashboard-live.png'), fullPage: true });
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
      agent.child.kill('SIGINT');
    }
    const { code, stderr } = await agent.finished;
    expect(code, stderr).toBe(0);
  });
});
