# In the installed documents below `folder`, replaces links to files that are not installed with their
# text.
file(GLOB_RECURSE pages "${folder}/*.md")
foreach(page IN LISTS pages)
  file(READ "${page}" text)
  string(REGEX REPLACE
    "\\[([^]]*)\\]\\((\\.\\./)*(CMakeLists|CONTRIBUTING|bench|cmake|compose\\.ha\\.yaml|deploy|docker/(redis/tally|tally)|include|scripts/|src|test|web)[^)]*\\)"
    "\\1" text "${text}")
  file(WRITE "${page}" "${text}")
endforeach()
