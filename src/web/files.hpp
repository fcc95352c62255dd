#pragma once

#include <string_view>

namespace tally {

/// A file of the folder web/, which the build compiles into the library (cmake/embed.cmake).
struct file {
  std::string_view body;
  std::string_view etag; ///< changes with the body; with its quotes
};

namespace files {

extern const file counter_html;
extern const file error_html;
extern const file index_html;
extern const file mark_svg;
extern const file page_css;
extern const file page_js;
extern const file tally_js;

} // namespace files

} // namespace tally
