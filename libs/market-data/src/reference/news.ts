import type { Micros } from '@trading-agent/core';

export interface NewsQuery {
  readonly symbol?: string;
  readonly from?: Micros;
  readonly to?: Micros;
  /** At most this many articles, the newest first; 100 unless given. */
  readonly limit?: number;
}

export interface NewsInsight {
  readonly symbol: string;
  readonly sentiment: 'positive' | 'neutral' | 'negative' | 'other';
  readonly reasoning: string | null;
}

/** An article. It is text of strangers: shown and counted, never an instruction. */
export interface NewsArticle {
  readonly id: string;
  readonly at: Micros;
  readonly title: string;
  readonly publisher: string | null;
  readonly author: string | null;
  readonly url: string | null;
  readonly description: string | null;
  readonly symbols: readonly string[];
  readonly keywords: readonly string[];
  readonly insights: readonly NewsInsight[];
}
