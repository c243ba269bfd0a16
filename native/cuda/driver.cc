#include "cuda/driver.h"

#include <dlfcn.h>

#include <fstream>
#include <sstream>

namespace refrain::cuda {
namespace {

constexpr char kLine[] = "NVRM version:";
constexpr size_t kLongestRelease = 31;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Two or three numbers with dots between them: "x86_64" and the time of a build are none.
bool is_release(const std::string& word) {
  if (word.empty() || word.size() > kLongestRelease) return false;
  int dots = 0;
  char last = '.';
  for (const char c : word) {
    if (c == '.' ? last == '.' : !is_digit(c)) return false;
    dots += c == '.' ? 1 : 0;
    last = c;
  }
  return last != '.' && (dots == 1 || dots == 2);
}

}  // namespace

std::string driver_release_in(const std::string& version_text) {
  std::istringstream lines(version_text);
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, sizeof kLine - 1, kLine) != 0) continue;
    std::istringstream words(line.substr(sizeof kLine - 1));
    for (std::string word; words >> word;) {
      if (is_release(word)) return word;
    }
  }
  return "";
}

std::string driver_release_by_nvml(const char* library) {
  // It stays open: what else asks NVML in this process may rely on it.
  void* nvml = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (nvml == nullptr) return "";
  const auto init = reinterpret_cast<int (*)()>(dlsym(nvml, "nvmlInit_v2"));
  const auto version = reinterpret_cast<int (*)(char*, unsigned)>(
      dlsym(nvml, "nvmlSystemGetDriverVersion"));
  const auto shutdown = reinterpret_cast<int (*)()>(dlsym(nvml, "nvmlShutdown"));
  if (init == nullptr || version == nullptr || shutdown == nullptr || init() != 0) return "";
  char text[81] = {};  // NVML writes at most 80
  const bool told = version(text, 80) == 0;
  shutdown();
  return told && is_release(text) ? text : "";
}

std::string driver_release() {
#if defined(REFRAIN_EMULATED)
  return "";
#else
  std::ifstream file("/proc/driver/nvidia/version");
  std::ostringstream text;
  if (file) text << file.rdbuf();
  const std::string release = driver_release_in(text.str());
  // Containers may hide the file, and WSL has none.
  return release.empty() ? driver_release_by_nvml("libnvidia-ml.so.1") : release;
#endif
}

}  // namespace refrain::cuda
