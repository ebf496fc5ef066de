// Times QuantLib's Black formula on the rows of a binary file: spot, strike, years, rate, yield, volatility, +-1, undiscounted price.
#include <ql/instruments/payoffs.hpp>
#include <ql/pricingengines/blackcalculator.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <vector>

static const int COLUMNS = 8;
static const int RUNS = 31;

struct Times { double median, best; };

template <class Row> static Times nanoseconds(long rows, Row row, double& sink) {
  std::vector<double> runs;
  for (int run = 0; run < RUNS; ++run) {
    const std::clock_t start = std::clock();
    for (long i = 0; i < rows; ++i) sink += row(i);
    runs.push_back(double(std::clock() - start) / CLOCKS_PER_SEC * 1e9 / rows);
  }
  std::sort(runs.begin(), runs.end());
  return {runs[RUNS / 2], runs[0]};
}

int main(int, char** arguments) {
  std::FILE* file = std::fopen(arguments[1], "rb");
  if (!file) return 1;
  std::fseek(file, 0, SEEK_END);
  const long rows = std::ftell(file) / long(sizeof(double)) / COLUMNS;
  std::rewind(file);
  std::vector<double> cells(rows * COLUMNS);
  if (std::fread(cells.data(), sizeof(double), cells.size(), file) != cells.size()) return 1;
  double sink = 0;
  const auto type = [&](long i) { return cells[i * COLUMNS + 6] > 0 ? QuantLib::Option::Call : QuantLib::Option::Put; };
  const Times greeks = nanoseconds(rows, [&](long i) {
    const double* c = &cells[i * COLUMNS];
    const double discount = std::exp(-c[3] * c[2]);
    const double forward = c[0] * std::exp((c[3] - c[4]) * c[2]);
    const QuantLib::ext::shared_ptr<QuantLib::StrikedTypePayoff> payoff(new QuantLib::PlainVanillaPayoff(type(i), c[1]));
    const QuantLib::BlackCalculator black(payoff, forward, c[5] * std::sqrt(c[2]), discount);
    return black.value() + black.delta(c[0]) + black.gamma(c[0]) + black.vega(c[2]) + black.theta(c[0], c[2]) + black.rho(c[2]);
  }, sink);
  const long some = rows / 8;
  const Times implied = nanoseconds(some, [&](long i) {
    const double* c = &cells[i * COLUMNS];
    const double forward = c[0] * std::exp((c[3] - c[4]) * c[2]);
    return QuantLib::blackFormulaImpliedStdDev(type(i), c[1], forward, c[7], 1.0, 0.0, QuantLib::Null<double>(), 1e-12, 200);
  }, sink);
  std::printf("{\"greeks\":%.2f,\"greeksBest\":%.2f,\"impliedVolatility\":%.2f,\"sink\":%g}\n", greeks.median, greeks.best, implied.median, sink);
}
