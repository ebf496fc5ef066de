import { type MarketDate, marketDate } from '@trading-agent/core';

/** A rate that holds from `from` until the next row of its table. */
export interface DatedRate {
  readonly from: MarketDate;
  /** In the unit of its table. */
  readonly rate: number;
  /** Where rate and date were read. It has `assumption:` when one of them was not found in a source; then it says which. */
  readonly source: string;
}

const since = (from: string, rate: number, source: string): DatedRate => ({ from: marketDate(from), rate, source });

/**
 * SEC Section 31 fee: dollars per million dollars of sale proceeds. Sales of options on indexes are exempt (17 CFR 240.31(a)(11)).
 */
export const SECTION_31: readonly DatedRate[] = [
  since('1990-01-01', 33.3, 'traderstatus.com/secfeerates.htm: in effect before 2001-12-28; assumption: since 1990'),
  since('2001-12-28', 15, 'traderstatus.com/secfeerates.htm'),
  since('2002-04-01', 30.1, 'traderstatus.com/secfeerates.htm'),
  since('2003-03-22', 25.2, 'traderstatus.com/secfeerates.htm'),
  since('2003-04-01', 46.8, 'traderstatus.com/secfeerates.htm'),
  since('2004-02-22', 39, 'traderstatus.com/secfeerates.htm'),
  since('2004-04-01', 23.4, 'traderstatus.com/secfeerates.htm'),
  since('2005-01-07', 32.9, 'traderstatus.com/secfeerates.htm'),
  since('2005-04-01', 41.8, 'traderstatus.com/secfeerates.htm'),
  since('2005-12-22', 30.7, 'traderstatus.com/secfeerates.htm'),
  since('2007-10-01', 11, 'assumption: the date; the rate before 2008-04-01 is in FINRA Information Notice 3/10/08'),
  since('2008-04-01', 5.6, 'FINRA Information Notice 3/10/08'),
  since('2009-04-10', 25.7, 'assumption: the date; the rate is in FINRA Information Notice 10/2/09'),
  since('2010-01-15', 12.7, 'SEC press release 2009-270'),
  since('2010-04-01', 16.9, 'FINRA Information Notice 3/10/10'),
  since('2011-01-21', 19.2, 'SEC press release 2010-255'),
  since('2012-02-21', 18, 'SEC Fee Rate Advisory #5 for fiscal year 2012'),
  since('2012-04-01', 22.4, 'assumption: the date; the rate is in SEC press release 2012-232'),
  since('2013-05-25', 17.4, 'assumption: the date; the rate is in FINRA Information Notice 3/3/14'),
  since('2014-03-18', 22.1, 'FINRA Information Notice 3/3/14'),
  since('2015-02-14', 18.4, 'assumption: the date; the rate until 2016-02-15 is in SEC press release 2016-2'),
  since('2016-02-16', 21.8, 'SEC press release 2016-2, FINRA Information Notice 3/15/16'),
  since('2017-07-04', 23.1, 'SEC Fee Rate Advisory for fiscal year 2017'),
  since('2018-05-22', 13, 'SEC Fee Rate Advisory #3 for fiscal year 2018, FINRA Information Notice 5/7/18'),
  since('2019-04-16', 20.7, 'SEC Fee Rate Advisory #2 for fiscal year 2019'),
  since('2020-02-18', 22.1, 'FINRA Information Notice 2/3/20'),
  since('2021-02-25', 5.1, 'SEC Fee Rate Advisory #2 for fiscal year 2021'),
  since('2022-05-14', 22.9, 'assumption: the date; the rate stands in broker schedules of 2022'),
  since(
    '2023-02-27',
    8,
    'the date is 60 days after the appropriation of 2022-12-29 (SEC Release 34-96724, 88 FR 5051); assumption: the rate',
  ),
  since(
    '2024-05-22',
    27.8,
    'assumption: the date (SEC Release 34-99973); the rate is in docs.alpaca.markets/docs/regulatory-fees',
  ),
  since('2025-05-14', 0, 'FINRA Information Notice 4/24/25'),
  since('2026-04-04', 20.6, 'SEC Fee Rate Advisory #2 for fiscal year 2026 (Release 34-104909)'),
];

interface ActivityFee {
  readonly from: string;
  readonly contract: number;
  readonly share: number;
  readonly cap: number;
  readonly source: string;
}

