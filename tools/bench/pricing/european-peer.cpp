// Times QuantLib's Black formula on the rows of a binary file: spot, strike, years, rate, yield, volatility, +-1, undiscounted price.
// Stays resident: each line it reads ("greeks" or "implied") is one slice, answered by its CPU nanoseconds per row, so that the caller
// can take turns with it.
#include <ql/pricingengines/blackcalculator.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

static const int COLUMNS = 8;

template <class Row> static double nanoseconds(long rows, Row row, double& sink) {
  const std::clock_t start = std::clock();
  for (long i = 0; i < rows; ++i) sink += row(i);
  return double(std::clock() - start) / CLOCKS_PER_SEC * 1e9 / rows;
}

int main(int, char** arguments) {
  std::FILE* file = std::fopen(arguments[1], "rb");
  if (!file) return 1;
  std::fseek(file, 0, SEEK_END);
  const long rows = std::ftell(file) / long(sizeof(double)) / COLUMNS;
  std::rewind(file);
  std::vector<double> cells(rows * COLUMNS);
  if (std::fread(cells.data(), sizeof(double), cells.size(), file) != cells.size()) return 1;
  volatile double kept = 0;
  double sink = 0;
  const auto type = [&](long i) { return cells[i * COLUMNS + 6] > 0 ? QuantLib::Option::Call : QuantLib::Option::Put; };
  const auto greeks = [&](long i) {
    const double* c = &cells[i * COLUMNS];
    const double discount = std::exp(-c[3] * c[2]);
    const double forward = c[0] * std::exp((c[3] - c[4]) * c[2]);
    const QuantLib::BlackCalculator black(type(i), c[1], forward, c[5] * std::sqrt(c[2]), discount);
    return black.value() + black.delta(c[0]) + black.gamma(c[0]) + black.vega(c[2]) + black.theta(c[0], c[2]) + black.rho(c[2]);
  };
  const auto implied = [&](long i) {
    const double* c = &cells[i * COLUMNS];
    const double forward = c[0] * std::exp((c[3] - c[4]) * c[2]);
    return QuantLib::blackFormulaImpliedStdDev(type(i), c[1], forward, c[7], 1.0, 0.0, QuantLib::Null<double>(), 1e-12, 200);
  };
  char what[16];
  while (std::scanf("%15s", what) == 1) {
    const bool all = std::strcmp(what, "greeks") == 0;
    std::printf("%.4f\n", all ? nanoseconds(rows, greeks, sink) : nanoseconds(rows / 8, implied, sink));
    std::fflush(stdout);
    kept = sink;
  }
}
