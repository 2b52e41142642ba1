// Simulated crashes of the durable log. Quick by default; VITRINE_SIM_SEEDS=N runs N seeds, and
// VITRINE_SIM_FIRST=S begins at S (to replay one: VITRINE_SIM_FIRST=S VITRINE_SIM_SEEDS=1).
#include "sim/log_sim.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace vitrine::sim {
namespace {

using platform::SimFault;

constexpr SimFault kFaults[] = {SimFault::kIoError, SimFault::kNoSpace, SimFault::kShortWrite,
                                SimFault::kPowerLoss, SimFault::kKill};

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void RunSeed(uint64_t seed, bool corrupt) {
  LogSim sim(seed);
  platform::SeededRandom random(seed * 31 + corrupt);
  uint64_t step_count = 10 + random.Below(60);
  if (random.OneIn(3)) sim.disk().FailRandomly(kFaults[random.Below(3)], 20 + random.Below(100));
  for (uint64_t i = 0; i < step_count; ++i) {
    if (random.OneIn(8)) {
      sim.disk().FailCall(1 + random.Below(30), kFaults[random.Below(5)], 1 + random.Below(3));
    }
    if (random.OneIn(12)) sim.disk().SetCapacity(8'000 + random.Below(100'000));
    if (random.OneIn(6)) sim.disk().SetCapacity(1 << 24);
    if (random.OneIn(4)) sim.Advance(static_cast<int64_t>(random.Below(6'000'000'000)));
    if (corrupt && random.OneIn(6)) sim.CorruptSomething();
    // Appends and settling are the most frequent; crashes are not rare.
    uint64_t pick = random.Below(20);
    sim.Run(static_cast<LogStep>(pick < 8 ? pick : random.Below(6)));
  }
  sim.Finish();
  ASSERT_FALSE(sim.problem()) << "replay with VITRINE_SIM_FIRST=" << seed
                              << " VITRINE_SIM_SEEDS=1\n"
                              << *sim.problem();
}

TEST(LogSim, NothingIsLostOrDoubledUnderRandomFaults) {
  uint64_t first = FromEnvironment("VITRINE_SIM_FIRST", 1);
  uint64_t count = FromEnvironment("VITRINE_SIM_SEEDS", 500);
  for (uint64_t seed = first; seed < first + count; ++seed) {
    RunSeed(seed, false);
    if (HasFatalFailure()) return;
  }
}

TEST(LogSim, CorruptBytesAreNeverReadAsRecords) {
  uint64_t first = FromEnvironment("VITRINE_SIM_FIRST", 1);
  uint64_t count = FromEnvironment("VITRINE_SIM_SEEDS", 500) / 2 + 1;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    RunSeed(seed, true);
    if (HasFatalFailure()) return;
  }
}

/// Runs a sequence; calls fail from the `nth` on. Returns the number of calls of the whole run.
uint64_t RunSequence(const std::vector<LogStep>& steps, uint64_t nth, SimFault fault,
                     std::optional<std::string>& problem) {
  LogSim sim(nth * 7 + static_cast<uint64_t>(fault));
  if (nth > 0) sim.disk().FailCall(nth, fault);
  for (LogStep step : steps) sim.Run(step);
  uint64_t calls = sim.disk().call_count();
  sim.Finish();
  problem = sim.problem();
  return calls;
}

/// Every sequence of up to three steps x every call x every fault (CrashMonkey found that such
/// short ones show nearly all crash bugs). The quick run strides through the calls.
TEST(LogSim, EveryShortSequenceSurvivesEveryFailingCall) {
  bool all = FromEnvironment("VITRINE_SIM_SEEDS", 0) > 1000;
  uint64_t run_count = 0;
  for (int sequence = 0; sequence < kLogStepCount * kLogStepCount * kLogStepCount; ++sequence) {
    // Two appends and a seal before, so that every step has something to work on.
    std::vector<LogStep> steps = {LogStep::kAppendMany, LogStep::kSeal};
    for (int rest = sequence, i = 0; i < 3; ++i, rest /= kLogStepCount) {
      steps.push_back(static_cast<LogStep>(rest % kLogStepCount));
    }
    std::optional<std::string> problem;
    uint64_t calls = RunSequence(steps, 0, SimFault::kIoError, problem);
    ASSERT_FALSE(problem) << *problem;
    for (SimFault fault : kFaults) {
      uint64_t stride = all ? 1 : 4;
      for (uint64_t nth = 1 + static_cast<uint64_t>(sequence) % stride; nth <= calls;
           nth += stride) {
        RunSequence(steps, nth, fault, problem);
        ++run_count;
        ASSERT_FALSE(problem) << "sequence " << sequence << ", call " << nth << ", fault "
                              << static_cast<int>(fault) << "\n"
                              << *problem;
      }
    }
  }
  RecordProperty("runs", std::to_string(run_count));
  std::printf("%llu runs\n", static_cast<unsigned long long>(run_count));
}

/// A simulation that could not fail would prove nothing: a disk that loses what it synced is
/// noticed.
TEST(LogSim, NoticesADiskThatLies) {
  LogSim sim(5);
  sim.Run(LogStep::kAppendSmall);
  sim.Run(LogStep::kAppendSmall);
  auto names = sim.disk().List("data/log");
  ASSERT_TRUE(names);
  for (const std::string& name : *names) {
    if (!name.ends_with(".log")) continue;
    auto file = sim.disk().Open("data/log/" + name, platform::OpenMode::kReadWrite);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->Truncate(4096 + 60));
    ASSERT_TRUE((*file)->SyncData());
  }
  sim.Run(LogStep::kKill);
  sim.Finish();
  ASSERT_TRUE(sim.problem());
  EXPECT_NE(sim.problem()->find("never settled: record 1"), std::string::npos) << *sim.problem();
}

}  // namespace
}  // namespace vitrine::sim
