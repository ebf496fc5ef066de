import type { StrategyInput } from './strategy-schema.ts';

type Range = readonly [min: number, target: number, max: number];
type Days = readonly [min: number, max: number];

const delta = ([min, target, max]: Range) => ({ min, target, max });
const dte = ([min, max]: Days) => ({ min, max });

const SOON: Days = [7, 60];
const SINGLE: Range = [0.25, 0.45, 0.6];
const SPREAD: Range = [0.4, 0.55, 0.7];
const CREDIT: Range = [0.15, 0.3, 0.4];
const WINGS: Range = [0.1, 0.2, 0.3];
const MONEY: Range = [0.4, 0.5, 0.6];

const debitExit = { profitTarget: 0.5, stopLoss: 0.5 };
const creditExit = { profitTarget: 0.5, stopLoss: 1.5 };

/** The structures that ship, in the form of a user's own; `config/strategies.yaml` changes them key by key. */
export const BUILT_IN_STRATEGIES = {
  'long-call': {
    about: 'A call bought on a strong view up: the loss is the premium, the gain has no bound.',
    when: { direction: ['up'], conviction: ['strong'] },
    legs: [{ side: 'buy', right: 'call' }],
    dte: dte(SOON),
    delta: delta(SINGLE),
    exit: { profitTarget: 0.5, stopLoss: 0.4 },
  },
  'long-put': {
    about: 'A put bought on a strong view down: the loss is the premium.',
    when: { direction: ['down'], conviction: ['strong'] },
    legs: [{ side: 'buy', right: 'put' }],
    dte: dte(SOON),
    delta: delta(SINGLE),
    exit: { profitTarget: 0.5, stopLoss: 0.4 },
  },
  'bull-call-spread': {
    about: 'Debit vertical of calls: a view up for less premium, with a bounded gain.',
    when: { direction: ['up'], conviction: ['strong', 'moderate'] },
    legs: [
      { side: 'buy', right: 'call' },
      { side: 'sell', right: 'call', at: 'wing' },
    ],
    dte: dte(SOON),
    delta: delta(SPREAD),
    exit: debitExit,
  },
  'bear-put-spread': {
    about: 'Debit vertical of puts: a view down for less premium, with a bounded gain.',
    when: { direction: ['down'], conviction: ['strong', 'moderate'] },
    legs: [
      { side: 'buy', right: 'put' },
      { side: 'sell', right: 'put', at: 'wing' },
    ],
    dte: dte(SOON),
    delta: delta(SPREAD),
    exit: debitExit,
  },
  'bull-put-spread': {
    about: 'Credit vertical of puts: earns time value while the price does not fall.',
    when: { direction: ['up'], conviction: ['moderate'], volatility: ['rich', 'fair', 'unknown'] },
    legs: [
      { side: 'sell', right: 'put' },
      { side: 'buy', right: 'put', at: 'wing' },
    ],
    dte: dte(SOON),
    delta: delta(CREDIT),
    exit: { ...creditExit, shortDelta: 0.6, roll: 1 },
  },
  'bear-call-spread': {
    about: 'Credit vertical of calls: earns time value while the price does not rise.',
    when: { direction: ['down'], conviction: ['moderate'], volatility: ['rich', 'fair', 'unknown'] },
    legs: [
      { side: 'sell', right: 'call' },
      { side: 'buy', right: 'call', at: 'wing' },
    ],
    dte: dte(SOON),
    delta: delta(CREDIT),
    exit: { ...creditExit, shortDelta: 0.6, roll: 1 },
  },
  'iron-condor': {
    about: 'A put and a call spread sold around the price: earns time value inside a range.',
    when: { direction: ['neutral'], conviction: ['none'], volatility: ['rich', 'fair', 'unknown'] },
    legs: [
      { side: 'sell', right: 'put' },
      { side: 'sell', right: 'call' },
      { side: 'buy', right: 'put', at: 'wing', of: 0 },
      { side: 'buy', right: 'call', at: 'wing', of: 1 },
    ],
    dte: dte([14, 60]),
    delta: delta(WINGS),
    exit: { ...creditExit, shortDelta: 0.5, roll: 1 },
  },
  'iron-butterfly': {
    about: 'A straddle sold at the money inside bought wings: earns most when the price stays where it is.',
    when: { direction: ['neutral'], conviction: ['none'], volatility: ['rich'] },
    legs: [
      { side: 'sell', right: 'call' },
      { side: 'sell', right: 'put', at: 'same', of: 0 },
      { side: 'buy', right: 'call', at: 'wing', of: 0 },
      { side: 'buy', right: 'put', at: 'wing', of: 1 },
    ],
    dte: dte([14, 60]),
    delta: delta(MONEY),
    width: 0.04,
    exit: { profitTarget: 0.25, stopLoss: 0.5 },
  },
  'long-straddle': {
    about: 'Call and put bought at the money: a large move either way, while options are cheap.',
    when: { direction: ['neutral'], conviction: ['none'], volatility: ['cheap'] },
    legs: [
      { side: 'buy', right: 'call' },
      { side: 'buy', right: 'put', at: 'same', of: 0 },
    ],
    dte: dte([14, 60]),
    delta: delta(MONEY),
    exit: debitExit,
  },
  'long-strangle': {
    about: 'Call and put bought out of the money: as a straddle, for less premium and a larger move.',
    when: { direction: ['neutral'], conviction: ['none'], volatility: ['cheap'] },
    legs: [
      { side: 'buy', right: 'call' },
      { side: 'buy', right: 'put' },
    ],
    dte: dte([14, 60]),
    delta: delta([0.2, 0.3, 0.4]),
    exit: debitExit,
  },
  'call-butterfly': {
    about: 'Two calls sold at the money between two bought: a small debit on the price staying near the middle.',
    when: { direction: ['neutral'], conviction: ['none'], volatility: ['rich', 'fair'] },
    legs: [
      { side: 'sell', right: 'call', ratio: 2 },
      { side: 'buy', right: 'call', at: 'wing', of: 0, steps: -1 },
      { side: 'buy', right: 'call', at: 'wing', of: 0, steps: 1 },
    ],
    dte: dte([7, 45]),
    delta: delta(MONEY),
    width: 0.03,
    exit: { profitTarget: 1, stopLoss: 0.5 },
  },
  'call-calendar': {
    about: 'A near call sold against a later one of the same strike: near options lose time value faster.',
    when: {
      direction: ['neutral'],
      conviction: ['none'],
      volatility: ['cheap', 'fair', 'unknown'],
      term: ['flat', 'backwardation', 'unknown'],
    },
    legs: [
      { side: 'sell', right: 'call' },
      { side: 'buy', right: 'call', at: 'same', of: 0, expiry: 'far' },
    ],
    dte: dte([7, 28]),
    farDays: { min: 14, max: 32 },
    delta: delta(MONEY),
    exit: { profitTarget: 0.3, stopLoss: 0.5, shortDelta: 0.85 },
  },
  'call-diagonal': {
    about: 'A later call bought in the money, a near one sold out of it: a view up, partly paid by time value.',
    when: { direction: ['up'], conviction: ['moderate'] },
    legs: [
      { side: 'sell', right: 'call' },
      { side: 'buy', right: 'call', expiry: 'far', delta: delta([0.6, 0.7, 0.85]) },
    ],
    dte: dte([7, 28]),
    farDays: { min: 14, max: 32 },
    delta: delta([0.2, 0.3, 0.4]),
    exit: { profitTarget: 0.3, stopLoss: 0.5, shortDelta: 0.7 },
  },
  'put-diagonal': {
    about: 'A later put bought in the money, a near one sold out of it: a view down, partly paid by time value.',
    when: { direction: ['down'], conviction: ['moderate'] },
    legs: [
      { side: 'sell', right: 'put' },
      { side: 'buy', right: 'put', expiry: 'far', delta: delta([0.6, 0.7, 0.85]) },
    ],
    dte: dte([7, 28]),
    farDays: { min: 14, max: 32 },
    delta: delta([0.2, 0.3, 0.4]),
    exit: { profitTarget: 0.3, stopLoss: 0.5, shortDelta: 0.7 },
  },
  'cash-secured-put': {
    about: 'A put sold with the whole strike in cash: is paid to buy the stock lower. First half of the wheel.',
    when: { direction: ['up', 'neutral'], conviction: ['moderate', 'none'], volatility: ['rich', 'fair'] },
    legs: [{ side: 'sell', right: 'put' }],
    dte: dte([14, 45]),
    delta: delta(CREDIT),
    exit: { profitTarget: 0.5, stopLoss: 2, shortDelta: 0.7, roll: 2 },
  },
  'covered-call': {
    about: 'A call sold against shares that are held: income, up to the strike. Second half of the wheel.',
    when: { direction: ['up', 'neutral'], conviction: ['moderate', 'none'], volatility: ['rich', 'fair', 'unknown'] },
    legs: [{ side: 'sell', right: 'call' }],
    shares: 100,
    dte: dte([14, 45]),
    delta: delta(CREDIT),
    exit: { profitTarget: 0.5, stopLoss: 2, shortDelta: 0.8, roll: 2 },
  },
  'protective-put': {
    about: 'A put bought for shares that are held: the loss ends at the strike.',
    when: { direction: ['down'], conviction: ['strong', 'moderate'], volatility: ['cheap', 'fair', 'unknown'] },
    legs: [{ side: 'buy', right: 'put' }],
    shares: 100,
    dte: dte([14, 60]),
    delta: delta(CREDIT),
    exit: { profitTarget: 1, stopLoss: 0.5 },
  },
  collar: {
    about: 'A put bought for shares that are held, paid for by a call sold above the price.',
    when: { direction: ['down'], conviction: ['strong', 'moderate'] },
    legs: [
      { side: 'buy', right: 'put' },
      { side: 'sell', right: 'call' },
    ],
    shares: 100,
    dte: dte([14, 60]),
    delta: delta(CREDIT),
    exit: { profitTarget: 2, stopLoss: 2, shortDelta: 0.8 },
  },
} satisfies Readonly<Record<string, StrategyInput>>;
