import { usd } from '@trading-agent/core';
import { type EngineView, TradingEngine, engineConfig } from '@trading-agent/engine';
import { loadSettings } from '@trading-agent/config';
import { optionSymbol } from '@trading-agent/instruments';
import { A_DATE, AN_INSTANT, after } from '@trading-agent/testkit';

const engine = new TradingEngine(engineConfig(loadSettings({ env: {}, cwd: import.meta.dirname }), 7));
engine.step({
  type: 'session',
  at: AN_INSTANT,
  session: {
    key: 'views',
    date: A_DATE,
    open: AN_INSTANT,
    close: after(3_600),
    account: { number: 'FAKE-1', cash: usd(25_000), optionsLevel: 3, tradable: true },
    underlyings: [],
    contracts: [],
    history: [],
  },
});

/** The engine's view of an account that holds these contracts and nothing else. */
export function aView(positions: Readonly<Record<string, number>> = {}): EngineView {
  return {
    ...engine.view(),
    positions: Object.entries(positions).map(([symbol, quantity]) => ({
      symbol: optionSymbol(symbol),
      quantity,
      averagePrice: 1,
      multiplier: 100,
      mark: null,
    })),
  };
}
