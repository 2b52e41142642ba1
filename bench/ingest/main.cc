// ./dev bench ingest: the way of spans from the sender to merged rows, against real processes.
// usage: ingest_bench door|load|visible|disk|questions [--folder DIR] [--seconds N] [--rounds N]
//                     [--rate N] [--spans N]
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "measures.h"

namespace {

using namespace vitrine::bench;

const std::map<std::string, void (*)(const ChatText&, const Settings&)> kMeasures = {
    {"door", MeasureDoor},
    {"load", MeasureLoad},
    {"visible", MeasureVisible},
    {"disk", MeasureDisk},
    {"questions", MeasureQuestions}};

int Usage() {
  std::fprintf(stderr,
               "usage: ingest_bench door|load|visible|disk|questions [--folder DIR] [--seconds N] "
               "[--rounds N] [--rate N] [--spans N] [--agents N]\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || !kMeasures.contains(argv[1])) return Usage();
  Settings settings;
  settings.folder = std::string(VITRINE_SOURCE_DIR) + "/build/bench-data";
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    const char* value = argv[i + 1];
    if (option == "--folder")
      settings.folder = value;
    else if (option == "--seconds")
      settings.seconds = std::atof(value);
    else if (option == "--rounds")
      settings.rounds = std::atoi(value);
    else if (option == "--rate")
      settings.rate = std::atof(value);
    else if (option == "--spans")
      settings.spans = static_cast<size_t>(std::atoll(value));
    else if (option == "--agents")
      settings.agents = static_cast<size_t>(std::atoll(value));
    else
      return Usage();
  }
  const ChatText text(VITRINE_SOURCE_DIR, 48 << 20, 5);
  std::printf("text: zstd -1 makes it %.2fx smaller\n", text.CompressionRatio());
  kMeasures.at(argv[1])(text, settings);
  return 0;
}
