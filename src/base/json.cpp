// Boost.JSON, compiled here once: no library to find at build time or to carry at run time.
#include <boost/json/src.hpp>