/** FINRA By-Laws, Schedule A, section 1. No notice that was found names the rate on contracts before 2022. */
const ACTIVITY_FEES: readonly ActivityFee[] = [
  { from: '1990-01-01', contract: 0, share: 0, cap: 3.75, source: 'NASD Notice to Members 02-63: from October 2002' },
  {
    from: '2002-10-01',
    contract: 0.002,
    share: 0.000075,
    cap: 3.75,
    source: 'assumption: the rates, on shares those of 2004-11-01; the date is in NASD Notice to Members 02-63',
  },
  {
    from: '2004-11-01',
    contract: 0.002,
    share: 0.000075,
    cap: 3.75,
    source: 'NASD Notice to Members 04-84, FINRA Regulatory Notice 11-27; assumption: the rate on contracts',
  },
  {
    from: '2011-07-01',
    contract: 0.002,
    share: 0.00009,
    cap: 4.5,
    source: 'FINRA Regulatory Notice 11-27; assumption: the rate on contracts',
  },
  {
    from: '2012-03-01',
    contract: 0.002,
    share: 0.000095,
    cap: 4.75,
    source: 'FINRA Regulatory Notice 12-06; assumption: the rate on contracts',
  },
  {
    from: '2012-07-01',
    contract: 0.002,
    share: 0.000119,
    cap: 5.95,
    source: 'finra.org/industry/trading-activity-fee (the date), TAF rule flow; assumption: the rate on contracts',
  },
  {
    from: '2022-01-01',
    contract: 0.00218,
    share: 0.00013,
    cap: 6.49,
    source: 'optionsroute.com/routing-fees; first step of SR-FINRA-2020-032 (85 FR 66592)',
  },
  {
    from: '2023-01-01',
    contract: 0.00244,
    share: 0.000145,
    cap: 7.27,
    source: 'brokerage-review.com/account-fee/taf-fee.aspx (2023), step of SR-FINRA-2020-032; assumption: the cap',
  },
  {
    from: '2024-01-01',
    contract: 0.00279,
    share: 0.000166,
    cap: 8.3,
    source: 'docs.alpaca.markets/docs/regulatory-fees, brokerage-review.com/account-fee/taf-fee.aspx',
  },
  {
    from: '2026-01-01',
    contract: 0.00329,
    share: 0.000195,
    cap: 9.79,
    source: 'SR-FINRA-2024-019 (89 FR 93709), rates and cap as broker schedules of 2026 quote them',
  },
];

const activityFee = (of: 'contract' | 'share' | 'cap'): readonly DatedRate[] =>
  ACTIVITY_FEES.map(({ from, [of]: rate, source }) => since(from, rate, source));

/** FINRA Trading Activity Fee: dollars per contract sold. */
export const TRADING_ACTIVITY_FEE = activityFee('contract');
/** The same on shares: dollars per share sold. */
export const SHARE_ACTIVITY_FEE = activityFee('share');
/** The most that it costs for one sale of shares: dollars. */
export const SHARE_ACTIVITY_FEE_CAP = activityFee('cap');

/** OCC clearing fee: dollars per contract and side. */
export const CLEARING_FEE: readonly DatedRate[] = [
  since(
    '1990-01-01',
    0.05,
    'assumption: the rate a broker schedule of about 2018 passes on (alarictrader.com/regulatory-fees)',
  ),
  since('2018-12-01', 0.055, 'assumption: the date; the rate is in the OCC schedule of fees of January 2020'),
  since('2020-09-01', 0.045, 'OCC press release 2021-04-19, SR-OCC-2020-009'),
  since('2021-06-01', 0.02, 'OCC press release 2021-04-19'),
  since('2025-02-14', 0.025, '90 FR 10544'),
];

/** The most that clearing one leg of one execution costs: dollars. */
export const CLEARING_FEE_CAP: readonly DatedRate[] = [
  since('1990-01-01', 55, 'OCC schedules of fees 2020 and 2021; assumption: before 2020'),
  since('2025-02-14', Number.POSITIVE_INFINITY, '90 FR 10544 removes it'),
];

/**
 * Options Regulatory Fee, the sum over all exchanges as brokers pass it on: dollars per contract and side. Exchanges change it mostly each
 * February and August; only sums that were found are listed, each holds until the next one found.
 */
export const OPTIONS_REGULATORY_FEE: readonly DatedRate[] = [
  since('1990-01-01', 0, 'ibkrguides.com/kb/options-regulatory-fee-orf.htm: initiated by the CBOE in mid-2009'),
  since('2009-07-01', 0.004, 'assumption: the date; CBOE rate of early 2010 (optionshouse.com/rates/fees)'),
  since('2010-02-01', 0.014, 'Interactive Brokers notice of 2010-01-15'),
  since('2014-02-01', 0.0396, 'traderstatus.com/secfeerates.htm; assumption: first of the month'),
  since('2015-08-01', 0.0427, 'traderstatus.com/secfeerates.htm; assumption: first of the month'),
  since('2017-02-01', 0.0378, 'ibkr.info/article/1184; assumption: the date is that of the last exchange it names'),
  since('2019-02-01', 0.0379, 'ibkr.info/article/1184 (later version); assumption: the date, likewise'),
  since(
    '2023-01-01',
    0.03005,
    'skysdil.com/pricing/us-options; assumption: the date, from the other rates on the page',
  ),
  since('2024-05-22', 0.02685, 'docs.alpaca.markets/docs/regulatory-fees; assumption: the date, likewise'),
  since('2025-03-03', 0.02815, 'ibkrguides.com/kb/options-regulatory-fee-orf.htm'),
  since('2026-09-01', 0.015, 'Alpaca retail fee schedule of 2026-09-01; assumption: as others quote it'),
];

/** The rate of `table` (ascending by `from`) that holds on `date`; the first one before the table begins. */
export function rateOn(table: readonly DatedRate[], date: MarketDate): number {
  let rate = table[0]?.rate ?? 0;
  for (const row of table) {
    if (row.from > date) break;
    rate = row.rate;
  }
  return rate;
}
