// Compiles Boost.JSON here once, so that there is no library to find or to ship.
#include <boost/json/src.hpp>
