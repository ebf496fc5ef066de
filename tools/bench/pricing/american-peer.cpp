// Times QuantLib's QdFp engine on rows of a binary file (spot, strike, days, rate, yield, volatility, +-1), NPV alone with all objects
// built before, and prints reference prices (tanh-sinh, 40 iterations, 48 nodes) of the first `arguments[2]` rows.
#include <ql/exercise.hpp>
#include <ql/instruments/vanillaoption.hpp>
#include <ql/pricingengines/vanilla/qdfpamericanengine.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/settings.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/yield/flatforward.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

using namespace QuantLib;

static const int COLUMNS = 7;
static const int RUNS = 5;

static ext::shared_ptr<GeneralizedBlackScholesProcess> process(const double* c, const Date& today) {
  const DayCounter days = Actual365Fixed();
  const Handle<Quote> spot(ext::make_shared<SimpleQuote>(c[0]));
  const Handle<YieldTermStructure> rate(ext::make_shared<FlatForward>(today, c[3], days));
  const Handle<YieldTermStructure> yield(ext::make_shared<FlatForward>(today, c[4], days));
  const Handle<BlackVolTermStructure> vol(ext::make_shared<BlackConstantVol>(today, NullCalendar(), c[5], days));
  return ext::make_shared<BlackScholesMertonProcess>(spot, yield, rate, vol);
}

static ext::shared_ptr<VanillaOption> option(const double* c, const Date& today,
                                             const ext::shared_ptr<QdFpIterationScheme>& scheme) {
  const Option::Type type = c[6] > 0 ? Option::Call : Option::Put;
  const auto found = ext::make_shared<VanillaOption>(
      ext::make_shared<PlainVanillaPayoff>(type, c[1]), ext::make_shared<AmericanExercise>(today, today + int(c[2])));
  found->setPricingEngine(ext::make_shared<QdFpAmericanEngine>(process(c, today), scheme));
  return found;
}

static double microseconds(const std::vector<double>& cells, long rows, const Date& today,
                           const ext::shared_ptr<QdFpIterationScheme>& scheme) {
  std::vector<ext::shared_ptr<VanillaOption>> options;
  for (long i = 0; i < rows; ++i) options.push_back(option(&cells[i * COLUMNS], today, scheme));
  std::vector<double> runs;
  volatile double sink = 0;
  for (int run = 0; run < RUNS; ++run) {
    const std::clock_t start = std::clock();
    for (long i = 0; i < rows; ++i) {
      options[i]->recalculate();
      sink = sink + options[i]->NPV();
    }
    runs.push_back(double(std::clock() - start) / CLOCKS_PER_SEC * 1e6 / rows);
  }
  std::sort(runs.begin(), runs.end());
  return runs[RUNS / 2];
}

int main(int, char** arguments) {
  std::FILE* file = std::fopen(arguments[1], "rb");
  if (!file) return 1;
  std::fseek(file, 0, SEEK_END);
  const long rows = std::ftell(file) / long(sizeof(double)) / COLUMNS;
  std::rewind(file);
  std::vector<double> cells(rows * COLUMNS);
  if (std::fread(cells.data(), sizeof(double), cells.size(), file) != cells.size()) return 1;
  const Date today(2, January, 2026);
  Settings::instance().evaluationDate() = today;
  const long some = std::min(rows, 1000L);
  std::printf("{\"fast\":%.3f,", microseconds(cells, some, today, QdFpAmericanEngine::fastScheme()));
  std::printf("\"accurate\":%.3f,", microseconds(cells, some, today, QdFpAmericanEngine::accurateScheme()));
  std::printf("\"highPrecision\":%.3f,\"reference\":[", microseconds(cells, some / 20, today, QdFpAmericanEngine::highPrecisionScheme()));
  const auto exact = ext::make_shared<QdFpTanhSinhIterationScheme>(40, 48, 1e-12);
  const long references = std::min(rows, std::atol(arguments[2]));
  for (long i = 0; i < references; ++i)
    std::printf("%s%.15g", i ? "," : "", option(&cells[i * COLUMNS], today, exact)->NPV());
  std::printf("]}\n");
}
