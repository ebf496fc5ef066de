import { type BudgetLimits, allowance } from '../budget/budget-limits.ts';
import { fetchJobs } from './fetch-jobs.ts';
import {
  FETCH_ASSUMPTIONS,
  type FetchAssumptions,
  type FetchJob,
  type FetchRequest,
  type FetchState,
  type Fetchable,
  NOTHING_FETCHED,
} from './wanted.ts';

export interface PlanRequest extends FetchRequest {
  readonly budget: BudgetLimits;
  /** Calls of the present day that are gone; 0 unless given. */
  readonly usedToday?: number;
  /** What is there already and need not be asked for; nothing unless given. */
  readonly state?: FetchState;
  readonly assume?: Partial<FetchAssumptions>;
}

export interface PlanItem {
  readonly what: Fetchable;
  readonly calls: number;
  /** How the number came about. */
  readonly because: string;
}

export interface RequestPlan {
  readonly calls: number;
  /** Of them those whose number is a guess or that of last time; the others are certain. */
  readonly uncertain: number;
  /** At the pace that a download may keep; waiting for the next day's budget is not in it. */
  readonly minutes: number;
  /** Whether what is left of today's budget for downloads is enough. */
  readonly fits: boolean;
  /** Calls that a download may still make today. */
  readonly leftToday: number;
  /** Days of budget it takes, today included. */
  readonly budgetDays: number;
  readonly items: readonly PlanItem[];
}

/** What a fetch would cost, before it begins: the calls of the very jobs that it would do. */
export function planRequests(request: PlanRequest): RequestPlan {
  const { what, budget, state = NOTHING_FETCHED } = request;
  const jobs = fetchJobs(request, state, { ...FETCH_ASSUMPTIONS, ...request.assume });
  const items = [...new Set(what)].map((one): PlanItem => {
    const ours = jobs.filter((job) => job.what === one);
    return { what: one, calls: callsOf(ours), because: reasonOf(ours) };
  });
  const calls = callsOf(jobs);
  const may = allowance(budget, 'download');
  const leftToday = Math.max(0, may.perDay - (request.usedToday ?? 0));
  const later = Math.max(0, calls - leftToday);
  return {
    calls,
    uncertain: callsOf(jobs.filter(({ basis }) => basis !== 'certain')),
    minutes: Math.ceil(calls / may.perMinute),
    fits: calls <= leftToday,
    leftToday,
    budgetDays: calls === 0 ? 0 : 1 + Math.ceil(later / may.perDay),
    items,
  };
}

function callsOf(jobs: readonly FetchJob[]): number {
  return jobs.reduce((sum, { calls }) => sum + calls, 0);
}

const QUESTIONS: Readonly<Record<FetchJob['step'], string>> = {
  contracts: 'a listing a day, 1,000 contracts a page',
  snapshot: 'the chain as it stands, 250 contracts a page',
  aggs: 'minute bars of the underlying, up to 52 sessions a call',
  'option-aggs': 'minute bars of each contract, up to 123 sessions a call; flat files hold the same without a budget',
  daily: 'day bars of the underlying in one call',
  trades: 'trades, 50,000 a page',
  quotes: 'quotes, 50,000 a page',
  dividends: 'dividends in one call',
  splits: 'splits in one call',
  treasury: 'one series for all symbols',
  news: 'articles, 1,000 a page',
};

function reasonOf(jobs: readonly FetchJob[]): string {
  if (jobs.length === 0) return 'it is all there';
  return [...Map.groupBy(jobs, ({ step }) => step)]
    .map(([step, all]) => {
      const guessed = all.some(({ basis }) => basis === 'assumed');
      const known = all.every(({ basis }) => basis === 'certain');
      return `${callsOf(all)} for ${QUESTIONS[step]}${known ? '' : guessed ? ' (assumed)' : ' (as last time)'}`;
    })
    .join('; ');
}
