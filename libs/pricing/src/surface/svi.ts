/**
 * One expiry's smile in the raw SVI form: total variance w(k) = a + b (ρ (k - m) + sqrt((k - m)² + σ²)) over log-moneyness
 * k = ln(K / F). Sources: J. Gatheral, "A parsimonious arbitrage-free implied volatility parameterization" (2004);
 * J. Gatheral and A. Jacquier, "Arbitrage-free SVI volatility surfaces", arXiv:1204.0646 (sections 2, 3 and 5).
 */
export interface SviParameters {
  readonly a: number;
  /** Half the sum of the two wing slopes, at least 0. */
  readonly b: number;
  /** In [-1, 1]. */
  readonly rho: number;
  readonly m: number;
  /** Greater than 0. */
  readonly sigma: number;
}

/** Total variance (volatility² × years) at log-moneyness `k`. */
export function sviTotalVariance(p: SviParameters, k: number): number {
  const x = k - p.m;
  return p.a + p.b * (p.rho * x + Math.sqrt(x * x + p.sigma * p.sigma));
}

/** Total variance and its first two derivatives in log-moneyness. */
export function sviDerivatives(p: SviParameters, k: number): { w: number; dw: number; d2w: number } {
  const x = k - p.m;
  const r = Math.sqrt(x * x + p.sigma * p.sigma);
  return {
    w: p.a + p.b * (p.rho * x + r),
    dw: p.b * (p.rho + x / r),
    d2w: (p.b * p.sigma * p.sigma) / (r * r * r),
  };
}

/**
 * Gatheral and Jacquier's g(k), which carries the sign of the risk-neutral density: negative anywhere means butterfly arbitrage.
 * g = (1 - k w' / 2w)² - w'²/4 (1/w + 1/4) + w''/2 (their equation 2.1). Minus infinity where the total variance isn't positive.
 */
export function butterflyDensity(p: SviParameters, k: number): number {
  const x = k - p.m;
  const r = Math.sqrt(x * x + p.sigma * p.sigma);
  const w = p.a + p.b * (p.rho * x + r);
  if (!(w > 0)) return Number.NEGATIVE_INFINITY;
  const dw = p.b * (p.rho + x / r);
  const d2w = (p.b * p.sigma * p.sigma) / (r * r * r);
  const inverse = 1 / w;
  const tilt = 1 - 0.5 * k * dw * inverse;
  return tilt * tilt - 0.25 * dw * dw * (inverse + 0.25) + 0.5 * d2w;
}

/** 1 - k w'/2w, whose square is the first part of g. */
export function butterflyTilt(p: SviParameters, k: number): number {
  const x = k - p.m;
  const r = Math.sqrt(x * x + p.sigma * p.sigma);
  return 1 - (0.5 * k * p.b * (p.rho + x / r)) / (p.a + p.b * (p.rho * x + r));
}

/** The same smile by what a trader sees of it (SVI jump-wings, Gatheral and Jacquier section 3.3). */
export interface JumpWings {
  /** At-the-money variance per year. */
  readonly variance: number;
  /** At-the-money skew d sqrt(w) / dk. */
  readonly skew: number;
  /** Slope of the put wing, scaled by 1 / sqrt(w(0)). */
  readonly putSlope: number;
  readonly callSlope: number;
  /** Lowest variance per year. */
  readonly lowestVariance: number;
}

export function sviJumpWings(p: SviParameters, years: number): JumpWings {
  const r = Math.sqrt(p.m * p.m + p.sigma * p.sigma);
  const w = p.a + p.b * (r - p.rho * p.m);
  const root = Math.sqrt(w);
  return {
    variance: w / years,
    skew: (0.5 * p.b * (p.rho - p.m / r)) / root,
    putSlope: (p.b * (1 - p.rho)) / root,
    callSlope: (p.b * (1 + p.rho)) / root,
    lowestVariance: lowestTotalVariance(p) / years,
  };
}

/** The raw form of jump-wings (the paper's lemma 3.2); undefined where no smile of this form has them. */
export function sviFromJumpWings(wings: JumpWings, years: number): SviParameters | undefined {
  const w = wings.variance * years;
  const root = Math.sqrt(w);
  const b = 0.5 * root * (wings.callSlope + wings.putSlope);
  const rho = 1 - (wings.putSlope * root) / b;
  const beta = rho - (2 * wings.skew * root) / b;
  const rise = w - wings.lowestVariance * years;
  if (!(b > 0 && Math.abs(rho) <= 1 && Math.abs(beta) <= 1 && rise >= 0)) return undefined;
  const across = Math.sqrt(Math.max(0, 1 - rho * rho));
  // The paper's α = σ/m in a form that stays finite at m = 0: with r = sqrt(m² + σ²), m = β r and σ = r sqrt(1 - β²).
  const along = Math.sqrt(Math.max(0, 1 - beta * beta));
  const r = rise / (b * (1 - rho * beta - along * across));
  const sigma = r * along;
  if (!(sigma > 0 && Number.isFinite(r))) return undefined;
  return { a: wings.lowestVariance * years - b * sigma * across, b, rho, m: beta * r, sigma };
}

/** The lowest total variance of the whole smile: a + b σ sqrt(1 - ρ²). */
export function lowestTotalVariance(p: SviParameters): number {
  return p.a + p.b * p.sigma * Math.sqrt(Math.max(0, 1 - p.rho * p.rho));
}
