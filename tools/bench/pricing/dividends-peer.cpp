// Prices rows of a binary file (strike, days, rate, volatility, +-1, first ex day, cash, dividends a quarter apart) on a spot of 100 with
// QuantLib's finite differences for cash dividends in the spot model, on the grid of arguments 2 (time) and 3 (space); prints microseconds
// per row and the prices.
#include <ql/exercise.hpp>
#include <ql/instruments/dividendvanillaoption.hpp>
#include <ql/pricingengines/vanilla/fdblackscholesvanillaengine.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/settings.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/yield/flatforward.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

using namespace QuantLib;

static const int COLUMNS = 8;

int main(int, char** arguments) {
  std::vector<double> cells;
  FILE* file = std::fopen(arguments[1], "rb");
  if (!file) return 1;
  double value;
  while (std::fread(&value, sizeof value, 1, file) == 1) cells.push_back(value);
  std::fclose(file);
  const Size time = std::atoi(arguments[2]), space = std::atoi(arguments[3]);
  const Date today(15, January, 2024);
  Settings::instance().evaluationDate() = today;
  const DayCounter days = Actual365Fixed();
  const size_t rows = cells.size() / COLUMNS;
  std::vector<double> prices(rows);
  const clock_t start = std::clock();
  for (size_t i = 0; i < rows; ++i) {
    const double* c = &cells[i * COLUMNS];
    const Handle<Quote> spot(ext::make_shared<SimpleQuote>(100.0));
    const Handle<YieldTermStructure> rate(ext::make_shared<FlatForward>(today, c[2], days));
    const Handle<YieldTermStructure> yield(ext::make_shared<FlatForward>(today, 0.0, days));
    const Handle<BlackVolTermStructure> vol(ext::make_shared<BlackConstantVol>(today, NullCalendar(), c[3], days));
    const auto process = ext::make_shared<BlackScholesMertonProcess>(spot, yield, rate, vol);
    const Date end = today + Integer(c[1]);
    std::vector<Date> dates;
    std::vector<Real> cash;
    for (int day = int(c[5]); day < int(c[1]); day += 91) {
      dates.push_back(today + day);
      cash.push_back(c[6]);
    }
    DividendVanillaOption option(ext::make_shared<PlainVanillaPayoff>(c[4] > 0 ? Option::Call : Option::Put, c[0]),
                         ext::make_shared<AmericanExercise>(today, end), dates, cash);
    option.setPricingEngine(ext::make_shared<FdBlackScholesVanillaEngine>(
        process, time, space, 2, FdmSchemeDesc::Douglas()));
    prices[i] = option.NPV();
  }
  std::printf("{\"microseconds\": %.4f, \"prices\": [", 1e6 * double(std::clock() - start) / CLOCKS_PER_SEC / double(rows));
  for (size_t i = 0; i < rows; ++i) std::printf("%s%.10f", i ? "," : "", prices[i]);
  std::printf("]}\n");
}
