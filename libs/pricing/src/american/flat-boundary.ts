import { tableCdf, tableExp } from './normal-table.ts';

const LARGEST_EXPONENT = 12;

/**
 * The early exercise integral in closed form when the boundary grows exponentially backwards in time:
 *   I = ∫_0^T ρ e^(-ρv) Φ(-(α + βv)/(σ sqrt(v))) dv,   α > 0.
 * By parts, with γ = sqrt(β² + 2ρσ²) and p = (1 + β/γ)/2 (the first-passage integral of an inverse Gaussian density):
 *   I = -e^(-ρT) Φ(-(α+βT)/s) + p e^(α(γ-β)/σ²) Φ(-(α+γT)/s) + (1-p) e^(-α(γ+β)/σ²) Φ(-(α-γT)/s),   s = σ sqrt(T).
 * The terms of φ cancel in the first two derivatives with respect to α. Results are left in `value`, `first`, `second`.
 * It is the part of the integrand that is not smooth when the spot is near the boundary; quadrature takes the rest.
 */
export class FlatBoundary {
  value = 0;
  first = 0;
  second = 0;

  /** False when the closed form would lose accuracy (exponents too large) or does not exist; then nothing is set. */
  evaluate(alpha: number, beta: number, rho: number, variance: number, years: number, deviation: number): boolean {
    if (rho === 0) {
      this.value = 0;
      this.first = 0;
      this.second = 0;
      return true;
    }
    const square = beta * beta + 2 * rho * variance;
    if (!(square > 1e-12 * variance * variance)) return false;
    const gamma = Math.sqrt(square);
    const grow = (gamma - beta) / variance;
    const fall = (gamma + beta) / variance;
    if (alpha * Math.max(Math.abs(grow), Math.abs(fall)) > LARGEST_EXPONENT) return false;
    const share = 0.5 * (1 + beta / gamma);
    const inverse = 1 / deviation;
    const outer = share * tableExp(alpha * grow) * tableCdf(-(alpha + gamma * years) * inverse);
    const inner = (1 - share) * tableExp(-alpha * fall) * tableCdf((gamma * years - alpha) * inverse);
    this.value = outer + inner - tableExp(-rho * years) * tableCdf(-(alpha + beta * years) * inverse);
    this.first = grow * outer - fall * inner;
    this.second = grow * grow * outer + fall * fall * inner;
    return true;
  }
}
