// Runs a fuzz target on files, for compilers without libFuzzer: each seed and each input that once
// failed is a regression test.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv)
{
  int inputs = 0;
  for (int i = 1; i < argc; ++i)
    for (const auto& each : std::filesystem::directory_iterator{argv[i]}) {
      std::ifstream file{each.path(), std::ios::binary};
      const std::string bytes{std::istreambuf_iterator{file}, {}};
      std::cout << each.path().string() << std::endl; // flushed, since the target may abort
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      ++inputs;
    }
  return inputs == 0; // fails if there was no input
}
